//! What a query's conditions (`kind:`, `before:`, `in:` and so on) leave of the library.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use cairn_core::{ContentId, Family, FileId, Filter, PassageId};
use cairn_index::KeySet;
use cairn_store::{AllowedFile, contents_as_json};

use crate::api::Scope;
use crate::engine::Inner;
use crate::error::EngineError;

/// The files that a filter allows, in the forms that the channels of a search take.
pub(crate) struct Allowed {
    /// Each content once, with a file that is allowed; the newest first.
    newest: Vec<AllowedFile>,
    files: HashMap<ContentId, FileId>,
    /// For channels of words.
    pub json: String,
    /// Keys of the text space.
    pub passages: KeySet,
    /// Keys of the photo space.
    pub photos: KeySet,
}

/// The last filter's files: while a person types, the filter stays as it is.
pub(crate) struct LastFilter {
    filter: Filter,
    offset_minutes: i32,
    generation: u64,
    allowed: Arc<Allowed>,
}

impl Allowed {
    /// One file of what is read.
    pub(crate) fn only(content: ContentId, file: FileId, family: Family, passages: &[PassageId]) -> Allowed {
        let photo = (family == Family::Photo).then_some(content.0);
        Allowed {
            newest: Vec::new(),
            files: HashMap::from([(content, file)]),
            json: contents_as_json(std::iter::once(content)),
            passages: passages.iter().map(|passage| passage.0).collect(),
            photos: photo.into_iter().collect(),
        }
    }

    pub(crate) fn file(&self, content: ContentId) -> Option<FileId> {
        self.files.get(&content).copied()
    }

    pub(crate) fn has(&self, content: ContentId) -> bool {
        self.files.contains_key(&content)
    }

    /// Contents of a scope, the newest first.
    pub(crate) fn listed(&self, scope: Scope) -> impl Iterator<Item = &AllowedFile> {
        self.newest.iter().filter(move |file| match scope {
            Scope::All => true,
            Scope::Documents => file.family == Family::Document,
            Scope::Photos => file.family == Family::Photo,
        })
    }
}

impl Inner {
    /// The files that a filter allows; days are those of a clock so many minutes ahead of UTC.
    pub(crate) fn allowed(&self, filter: &Filter, offset_minutes: i32) -> Result<Arc<Allowed>, EngineError> {
        let generation = self.store.generation()?;
        let mut last = self.last_filter.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = &*last
            && (&last.filter, last.offset_minutes, last.generation) == (filter, offset_minutes, generation)
        {
            return Ok(last.allowed.clone());
        }
        let mut newest = self.store.files_allowed(filter, offset_minutes)?;
        let mut files = HashMap::with_capacity(newest.len());
        newest.retain(|file| files.insert(file.content, file.file).is_none());
        newest.sort_by_key(|file| (std::cmp::Reverse(file.date_ms), file.content));
        let json = contents_as_json(newest.iter().map(|file| file.content));
        let passages = self.store.passages_of_contents(&json)?.into_iter().map(|passage| passage.0).collect();
        let photos = newest.iter().filter(|file| file.family == Family::Photo).map(|file| file.content.0);
        let allowed = Arc::new(Allowed { photos: photos.collect(), newest, files, json, passages });
        let (filter, allowed_now) = (filter.clone(), allowed.clone());
        *last = Some(LastFilter { filter, offset_minutes, generation, allowed: allowed_now });
        Ok(allowed)
    }
}
