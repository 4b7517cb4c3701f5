-- What a photo model saw in a photo, in words.
CREATE TABLE tags (
    space_id INTEGER NOT NULL REFERENCES spaces (id),
    content_id INTEGER NOT NULL REFERENCES contents (id) ON DELETE CASCADE,
    word TEXT NOT NULL,
    confidence REAL NOT NULL,
    PRIMARY KEY (content_id, space_id, word)
) STRICT, WITHOUT ROWID;
CREATE INDEX tags_by_word ON tags (space_id, word, confidence DESC);

-- What a person said a search should find. By hash: it outlives reading the file again, and the file's absence.
CREATE TABLE stars (
    query TEXT NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    starred_ms INTEGER NOT NULL,
    PRIMARY KEY (query, hash)
) STRICT, WITHOUT ROWID;
