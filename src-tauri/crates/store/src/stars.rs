//! What a person said a search should find.

use std::time::{SystemTime, UNIX_EPOCH};

use cairn_core::{ContentHash, ContentId};
use rusqlite::{Row, params};

use crate::files::collect;
use crate::rows::Star;
use crate::{Store, StoreError};

/// Of several readings of the same bytes, the newest.
const STARS: &str = "SELECT s.query, (
         SELECT c.id FROM contents c WHERE c.hash = s.hash AND c.file_id IS NOT NULL ORDER BY c.pipeline DESC LIMIT 1
     ) AS content
     FROM stars s WHERE content IS NOT NULL ORDER BY s.starred_ms DESC, s.query, s.hash";

impl Store {
    /// Marks what a search should find, or takes the mark back.
    pub fn set_star(&self, query: &str, hash: ContentHash, starred: bool) -> Result<(), StoreError> {
        let query = query.to_owned();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
        let now = i64::try_from(now).unwrap_or(i64::MAX);
        self.database.write(move |tx| {
            if starred {
                tx.execute("INSERT OR IGNORE INTO stars VALUES (?1, ?2, ?3)", params![query, hash.0, now])?;
            } else {
                tx.execute("DELETE FROM stars WHERE query = ?1 AND hash = ?2", params![query, hash.0])?;
            }
            Ok(())
        })
    }

    /// Every mark whose content is in the library now, the newest first.
    pub fn stars(&self) -> Result<Vec<Star>, StoreError> {
        let star = |row: &Row<'_>| Ok(Star { query: row.get(0)?, content: ContentId(row.get(1)?) });
        self.database.read(|db| collect(db, STARS, [], star))
    }
}
