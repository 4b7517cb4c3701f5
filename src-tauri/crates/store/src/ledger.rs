//! Settings, the generation, jobs, the stored map.

use cairn_core::{JobId, Settings};
use rusqlite::types::Type;
use rusqlite::{OptionalExtension, Row, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::files::collect;
use crate::rows::{JobRow, JobState, JobUpdate, NewJob, StoredMap};
use crate::sql::{bad_value, count, to_i64, unsigned};
use crate::{Store, StoreError};

const JOB_ROW: &str =
    "SELECT id, kind, title, state, payload, done, total, failed, error, created_ms, updated_ms
     FROM jobs";
const UNFINISHED: &str = "state IN ('queued', 'running', 'paused')";
/// Finished jobs that are remembered.
const FINISHED_JOBS_KEPT: usize = 200;

impl Store {
    /// What the person chose. Settings that cannot be understood count as not made.
    pub fn settings(&self) -> Result<Settings, StoreError> {
        let stored: Option<String> = self.database.read(|db| {
            db.query_row("SELECT value FROM meta WHERE key = 'settings'", [], |row| row.get(0)).optional()
        })?;
        let Some(stored) = stored else { return Ok(Settings::default()) };
        Ok(serde_json::from_str(&stored).unwrap_or_else(|error| {
            tracing::warn!(%error, "the stored settings cannot be understood; the defaults are used");
            Settings::default()
        }))
    }

    /// Keeps what the person chose.
    pub fn set_settings(&self, settings: &Settings) -> Result<(), StoreError> {
        let text = serde_json::to_string(settings).map_err(|error| StoreError::Invalid(error.to_string()))?;
        self.set_meta("settings".into(), text)
    }

    /// What was measured under a name and kept. What cannot be understood counts as not measured.
    pub fn measurement<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, StoreError> {
        let key = measurement_key(name);
        let stored: Option<String> = self.database.read(|db| {
            db.query_row("SELECT value FROM meta WHERE key = ?1", [&key], |row| row.get(0)).optional()
        })?;
        Ok(stored.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// Keeps what was measured, in place of what was measured before under this name.
    pub fn set_measurement<T: Serialize>(&self, name: &str, value: &T) -> Result<(), StoreError> {
        let text = serde_json::to_string(value).map_err(|error| StoreError::Invalid(error.to_string()))?;
        self.set_meta(measurement_key(name), text)
    }

    fn set_meta(&self, key: String, value: String) -> Result<(), StoreError> {
        self.database.write(move |tx| {
            tx.execute(
                "INSERT INTO meta (key, value) VALUES (?1, ?2)
                 ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                [key, value],
            )?;
            Ok(())
        })
    }

    /// Grows with every change of roots, files, contents or vectors.
    pub fn generation(&self) -> Result<u64, StoreError> {
        self.database.read(|db| {
            db.prepare_cached("SELECT value FROM meta WHERE key = 'generation'")?
                .query_row([], |row| unsigned(row, 0))
        })
    }

    /// What SQLite finds wrong with the file (`PRAGMA quick_check`), one sentence each; reads all of it.
    pub fn check(&self) -> Result<Vec<String>, StoreError> {
        let told: Vec<String> = self.database.read(|db| {
            let mut check = db.prepare("PRAGMA quick_check")?;
            check.query_map([], |row| row.get(0))?.collect()
        })?;
        Ok(told.into_iter().filter(|line| line != "ok").collect())
    }

    /// Bytes of the library's file and its log on disk.
    pub fn database_bytes(&self) -> u64 {
        let path = self.database.path();
        let mut log = path.as_os_str().to_owned();
        log.push("-wal");
        let bytes = |path: &std::path::Path| std::fs::metadata(path).map_or(0, |facts| facts.len());
        bytes(path) + bytes(log.as_ref())
    }

    /// Remembers a job. Of the finished ones only the latest are kept.
    pub fn insert_job(&self, job: NewJob, now_ms: i64) -> Result<JobId, StoreError> {
        self.database.write(move |tx| {
            tx.execute(
                &format!(
                    "DELETE FROM jobs WHERE NOT {UNFINISHED} AND id NOT IN
                     (SELECT id FROM jobs WHERE NOT {UNFINISHED} ORDER BY id DESC LIMIT ?1)"
                ),
                [count(FINISHED_JOBS_KEPT)],
            )?;
            tx.execute(
                "INSERT INTO jobs (kind, title, state, payload, created_ms, updated_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?5)",
                params![job.kind, job.title, state_name(job.state), job.payload.to_string(), now_ms],
            )?;
            Ok(JobId(tx.last_insert_rowid()))
        })
    }

    /// Notes where a job stands. A job that is not there is ignored.
    pub fn update_job(&self, id: JobId, update: JobUpdate, now_ms: i64) -> Result<(), StoreError> {
        self.database.write(move |tx| {
            tx.prepare_cached(
                "UPDATE jobs SET state = ?2, done = ?3, total = ?4, failed = ?5, error = ?6, updated_ms = ?7
                 WHERE id = ?1",
            )?
            .execute(params![
                id.0,
                state_name(update.state),
                to_i64(update.done)?,
                to_i64(update.total)?,
                to_i64(update.failed)?,
                update.error,
                now_ms
            ])?;
            Ok(())
        })
    }

    /// Jobs that are queued, running or paused (or were, when the program ended), oldest first.
    pub fn unfinished_jobs(&self) -> Result<Vec<JobRow>, StoreError> {
        self.database
            .read(|db| collect(db, &format!("{JOB_ROW} WHERE {UNFINISHED} ORDER BY id"), [], job_row))
    }

    /// The latest jobs, newest first.
    pub fn jobs(&self, limit: usize) -> Result<Vec<JobRow>, StoreError> {
        self.database
            .read(|db| collect(db, &format!("{JOB_ROW} ORDER BY id DESC LIMIT ?1"), [count(limit)], job_row))
    }

    /// Keeps a map in place of the one before.
    pub fn save_map(&self, map: StoredMap) -> Result<(), StoreError> {
        self.database.write(move |tx| {
            tx.execute(
                "INSERT INTO maps (id, generation, data) VALUES (1, ?1, ?2)
                 ON CONFLICT (id) DO UPDATE SET generation = excluded.generation, data = excluded.data",
                params![to_i64(map.generation)?, map.data],
            )?;
            Ok(())
        })
    }

    /// The map kept last.
    pub fn load_map(&self) -> Result<Option<StoredMap>, StoreError> {
        self.database.read(|db| {
            let read = |row: &Row<'_>| Ok(StoredMap { generation: unsigned(row, 0)?, data: row.get(1)? });
            db.query_row("SELECT generation, data FROM maps WHERE id = 1", [], read).optional()
        })
    }
}

fn measurement_key(name: &str) -> String {
    format!("measured: {name}")
}

fn state_name(state: JobState) -> &'static str {
    match state {
        JobState::Queued => "queued",
        JobState::Running => "running",
        JobState::Paused => "paused",
        JobState::Done => "done",
        JobState::Cancelled => "cancelled",
        JobState::Failed => "failed",
    }
}

fn job_state(row: &Row<'_>, at: usize) -> rusqlite::Result<JobState> {
    match row.get_ref(at)?.as_str()? {
        "queued" => Ok(JobState::Queued),
        "running" => Ok(JobState::Running),
        "paused" => Ok(JobState::Paused),
        "done" => Ok(JobState::Done),
        "cancelled" => Ok(JobState::Cancelled),
        "failed" => Ok(JobState::Failed),
        other => Err(bad_value(at, Type::Text, format!("unknown state of a job: {other}"))),
    }
}

fn job_row(row: &Row<'_>) -> rusqlite::Result<JobRow> {
    let payload = serde_json::from_str(row.get_ref(4)?.as_str()?)
        .map_err(|error| bad_value(4, Type::Text, error.to_string()))?;
    Ok(JobRow {
        id: JobId(row.get(0)?),
        kind: row.get(1)?,
        title: row.get(2)?,
        state: job_state(row, 3)?,
        payload,
        done: unsigned(row, 5)?,
        total: unsigned(row, 6)?,
        failed: unsigned(row, 7)?,
        error: row.get(8)?,
        created_ms: row.get(9)?,
        updated_ms: row.get(10)?,
    })
}
