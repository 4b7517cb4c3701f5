-- In which languages ("eng+deu", as Tesseract calls them) a picture, or the pictures of a document's pages, were looked through
-- for text. NULL: they were not, or its text needed no recognising.
ALTER TABLE contents ADD COLUMN ocr TEXT;
-- The language of a document: a two-letter code of ISO 639-1.
ALTER TABLE contents ADD COLUMN lang TEXT;
CREATE INDEX contents_unread ON contents (id, file_id) WHERE family = 'photo' AND ocr IS NULL AND file_id IS NOT NULL;
