-- Settings, the generation counter, the format's name.
CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO meta (key, value) VALUES ('format', 'cairn library'), ('generation', 0);

CREATE TABLE roots (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    path BLOB NOT NULL UNIQUE,
    display TEXT NOT NULL,
    added_ms INTEGER NOT NULL
) STRICT;

-- What files hold: one row for each distinct pair of bytes and pipeline. Copies share it; a moved file keeps it.
CREATE TABLE contents (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    pipeline INTEGER NOT NULL,
    kind TEXT NOT NULL,
    family TEXT NOT NULL CHECK (family IN ('document', 'photo')),
    title TEXT,
    pages INTEGER,
    width INTEGER,
    height INTEGER,
    taken_ms INTEGER,
    camera TEXT,
    lat REAL,
    lon REAL,
    -- Kept by triggers on files: the oldest file that holds it (NULL: an orphan), and taken_ms or else that
    -- file's time.
    file_id INTEGER,
    date_ms INTEGER,
    UNIQUE (hash, pipeline)
) STRICT;
CREATE INDEX contents_shown ON contents (family, date_ms DESC, id DESC, file_id) WHERE file_id IS NOT NULL;
CREATE INDEX contents_orphaned ON contents (id) WHERE file_id IS NULL;

CREATE TABLE files (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    root_id INTEGER NOT NULL REFERENCES roots (id),
    path BLOB NOT NULL UNIQUE,
    -- name and folder are for people (lossy where the path is not UTF-8); words are what else the name says.
    name TEXT NOT NULL,
    folder TEXT NOT NULL,
    words TEXT NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'ready', 'failed')),
    content_id INTEGER REFERENCES contents (id),
    problem_code TEXT,
    problem_detail TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    CHECK (state <> 'ready' OR content_id IS NOT NULL),
    CHECK (state <> 'failed' OR content_id IS NULL),
    CHECK ((state = 'failed') = (problem_code IS NOT NULL))
) STRICT;
CREATE INDEX files_by_root ON files (root_id, state);
CREATE INDEX files_by_content ON files (content_id);
CREATE INDEX files_pending ON files (id) WHERE state = 'pending';
CREATE INDEX files_failed ON files (id, problem_code) WHERE state = 'failed';

CREATE TRIGGER files_content_added AFTER INSERT ON files WHEN new.content_id IS NOT NULL BEGIN
    UPDATE contents SET (file_id, date_ms) = (
        SELECT f.id, coalesce(contents.taken_ms, f.mtime_ns / 1000000)
        FROM files f WHERE f.content_id = contents.id ORDER BY f.id LIMIT 1
    ) WHERE id = new.content_id;
END;
CREATE TRIGGER files_content_changed AFTER UPDATE OF content_id, mtime_ns ON files
WHEN coalesce(old.content_id, new.content_id) IS NOT NULL BEGIN
    UPDATE contents SET (file_id, date_ms) = (
        SELECT f.id, coalesce(contents.taken_ms, f.mtime_ns / 1000000)
        FROM files f WHERE f.content_id = contents.id ORDER BY f.id LIMIT 1
    ) WHERE id IN (old.content_id, new.content_id);
END;
CREATE TRIGGER files_content_removed AFTER DELETE ON files WHEN old.content_id IS NOT NULL BEGIN
    UPDATE contents SET (file_id, date_ms) = (
        SELECT f.id, coalesce(contents.taken_ms, f.mtime_ns / 1000000)
        FROM files f WHERE f.content_id = contents.id ORDER BY f.id LIMIT 1
    ) WHERE id = old.content_id;
END;

CREATE VIRTUAL TABLE files_fts USING fts5 (
    name, folder, words,
    content = 'files', content_rowid = 'id', tokenize = 'porter unicode61 remove_diacritics 2'
);
INSERT INTO files_fts (files_fts, rank) VALUES ('rank', 'bm25(4.0, 1.0, 2.0)');
CREATE TRIGGER files_fts_added AFTER INSERT ON files BEGIN
    INSERT INTO files_fts (rowid, name, folder, words) VALUES (new.id, new.name, new.folder, new.words);
END;
CREATE TRIGGER files_fts_removed AFTER DELETE ON files BEGIN
    INSERT INTO files_fts (files_fts, rowid, name, folder, words)
    VALUES ('delete', old.id, old.name, old.folder, old.words);
END;
CREATE TRIGGER files_fts_changed AFTER UPDATE OF name, folder, words ON files BEGIN
    INSERT INTO files_fts (files_fts, rowid, name, folder, words)
    VALUES ('delete', old.id, old.name, old.folder, old.words);
    INSERT INTO files_fts (rowid, name, folder, words) VALUES (new.id, new.name, new.folder, new.words);
END;

-- A document's text, cut. AUTOINCREMENT: an id is a key of indexes outside this file and is never used again.
CREATE TABLE passages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    content_id INTEGER NOT NULL REFERENCES contents (id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    start_byte INTEGER NOT NULL,
    end_byte INTEGER NOT NULL,
    page INTEGER,
    text TEXT NOT NULL,
    -- Bigrams of scripts written without spaces.
    cjk TEXT NOT NULL,
    UNIQUE (content_id, ordinal)
) STRICT;
CREATE INDEX passages_by_start ON passages (content_id, start_byte);

CREATE VIRTUAL TABLE passages_fts USING fts5 (
    text, cjk,
    content = 'passages', content_rowid = 'id', tokenize = 'porter unicode61 remove_diacritics 2'
);

-- A vector space: a kind of item and the model that embeds it.
CREATE TABLE spaces (
    id INTEGER PRIMARY KEY,
    space TEXT NOT NULL CHECK (space IN ('text', 'photo')),
    model TEXT NOT NULL,
    -- Length of its vectors; NULL until the first one is stored.
    dims INTEGER,
    UNIQUE (space, model)
) STRICT;
-- item_id: a passage in a text space, a content in a photo space. Little-endian f32.
CREATE TABLE vectors (
    space_id INTEGER NOT NULL REFERENCES spaces (id),
    item_id INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (space_id, item_id)
) STRICT;
-- Items of a space that have no vector yet: kept by the triggers below, so that nobody has to look for them.
CREATE TABLE waiting (
    space_id INTEGER NOT NULL REFERENCES spaces (id),
    item_id INTEGER NOT NULL,
    PRIMARY KEY (space_id, item_id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER passages_added AFTER INSERT ON passages BEGIN
    INSERT INTO passages_fts (rowid, text, cjk) VALUES (new.id, new.text, new.cjk);
    INSERT INTO waiting (space_id, item_id) SELECT id, new.id FROM spaces WHERE space = 'text';
END;
CREATE TRIGGER passages_removed AFTER DELETE ON passages BEGIN
    INSERT INTO passages_fts (passages_fts, rowid, text, cjk) VALUES ('delete', old.id, old.text, old.cjk);
    DELETE FROM waiting WHERE item_id = old.id AND space_id IN (SELECT id FROM spaces WHERE space = 'text');
    DELETE FROM vectors WHERE item_id = old.id AND space_id IN (SELECT id FROM spaces WHERE space = 'text');
END;
CREATE TRIGGER passages_unchanging BEFORE UPDATE ON passages BEGIN
    SELECT raise(ABORT, 'a passage does not change');
END;
CREATE TRIGGER photos_added AFTER INSERT ON contents WHEN new.family = 'photo' BEGIN
    INSERT INTO waiting (space_id, item_id) SELECT id, new.id FROM spaces WHERE space = 'photo';
END;
CREATE TRIGGER photos_removed AFTER DELETE ON contents WHEN old.family = 'photo' BEGIN
    DELETE FROM waiting WHERE item_id = old.id AND space_id IN (SELECT id FROM spaces WHERE space = 'photo');
    DELETE FROM vectors WHERE item_id = old.id AND space_id IN (SELECT id FROM spaces WHERE space = 'photo');
END;

CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'paused', 'done', 'cancelled', 'failed')),
    payload TEXT NOT NULL,
    done INTEGER NOT NULL DEFAULT 0,
    total INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0,
    error TEXT,
    created_ms INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL
) STRICT;

-- Derived; may be dropped at any time.
CREATE TABLE maps (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    generation INTEGER NOT NULL,
    data BLOB NOT NULL
) STRICT;
