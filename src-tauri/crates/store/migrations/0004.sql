-- Who wrote a document. When it was written or sent is in taken_ms, as for photos.
ALTER TABLE contents ADD COLUMN author TEXT;

-- Whether another disk has been mounted there: then an ordinary folder in its place is an unplugged disk.
ALTER TABLE roots ADD COLUMN mounted INTEGER NOT NULL DEFAULT 0;

-- Where a photo was taken, for people; and what is not in a content's text and not in a name and finds it all the same: place,
-- author, camera, month. Files that hold it have these words among their own.
ALTER TABLE contents ADD COLUMN place TEXT;
ALTER TABLE contents ADD COLUMN words TEXT NOT NULL DEFAULT '';
