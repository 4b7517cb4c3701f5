//! What photo models saw in photos, in words.

use cairn_core::{ContentId, Space, Tag};
use rusqlite::{Row, params};

use crate::files::collect;
use crate::sql::count;
use crate::vectors::find_space;
use crate::{Store, StoreError};

/// Steps from word to word over the index, instead of reading all of it.
pub(crate) const TAG_WORDS: &str = "WITH RECURSIVE words (word) AS (
         SELECT min(word) FROM tags WHERE space_id = ?1
         UNION ALL
         SELECT (SELECT min(word) FROM tags WHERE space_id = ?1 AND word > words.word) FROM words WHERE word IS NOT NULL
     )
     SELECT word FROM words WHERE word IS NOT NULL";
pub(crate) const TAGGED: &str = "SELECT content_id, confidence FROM tags
     WHERE space_id = ?1 AND word = ?2 ORDER BY confidence DESC LIMIT ?3";
pub(crate) const TAGS_OF: &str = "SELECT word, confidence FROM tags
     WHERE content_id = ?2 AND space_id = ?1 ORDER BY confidence DESC, word";

impl Store {
    /// Stores what a model saw in photos, in place of what it saw before; photos that vanished meanwhile are ignored.
    pub fn put_tags(&self, model: &str, tags: Vec<(ContentId, Vec<Tag>)>) -> Result<(), StoreError> {
        let space = self.space(Space::Photo, model)?;
        self.database.change(move |tx| {
            let mut forget = tx.prepare_cached("DELETE FROM tags WHERE content_id = ?1 AND space_id = ?2")?;
            let mut insert = tx.prepare_cached(
                "INSERT INTO tags (space_id, content_id, word, confidence)
                 SELECT ?1, id, ?3, ?4 FROM contents WHERE id = ?2 AND family = 'photo'",
            )?;
            for (content, tags) in tags {
                forget.execute([content.0, space])?;
                for tag in tags {
                    insert.execute(params![space, content.0, tag.word, tag.confidence])?;
                }
            }
            Ok(())
        })
    }

    /// What a model saw in a photo, the likeliest first.
    pub fn tags_of(&self, model: &str, photo: ContentId) -> Result<Vec<Tag>, StoreError> {
        self.database.read(|db| {
            let Some(space) = find_space(db, Space::Photo, model)? else { return Ok(Vec::new()) };
            let tag = |row: &Row<'_>| Ok(Tag { word: row.get(0)?, confidence: row.get(1)? });
            collect(db, TAGS_OF, [space, photo.0], tag)
        })
    }

    /// Every word that a model saw in any photo, in alphabetical order.
    pub fn tag_words(&self, model: &str) -> Result<Vec<String>, StoreError> {
        self.database.read(|db| {
            let Some(space) = find_space(db, Space::Photo, model)? else { return Ok(Vec::new()) };
            collect(db, TAG_WORDS, [space], |row| row.get(0))
        })
    }

    /// Photos in which a model saw this very word, the likeliest first.
    pub fn tagged(&self, model: &str, word: &str, limit: usize) -> Result<Vec<(ContentId, f32)>, StoreError> {
        self.database.read(|db| {
            let Some(space) = find_space(db, Space::Photo, model)? else { return Ok(Vec::new()) };
            let found = |row: &Row<'_>| Ok((ContentId(row.get(0)?), row.get(1)?));
            collect(db, TAGGED, params![space, word, count(limit)], found)
        })
    }
}
