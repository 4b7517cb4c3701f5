-- What is left of a document's text to tell whether another one says nearly the same; NULL: there is too little text.
CREATE TABLE sketches (
    content_id INTEGER PRIMARY KEY REFERENCES contents (id) ON DELETE CASCADE,
    sketch BLOB
) STRICT;
ALTER TABLE contents ADD COLUMN sketched INTEGER NOT NULL DEFAULT 0;
CREATE INDEX contents_unsketched ON contents (id) WHERE family = 'document' AND sketched = 0;

-- Searches that a person keeps under a name, as the window asks them.
CREATE TABLE saved_searches (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    request TEXT NOT NULL,
    saved_ms INTEGER NOT NULL
) STRICT;

-- What was searched for before, each once.
CREATE TABLE past_searches (
    query TEXT PRIMARY KEY,
    last_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX past_searches_by_time ON past_searches (last_ms);

CREATE INDEX files_by_name ON files (name COLLATE NOCASE);
