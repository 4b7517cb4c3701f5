ALTER TABLE contents ADD COLUMN lens TEXT;

-- The drive that a root lies on, as the system tells one from another (the UUID of its file system); NULL: it does not tell.
ALTER TABLE roots ADD COLUMN drive TEXT;

-- The order in which files are read: what a person asked for (the last asked for first), then small before large, new before old.
ALTER TABLE files ADD COLUMN wanted INTEGER NOT NULL DEFAULT 0;
DROP INDEX files_pending;
CREATE INDEX files_pending ON files (
    wanted DESC, ((size > 100000) + (size > 2000000) + (size > 20000000)), mtime_ns DESC, id
) WHERE state = 'pending';

-- What name, folder, place and month say of a file, in one line. Files of which they say the same share it: a thousand photos of one
-- journey, whose names say nothing. With its vector, once it has one, and the text model that made it.
CREATE TABLE descriptions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    text TEXT NOT NULL UNIQUE,
    model TEXT,
    data BLOB
) STRICT;
CREATE INDEX descriptions_by_model ON descriptions (model, id);
ALTER TABLE files ADD COLUMN description_id INTEGER REFERENCES descriptions (id);
CREATE INDEX files_by_description ON files (description_id, content_id);
