-- Who wrote a document. When it was written or sent is in taken_ms, as for photos.
ALTER TABLE contents ADD COLUMN author TEXT;

-- Whether another disk has been mounted there: then an ordinary folder in its place is an unplugged disk.
ALTER TABLE roots ADD COLUMN mounted INTEGER NOT NULL DEFAULT 0;
