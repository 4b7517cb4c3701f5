//! What is left out of the library, and what a change of it would mean. Leaving out is not deleting: files stay where they are.

use std::sync::Arc;

use cairn_core::FileId;
use cairn_ingest::Rules;

use crate::api::{Excludes, ExcludesPreview};
use crate::engine::Inner;
use crate::error::EngineError;

/// Files named in a preview.
const EXAMPLES: usize = 12;

/// What Cairn leaves out by itself.
pub fn default_excludes() -> Vec<String> {
    Rules::default().lines().to_vec()
}

impl Inner {
    pub(crate) fn rules(&self) -> Result<Rules, EngineError> {
        let settings = self.store.settings()?;
        // Lines are checked before they are stored; what a later version understands may be none for this one.
        let rules = settings.excludes.as_deref().map_or_else(|| Ok(Rules::default()), Rules::new);
        let rules = rules.unwrap_or_else(|error| {
            tracing::warn!(%error, "what Cairn leaves out by itself is left out instead");
            Rules::default()
        });
        Ok(rules.with_gitignore(settings.indexing.gitignore))
    }

    pub(crate) fn excludes(&self) -> Result<Excludes, EngineError> {
        let by_default = self.store.settings()?.excludes.is_none();
        Ok(Excludes { lines: self.rules()?.lines().to_vec(), by_default })
    }

    /// What the library would let go of under these lines.
    pub(crate) fn preview_excludes(&self, lines: &[String]) -> Result<ExcludesPreview, EngineError> {
        let rules = understood(lines)?;
        let mut preview = ExcludesPreview { files: 0, examples: Vec::new() };
        for root in self.store.roots()? {
            let rules = rules.below(&root.path);
            for file in self.store.known_files(root.id, &root.path)? {
                if rules.leaves_out_below(&file.path, false) {
                    preview.files += 1;
                    if preview.examples.len() < EXAMPLES {
                        preview.examples.push(file.path.display().to_string());
                    }
                }
            }
        }
        Ok(preview)
    }

    /// Leaves out what these lines say from now on, also of what is in the library, and takes in what they let in. `None`:
    /// what Cairn leaves out by itself.
    pub(crate) fn set_excludes(self: &Arc<Self>, lines: Option<Vec<String>>) -> Result<(), EngineError> {
        let rules = lines.as_deref().map_or_else(|| Ok(Rules::default()), understood)?;
        let mut settings = self.store.settings()?;
        settings.excludes = lines;
        self.store.set_settings(&settings)?;
        for root in self.store.roots()? {
            let rules = rules.below(&root.path);
            let known = self.store.known_files(root.id, &root.path)?;
            let left_out = known.into_iter().filter(|file| rules.leaves_out_below(&file.path, false));
            let left_out: Vec<FileId> = left_out.map(|file| file.id).collect();
            self.store.forget_files(&left_out)?;
        }
        let removed = self.store.collect_garbage()?;
        self.remove_from_indexes(&removed)?;
        self.changed();
        self.watch_anew()?;
        self.queue_scan(None, "Looking for files".into())
    }
}

fn understood(lines: &[String]) -> Result<Rules, EngineError> {
    Rules::new(lines).map_err(|error| EngineError::user(error.to_string()))
}
