//! Roots and the files below them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use cairn_core::{ContentHash, ContentId, FileId, Kind, Problem, ProblemCode, RootId};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use crate::contents::content_row;
use crate::descriptions::describe;
use crate::rows::{
    AddedRoot, Counts, FileRow, FileState, FirstFile, KnownFile, PendingFile, Removed, Root, Seen, SeenFile,
};
use crate::sql::{bad_value, count, to_i64, unsigned};
use crate::{Store, StoreError, path, words};

pub(crate) const PENDING: &str =
    "SELECT id, root_id, path, size, mtime_ns, attempts, content_id IS NOT NULL FROM files
     WHERE state = 'pending'
     ORDER BY wanted DESC, ((size > 100000) + (size > 2000000) + (size > 20000000)), mtime_ns DESC, id LIMIT ?1";
pub(crate) const PENDING_COUNT: &str = "SELECT count(*) FROM files WHERE state = 'pending'";
pub(crate) const FILE_NAMED: &str =
    "SELECT id FROM files WHERE name = ?1 COLLATE NOCASE ORDER BY mtime_ns DESC, id LIMIT 1";
pub(crate) const FAILED_COUNTS: &str = "SELECT problem_code, count(*) FROM files WHERE state = 'failed'
     GROUP BY problem_code ORDER BY count(*) DESC, problem_code";
pub(crate) const FILE_AT: &str = "SELECT id, size, mtime_ns, inode, problem_code FROM files WHERE path = ?1";
/// Lets failed files be read again; a condition follows.
pub(crate) const RETRY: &str =
    "UPDATE files SET state = 'pending', problem_code = NULL, problem_detail = NULL
     WHERE state = 'failed'";
/// Problems that a better reader may not have.
const UNREAD: &str = "size > 0 AND problem_code IN ('unsupported', 'damaged', 'no_text', 'crashed')";
pub(crate) const KNOWN_BELOW: &str = "SELECT id, path, size, mtime_ns, inode, state FROM files
     WHERE path >= ?2 AND path < ?3 AND +root_id = ?1";
pub(crate) const COUNT_BELOW: &str = "SELECT count(*) FROM files WHERE path >= ?1 AND path < ?2";
pub(crate) const PHOTO_PAGE: &str = "SELECT file_id FROM contents
     WHERE family = 'photo' AND file_id IS NOT NULL ORDER BY date_ms DESC, id DESC LIMIT ?1 OFFSET ?2";
pub(crate) const SHOWN_COUNT: &str =
    "SELECT count(*) FROM contents WHERE family = ?1 AND file_id IS NOT NULL";

/// The columns that [`file_row`] reads; a condition follows.
const FILE_ROW: &str = "SELECT f.id, f.root_id, f.path, f.name, f.folder, f.size, f.mtime_ns, f.state,
     f.problem_code, f.problem_detail,
     c.id, c.hash, c.pipeline, c.kind, c.title, c.pages, c.width, c.height, c.taken_ms, c.camera, c.lat, c.lon,
     c.author, c.place, c.words, c.lens
     FROM files f LEFT JOIN contents c ON c.id = f.content_id";

impl Store {
    /// Adds a folder or file. Inside an existing root nothing is added: that root is the answer. Roots inside the new
    /// one become part of it, and their files keep what was read.
    ///
    /// Paths are compared part by part as they are given: make them absolute and free of links and `..` before.
    pub fn add_root(&self, path: &Path, now_ms: i64) -> Result<AddedRoot, StoreError> {
        let path = path.to_owned();
        self.database.change(move |tx| {
            let known = root_paths(tx)?;
            if let Some((id, _)) = known.iter().find(|(_, root)| path.starts_with(root)) {
                return Ok(AddedRoot { id: *id, newly: false });
            }
            tx.execute(
                "INSERT INTO roots (path, display, added_ms) VALUES (?1, ?2, ?3)",
                params![path::to_bytes(&path), path.display().to_string(), now_ms],
            )?;
            let id = RootId(tx.last_insert_rowid());
            for (inner, _) in known.iter().filter(|(_, root)| root.starts_with(&path)) {
                move_files(tx, *inner, id, &path)?;
                tx.execute("DELETE FROM roots WHERE id = ?1", [inner.0])?;
            }
            Ok(AddedRoot { id, newly: true })
        })
    }

    /// Every root, in the order in which they were added.
    pub fn roots(&self) -> Result<Vec<Root>, StoreError> {
        self.database.read(|db| {
            let mut roots: Vec<Root> =
                collect(db, "SELECT id, path, display, mounted, drive FROM roots ORDER BY id", [], |row| {
                    let path = path::from_bytes(row.get(1)?);
                    Ok(Root {
                        id: RootId(row.get(0)?),
                        path,
                        display: row.get(2)?,
                        mounted: row.get(3)?,
                        drive: row.get(4)?,
                        ready: 0,
                        pending: 0,
                        failed: 0,
                    })
                })?;
            let sql = "SELECT root_id, state, count(*) FROM files GROUP BY root_id, state";
            let counts: Vec<(i64, FileState, u64)> =
                collect(db, sql, [], |row| Ok((row.get(0)?, file_state(row, 1)?, unsigned(row, 2)?)))?;
            for (root, state, n) in counts {
                let Some(root) = roots.iter_mut().find(|known| known.id.0 == root) else { continue };
                match state {
                    FileState::Ready => root.ready = n,
                    FileState::Pending => root.pending = n,
                    FileState::Failed => root.failed = n,
                }
            }
            Ok(roots)
        })
    }

    /// Forgets a root, its files, and what only they held. Nothing on disk is touched. A root that is not there is
    /// already forgotten.
    pub fn remove_root(&self, id: RootId) -> Result<Removed, StoreError> {
        let (files, held) = self.database.change(move |tx| {
            let sql = "SELECT DISTINCT content_id FROM files WHERE root_id = ?1 AND content_id IS NOT NULL";
            let held: Vec<ContentId> = collect(tx, sql, [id.0], |row| Ok(ContentId(row.get(0)?)))?;
            let files = tx.execute("DELETE FROM files WHERE root_id = ?1", [id.0])?;
            tx.execute("DELETE FROM roots WHERE id = ?1", [id.0])?;
            Ok((files as u64, held))
        })?;
        let removed = self.delete_orphans(&held)?;
        Ok(Removed { files, ..removed })
    }

    /// What is known of a root's files at or below a path, which may be the root's own.
    pub fn known_files(&self, root: RootId, at: &Path) -> Result<Vec<KnownFile>, StoreError> {
        let mut known: Vec<KnownFile> = self.database.read(|db| {
            collect(db, KNOWN_BELOW, params![root.0, path::to_bytes(at), path::end_below(at)], |row| {
                Ok(KnownFile {
                    id: FileId(row.get(0)?),
                    path: path::from_bytes(row.get(1)?),
                    size: unsigned(row, 2)?,
                    mtime_ns: row.get(3)?,
                    inode: row.get::<_, i64>(4)?.cast_unsigned(),
                    state: file_state(row, 5)?,
                })
            })
        })?;
        known.retain(|file| file.path.starts_with(at));
        Ok(known)
    }

    /// Notes that a root is a place where another disk is mounted.
    pub fn note_mounted(&self, root: RootId) -> Result<(), StoreError> {
        self.database.change(move |tx| {
            tx.execute("UPDATE roots SET mounted = 1 WHERE id = ?1 AND mounted = 0", [root.0])?;
            Ok(())
        })
    }

    /// Notes which drive a root lies on; `None`: it cannot be told.
    pub fn note_drive(&self, root: RootId, drive: Option<String>) -> Result<(), StoreError> {
        self.database.change(move |tx| {
            tx.execute(
                "UPDATE roots SET drive = ?2 WHERE id = ?1 AND drive IS NOT ?2",
                params![root.0, drive],
            )?;
            Ok(())
        })
    }

    /// How many files there are below a folder.
    pub fn count_below(&self, at: &Path) -> Result<u64, StoreError> {
        self.database.read(|db| {
            // Not those of siblings whose names begin as the folder's.
            let range = params![path::to_bytes(&at.join("")), path::end_below(at)];
            db.prepare_cached(COUNT_BELOW)?.query_row(range, |row| unsigned(row, 0))
        })
    }

    /// Puts the files that wait below a folder before all that were asked for earlier. Returns how many.
    pub fn want_below(&self, at: &Path, now_ms: i64) -> Result<u64, StoreError> {
        let range = (path::to_bytes(&at.join("")), path::end_below(at));
        self.database.change(move |tx| {
            let sql = "UPDATE files SET wanted = ?3 WHERE path >= ?1 AND path < ?2 AND state = 'pending'";
            Ok(tx.execute(sql, params![range.0, range.1, now_ms])? as u64)
        })
    }

    /// Puts a file that waits before all that were asked for earlier. Tells whether it was not the first already.
    pub fn want_file(&self, id: FileId, now_ms: i64) -> Result<bool, StoreError> {
        self.database.change(move |tx| {
            let first = tx.prepare_cached(PENDING)?.query_row([1], |row| row.get::<_, i64>(0)).optional()?;
            let sql = "UPDATE files SET wanted = ?2 WHERE id = ?1 AND state = 'pending' AND id IS NOT ?3";
            Ok(tx.execute(sql, params![id.0, now_ms, first])? > 0)
        })
    }

    /// Notes files found on disk. New ones and those of another size, time or number wait to be read, the latter with their
    /// old content until then, and so do those whose problem may have passed. For the others nothing changes: what is damaged stays
    /// failed.
    pub fn record_seen(&self, root: RootId, files: Vec<SeenFile>) -> Result<Seen, StoreError> {
        self.database.change(move |tx| {
            let Some(root_path) = root_path(tx, root)? else { return Ok(Seen::default()) };
            let mut find = tx.prepare_cached(FILE_AT)?;
            let mut renew = tx.prepare_cached(
                "UPDATE files SET root_id = ?2, size = ?3, mtime_ns = ?4, inode = ?5, state = 'pending',
                 problem_code = NULL, problem_detail = NULL, attempts = 0 WHERE id = ?1",
            )?;
            let mut seen = Seen::default();
            for file in files {
                let (size, inode) = (to_i64(file.size)?, file.inode.cast_signed());
                let known = find.query_row([path::to_bytes(&file.path)], |row| {
                    let problem =
                        row.get::<_, Option<String>>(4)?.and_then(|name| ProblemCode::from_name(&name));
                    let may_pass = problem.is_some_and(ProblemCode::may_pass);
                    let known_inode: i64 = row.get(3)?;
                    // A number that is not known tells nothing.
                    let is_that_file = known_inode == inode || known_inode == 0 || inode == 0;
                    let is_same = (row.get(1)?, row.get(2)?) == (size, file.mtime_ns) && is_that_file;
                    Ok((row.get::<_, i64>(0)?, is_same && !may_pass))
                });
                match known.optional()? {
                    Some((_, true)) => seen.unchanged += 1,
                    Some((id, false)) => {
                        renew.execute(params![id, root.0, size, file.mtime_ns, inode])?;
                        seen.changed += 1;
                    }
                    None => {
                        insert_file(tx, root, &root_path, &file, None)?;
                        seen.new += 1;
                    }
                }
            }
            Ok(seen)
        })
    }

    /// Notes paths that could not even be looked at (a folder that may not be opened, a dead link) as failed files.
    /// They count as changed as soon as they are seen. Returns how many were not known to fail this way.
    pub fn record_problems(
        &self,
        root: RootId,
        problems: Vec<(PathBuf, Problem)>,
    ) -> Result<u64, StoreError> {
        self.database.change(move |tx| {
            let Some(root_path) = root_path(tx, root)? else { return Ok(0) };
            let mut noted = 0;
            for (path, problem) in problems {
                let known = tx
                    .prepare_cached("SELECT id FROM files WHERE path = ?1")?
                    .query_row([path::to_bytes(&path)], |row| row.get::<_, i64>(0))
                    .optional()?;
                if let Some(id) = known {
                    let mut fail = tx.prepare_cached(
                        "UPDATE files SET size = 0, mtime_ns = 0, inode = 0, state = 'failed', content_id = NULL,
                         problem_code = ?2, problem_detail = ?3, attempts = 0
                         WHERE id = ?1 AND (problem_code, problem_detail) IS NOT (?2, ?3)",
                    )?;
                    noted += fail.execute(params![id, problem.code.as_str(), problem.detail])? as u64;
                } else {
                    let file = SeenFile { path, size: 0, mtime_ns: 0, inode: 0 };
                    insert_file(tx, root, &root_path, &file, Some(&problem))?;
                    noted += 1;
                }
            }
            Ok(noted)
        })
    }

    /// Forgets files that are gone from the disk. What they held stays until [`Store::collect_garbage`], so that a
    /// file that was moved finds it again.
    pub fn forget_files(&self, files: &[FileId]) -> Result<Removed, StoreError> {
        let files = files.to_vec();
        self.database.change(move |tx| {
            let mut forget = tx.prepare_cached("DELETE FROM files WHERE id = ?1")?;
            let mut removed = Removed::default();
            for file in files {
                removed.files += forget.execute([file.0])? as u64;
            }
            Ok(removed)
        })
    }

    /// Files that wait to be read: what a person asked for, then small before large and new before old.
    pub fn pending_files(&self, limit: usize) -> Result<Vec<PendingFile>, StoreError> {
        self.database.read(|db| {
            collect(db, PENDING, [count(limit)], |row| {
                Ok(PendingFile {
                    id: FileId(row.get(0)?),
                    root: RootId(row.get(1)?),
                    path: path::from_bytes(row.get(2)?),
                    size: unsigned(row, 3)?,
                    mtime_ns: row.get(4)?,
                    attempts: row.get(5)?,
                    holds: row.get(6)?,
                })
            })
        })
    }

    /// How many files wait to be read.
    pub fn pending_count(&self) -> Result<u64, StoreError> {
        self.database.read(|db| db.prepare_cached(PENDING_COUNT)?.query_row([], |row| unsigned(row, 0)))
    }

    /// Notes why a file could not be read, and lets go of what it held. If it was seen changed since it was listed as
    /// pending, it stays pending; if it was forgotten, nothing is noted.
    pub fn fail_file(&self, file: &PendingFile, problem: &Problem) -> Result<(), StoreError> {
        let (file, problem) = (file.clone(), problem.clone());
        self.database.change(move |tx| {
            tx.prepare_cached(
                "UPDATE files SET state = 'failed', content_id = NULL, problem_code = ?4, problem_detail = ?5,
                 attempts = attempts + 1 WHERE id = ?1 AND size = ?2 AND mtime_ns = ?3",
            )?
            .execute(params![
                file.id.0,
                to_i64(file.size)?,
                file.mtime_ns,
                problem.code.as_str(),
                problem.detail
            ])?;
            Ok(())
        })
    }

    /// Notes for every file that holds this content why it cannot be used after all: a photo whose pixels do not
    /// decode.
    pub fn fail_content(&self, content: ContentId, problem: &Problem) -> Result<(), StoreError> {
        let problem = problem.clone();
        self.database.change(move |tx| {
            tx.execute(
                "UPDATE files SET state = 'failed', content_id = NULL, problem_code = ?2, problem_detail = ?3,
                 attempts = attempts + 1 WHERE content_id = ?1",
                params![content.0, problem.code.as_str(), problem.detail],
            )?;
            Ok(())
        })
    }

    /// Lets failed files (these, or all) be read again. Returns how many.
    pub fn retry_failed(&self, files: Option<&[FileId]>) -> Result<u64, StoreError> {
        let files = files.map(<[FileId]>::to_vec);
        self.database.change(move |tx| {
            let Some(files) = files else { return Ok(tx.execute(RETRY, [])? as u64) };
            let mut retry = tx.prepare_cached(&format!("{RETRY} AND id = ?1"))?;
            let mut retried = 0;
            for file in files {
                retried += retry.execute([file.0])? as u64;
            }
            Ok(retried)
        })
    }

    /// Lets every file be read again that was read by another version of the pipeline, and, once for each version, those
    /// that another one could not read. Until then a file keeps what it holds. Returns how many.
    pub fn requeue_outdated(&self, pipeline: u32) -> Result<u64, StoreError> {
        self.database.change(move |tx| {
            let renewed = tx.execute(
                "INSERT INTO meta (key, value) VALUES ('pipeline', ?1)
                 ON CONFLICT (key) DO UPDATE SET value = ?1 WHERE value <> ?1",
                [pipeline],
            )?;
            // What a walk could not even look at (a link, a pipe) has no size, and is not the pipeline's to read.
            let unread = if renewed == 0 { 0 } else { tx.execute(&format!("{RETRY} AND {UNREAD}"), [])? };
            let requeued = unread
                + tx.execute(
                    "UPDATE files SET state = 'pending' WHERE state = 'ready'
                 AND content_id IN (SELECT id FROM contents WHERE pipeline <> ?1)",
                    [pipeline],
                )?;
            Ok(requeued as u64)
        })
    }

    /// Lets every file of a kind be read again, as if another version of the pipeline had read it. Until then it keeps what it holds.
    pub fn outdate(&self, kind: Kind) -> Result<(), StoreError> {
        self.database.change(move |tx| {
            tx.execute("UPDATE OR IGNORE contents SET pipeline = 0 WHERE kind = ?1", [kind.as_str()])?;
            Ok(())
        })
    }

    /// One file.
    pub fn file(&self, id: FileId) -> Result<Option<FileRow>, StoreError> {
        self.database.read(|db| file(db, id))
    }

    /// Where a file is.
    pub fn file_path(&self, id: FileId) -> Result<Option<PathBuf>, StoreError> {
        self.database.read(|db| {
            let mut find = db.prepare_cached("SELECT path FROM files WHERE id = ?1")?;
            find.query_row([id.0], |row| Ok(path::from_bytes(row.get(0)?))).optional()
        })
    }

    /// The file at a path.
    pub fn file_at(&self, path: &Path) -> Result<Option<FileRow>, StoreError> {
        self.database.read(|db| {
            let mut find = db.prepare_cached(&format!("{FILE_ROW} WHERE f.path = ?1"))?;
            find.query_row([path::to_bytes(path)], file_row).optional()
        })
    }

    /// The file of this name, in any case; of several the one that was changed last.
    pub fn file_named(&self, name: &str) -> Result<Option<FileId>, StoreError> {
        self.database.read(|db| {
            db.prepare_cached(FILE_NAMED)?.query_row([name], |row| Ok(FileId(row.get(0)?))).optional()
        })
    }

    /// Files in the order asked for; those that are not there are left out.
    pub fn files_by_ids(&self, ids: &[FileId]) -> Result<Vec<FileRow>, StoreError> {
        self.database.read(|db| {
            ids.iter().filter_map(|id| file(db, *id).transpose()).collect::<rusqlite::Result<Vec<_>>>()
        })
    }

    /// The files that hold a content, oldest in the library first.
    pub fn files_of_content(&self, id: ContentId) -> Result<Vec<FileRow>, StoreError> {
        self.database.read(|db| files_of_content(db, id))
    }

    /// Where a file with these bytes is, if the library has one.
    pub fn path_of_hash(&self, hash: &ContentHash) -> Result<Option<PathBuf>, StoreError> {
        self.database.read(|db| {
            db.prepare_cached(
                "SELECT f.path FROM contents c JOIN files f ON f.content_id = c.id WHERE c.hash = ?1 LIMIT 1",
            )?
            .query_row([hash.0.as_slice()], |row| Ok(path::from_bytes(row.get(0)?)))
            .optional()
        })
    }

    /// The file that stands for each content. Contents that no file holds are left out.
    pub fn first_file_of_contents(
        &self,
        ids: &[ContentId],
    ) -> Result<HashMap<ContentId, FirstFile>, StoreError> {
        self.database.read(|db| {
            let mut first = db.prepare_cached(&format!(
                "{FILE_ROW} WHERE f.id = (SELECT file_id FROM contents WHERE id = ?1)"
            ))?;
            let mut copies = db.prepare_cached("SELECT count(*) - 1 FROM files WHERE content_id = ?1")?;
            let mut found = HashMap::with_capacity(ids.len());
            for id in ids {
                if let Some(file) = first.query_row([id.0], file_row).optional()? {
                    let copies = copies.query_row([id.0], |row| unsigned(row, 0))?;
                    found.insert(*id, FirstFile { file, copies });
                }
            }
            Ok(found)
        })
    }

    /// Files that could not be read, oldest in the library first.
    pub fn failed_files(&self, offset: usize, limit: usize) -> Result<Vec<FileRow>, StoreError> {
        self.database.read(|db| {
            let sql = format!("{FILE_ROW} WHERE f.state = 'failed' ORDER BY f.id LIMIT ?1 OFFSET ?2");
            collect(db, &sql, [count(limit), count(offset)], file_row)
        })
    }

    /// How many files failed for each reason, most first.
    pub fn failed_counts(&self) -> Result<Vec<(ProblemCode, u64)>, StoreError> {
        self.database
            .read(|db| collect(db, FAILED_COUNTS, [], |row| Ok((problem_code(row, 0)?, unsigned(row, 1)?))))
    }

    /// How much there is.
    pub fn counts(&self) -> Result<Counts, StoreError> {
        self.database.read(|db| {
            let mut shown = db.prepare_cached(SHOWN_COUNT)?;
            let mut family = |name| shown.query_row([name], |row| unsigned(row, 0));
            let one = |sql| db.prepare_cached(sql)?.query_row([], |row| unsigned(row, 0));
            Ok(Counts {
                documents: family("document")?,
                photos: family("photo")?,
                passages: one("SELECT count(*) FROM passages")?,
                pending: one(PENDING_COUNT)?,
                failed: one("SELECT count(*) FROM files WHERE state = 'failed'")?,
            })
        })
    }

    /// How many distinct photos there are, and a page of them (each by its first file), newest first: by the time
    /// they were taken, or else their file's time.
    pub fn photos(&self, offset: usize, limit: usize) -> Result<(u64, Vec<FileRow>), StoreError> {
        self.database.read(|db| {
            let total = db.prepare_cached(SHOWN_COUNT)?.query_row(["photo"], |row| unsigned(row, 0))?;
            let ids: Vec<FileId> =
                collect(db, PHOTO_PAGE, [count(limit), count(offset)], |row| Ok(FileId(row.get(0)?)))?;
            let rows = ids.into_iter().filter_map(|id| file(db, id).transpose());
            Ok((total, rows.collect::<rusqlite::Result<_>>()?))
        })
    }

    /// Groups of files that are the same byte for byte, the most wasteful first.
    pub fn duplicates(&self, limit: usize) -> Result<Vec<Vec<FileRow>>, StoreError> {
        self.database.read(|db| {
            let sql = "SELECT content_id FROM files WHERE content_id IS NOT NULL GROUP BY content_id
                 HAVING count(*) > 1 ORDER BY sum(size) - max(size) DESC, content_id LIMIT ?1";
            let ids: Vec<ContentId> = collect(db, sql, [count(limit)], |row| Ok(ContentId(row.get(0)?)))?;
            ids.into_iter().map(|id| files_of_content(db, id)).collect()
        })
    }
}

/// Every row of a cached statement.
pub(crate) fn collect<T, P: rusqlite::Params>(
    db: &Connection,
    sql: &str,
    params: P,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    db.prepare_cached(sql)?.query_map(params, read)?.collect()
}

fn file(db: &Connection, id: FileId) -> rusqlite::Result<Option<FileRow>> {
    db.prepare_cached(&format!("{FILE_ROW} WHERE f.id = ?1"))?.query_row([id.0], file_row).optional()
}

fn files_of_content(db: &Connection, id: ContentId) -> rusqlite::Result<Vec<FileRow>> {
    collect(db, &format!("{FILE_ROW} WHERE f.content_id = ?1 ORDER BY f.id"), [id.0], file_row)
}

fn file_row(row: &Row<'_>) -> rusqlite::Result<FileRow> {
    let problem = match row.get::<_, Option<String>>(8)? {
        Some(_) => {
            let detail: Option<String> = row.get(9)?;
            Some(Problem::new(problem_code(row, 8)?, detail.unwrap_or_default()))
        }
        None => None,
    };
    Ok(FileRow {
        id: FileId(row.get(0)?),
        root: RootId(row.get(1)?),
        path: path::from_bytes(row.get(2)?),
        name: row.get(3)?,
        folder: row.get(4)?,
        size: unsigned(row, 5)?,
        mtime_ns: row.get(6)?,
        state: file_state(row, 7)?,
        content: content_row(row, 10)?,
        problem,
    })
}

fn file_state(row: &Row<'_>, at: usize) -> rusqlite::Result<FileState> {
    match row.get_ref(at)?.as_str()? {
        "pending" => Ok(FileState::Pending),
        "ready" => Ok(FileState::Ready),
        "failed" => Ok(FileState::Failed),
        other => Err(bad_value(at, Type::Text, format!("unknown state of a file: {other}"))),
    }
}

fn problem_code(row: &Row<'_>, at: usize) -> rusqlite::Result<ProblemCode> {
    let name = row.get_ref(at)?.as_str()?;
    ProblemCode::from_name(name).ok_or_else(|| bad_value(at, Type::Text, format!("unknown problem: {name}")))
}

fn root_paths(tx: &Transaction<'_>) -> rusqlite::Result<Vec<(RootId, PathBuf)>> {
    collect(tx, "SELECT id, path FROM roots", [], |row| {
        Ok((RootId(row.get(0)?), path::from_bytes(row.get(1)?)))
    })
}

fn root_path(tx: &Transaction<'_>, root: RootId) -> rusqlite::Result<Option<PathBuf>> {
    let mut find = tx.prepare_cached("SELECT path FROM roots WHERE id = ?1")?;
    find.query_row([root.0], |row| Ok(path::from_bytes(row.get(0)?))).optional()
}

fn insert_file(
    tx: &Transaction<'_>,
    root: RootId,
    root_path: &Path,
    file: &SeenFile,
    problem: Option<&Problem>,
) -> rusqlite::Result<()> {
    let name = path::name(&file.path);
    let folder = path::folder(root_path, &file.path);
    let mut insert = tx.prepare_cached(
        "INSERT INTO files (root_id, path, name, folder, words, size, mtime_ns, inode, state, problem_code,
         problem_detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?;
    insert.execute(params![
        root.0,
        path::to_bytes(&file.path),
        name,
        folder,
        name_words(&name, &folder),
        to_i64(file.size)?,
        file.mtime_ns,
        file.inode.cast_signed(),
        if problem.is_some() { "failed" } else { "pending" },
        problem.map(|problem| problem.code.as_str()),
        problem.map(|problem| &problem.detail),
    ])?;
    Ok(())
}

fn name_words(name: &str, folder: &str) -> String {
    let mut all = words::inside_name(name);
    let folder = words::inside_name(folder);
    if !all.is_empty() && !folder.is_empty() {
        all.push(' ');
    }
    all + &folder
}

/// Renews the words of a file (those inside its name and folder, and those of what it holds) and its description.
pub(crate) fn refresh_words(tx: &Transaction<'_>, file: i64) -> rusqlite::Result<()> {
    let mut find = tx.prepare_cached(
        "SELECT f.name, f.folder, c.words, c.place, c.taken_ms
         FROM files f LEFT JOIN contents c ON c.id = f.content_id WHERE f.id = ?1",
    )?;
    let (name, folder, held, place, date_ms): (String, String, Option<String>, Option<String>, Option<i64>) =
        find.query_row([file], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)))?;
    describe(tx, file, &name, &folder, place.as_deref(), date_ms)?;
    let mut all = name_words(&name, &folder);
    if let Some(held) = held.filter(|held| !held.is_empty()) {
        all.push(' ');
        all.push_str(&held);
    }
    tx.prepare_cached("UPDATE files SET words = ?2 WHERE id = ?1 AND words <> ?2")?
        .execute(params![file, all])?;
    Ok(())
}

/// Gives the files of root `from` to root `to` at `to_path`; the folders that people see begin there now.
fn move_files(tx: &Transaction<'_>, from: RootId, to: RootId, to_path: &Path) -> rusqlite::Result<()> {
    let sql = "SELECT id, path FROM files WHERE root_id = ?1";
    let files: Vec<(i64, PathBuf)> =
        collect(tx, sql, [from.0], |row| Ok((row.get(0)?, path::from_bytes(row.get(1)?))))?;
    let mut update = tx.prepare_cached("UPDATE files SET root_id = ?2, folder = ?3 WHERE id = ?1")?;
    for (id, path) in files {
        update.execute(params![id, to.0, path::folder(to_path, &path)])?;
        refresh_words(tx, id)?;
    }
    Ok(())
}
