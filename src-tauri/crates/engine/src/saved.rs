//! Searches that a person keeps, and those of before.

use crate::api::{SavedSearch, SearchRequest};
use crate::engine::{Inner, now_ms};
use crate::error::EngineError;

/// Longer names are cut.
const MAX_NAME: usize = 200;
/// Longer queries are not remembered: they are texts that were pasted.
const MAX_REMEMBERED: usize = 400;

impl Inner {
    pub(crate) fn saved_searches(&self) -> Result<Vec<SavedSearch>, EngineError> {
        let saved = self.store.saved_searches()?.into_iter();
        // A later version may ask for what this one does not know; its search waits for it.
        Ok(saved
            .filter_map(|row| {
                let request = serde_json::from_str(&row.request).ok()?;
                Some(SavedSearch { id: row.id, name: row.name, request })
            })
            .collect())
    }

    pub(crate) fn save_search(&self, name: &str, request: &SearchRequest) -> Result<(), EngineError> {
        let request = serde_json::to_string(request)
            .map_err(|error| EngineError::internal("a search could not be written").caused_by(error))?;
        self.store.save_search(checked(name)?, &request, now_ms())?;
        Ok(())
    }

    pub(crate) fn rename_search(&self, id: i64, name: &str) -> Result<(), EngineError> {
        Ok(self.store.rename_search(id, checked(name)?)?)
    }

    pub(crate) fn forget_search(&self, id: i64) -> Result<(), EngineError> {
        Ok(self.store.forget_search(id)?)
    }

    pub(crate) fn past_searches(&self, limit: usize) -> Result<Vec<String>, EngineError> {
        Ok(self.store.past_searches(limit)?)
    }

    pub(crate) fn remember_search(&self, query: &str) -> Result<(), EngineError> {
        let query = query.trim();
        if !query.is_empty() && query.len() <= MAX_REMEMBERED && self.store.settings()?.history {
            self.store.remember_search(query, now_ms())?;
        }
        Ok(())
    }

    pub(crate) fn forget_past_searches(&self, query: Option<&str>) -> Result<(), EngineError> {
        Ok(self.store.forget_past_searches(query)?)
    }

    pub(crate) fn keep_history(&self, keep: bool) -> Result<(), EngineError> {
        let mut settings = self.store.settings()?;
        settings.history = keep;
        self.store.set_settings(&settings)?;
        if keep { Ok(()) } else { self.forget_past_searches(None) }
    }
}

fn checked(name: &str) -> Result<&str, EngineError> {
    let name = name.trim();
    if name.is_empty() {
        return Err(EngineError::user("A saved search needs a name."));
    }
    Ok(&name[..name.floor_char_boundary(MAX_NAME)])
}
