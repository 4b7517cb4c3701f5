//! Folders inside the folders of the library: what is in them, whether they are left out, which of them is read first.

use std::fs::DirEntry;
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::Ordering;

use cairn_core::RootId;
use cairn_ingest::rule_for_folder;
use cairn_store::{FileRow, FileState};

use crate::api::FolderView;
use crate::engine::{Inner, now_ms};
use crate::error::EngineError;

/// Whether a folder shows folders of its own.
fn has_folders(folder: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else { return false };
    entries.flatten().any(|entry| shown_folder(&entry).is_some())
}

/// The name of a folder that can be chosen: one that is not Unicode cannot stand in a rule, and what is hidden was hidden on
/// purpose.
fn shown_folder(entry: &DirEntry) -> Option<String> {
    let name = entry.file_name().into_string().ok()?;
    (!name.starts_with('.') && entry.file_type().is_ok_and(|kind| kind.is_dir())).then_some(name)
}

impl Inner {
    pub(crate) fn folders(&self, root: RootId, below: &str) -> Result<Vec<FolderView>, EngineError> {
        let (root, folder) = self.folder_at(root, below)?;
        let rules = self.rules()?.below(&root);
        let entries = std::fs::read_dir(&folder)
            .map_err(|error| EngineError::io(&format!("list {}", folder.display()), error))?;
        let mut folders = Vec::new();
        for entry in entries.flatten() {
            let Some(name) = shown_folder(&entry) else { continue };
            let path = entry.path();
            folders.push(FolderView {
                below: if below.is_empty() { name.clone() } else { format!("{below}/{name}") },
                rule: rule_for_folder(&path),
                files: self.store.count_below(&path)?,
                has_folders: has_folders(&path),
                left_out: rules.leaves_out_below(&path, true),
                name,
            });
        }
        folders.sort_by_cached_key(|folder| (folder.name.to_lowercase(), folder.name.clone()));
        Ok(folders)
    }

    pub(crate) fn read_first(&self, root: RootId, below: &str) -> Result<(), EngineError> {
        let (_, folder) = self.folder_at(root, below)?;
        self.store.want_below(&folder, now_ms())?;
        self.wishes.fetch_add(1, Ordering::Release);
        Ok(())
    }

    /// Reads a file that somebody looks at before everything else, where it was not read yet.
    pub(crate) fn read_shown(&self, row: &FileRow) -> Result<(), EngineError> {
        if row.state == FileState::Pending && self.store.want_file(row.id, now_ms())? {
            self.wishes.fetch_add(1, Ordering::Release);
        }
        Ok(())
    }

    /// The path of a folder of the library, and that of one in it.
    fn folder_at(&self, root: RootId, below: &str) -> Result<(PathBuf, PathBuf), EngineError> {
        let root = self.store.roots()?.into_iter().find(|known| known.id == root);
        let root =
            root.ok_or_else(|| EngineError::not_found("This folder is not in the library any more."))?;
        let is_plain = Path::new(below).components().all(|part| matches!(part, Component::Normal(_)));
        if !is_plain {
            return Err(EngineError::user(format!("“{below}” is no folder of {}.", root.display)));
        }
        let folder = root.path.join(below);
        Ok((root.path, folder))
    }
}
