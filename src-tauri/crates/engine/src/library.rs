//! What the library holds: counts, folders, photos, copies, and files that could not be read.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use cairn_core::{ContentId, Family, FileId, Kind, Problem, RootId, Space, Storage};
use cairn_ingest::rule_for_file;
use cairn_insight::sketches::Band;
use cairn_store::{ContentRow, FileRow};

use crate::api::{
    DuplicateGroup, FailedFile, FailedPage, Item, PhotoPage, PhotoTile, ProblemView, RootStatus, Sameness,
    SpaceStatus, Status,
};
use crate::engine::Inner;
use crate::error::EngineError;
use crate::indexing::is_connected;
use crate::space::VectorSpace;

/// A page of a list holds at most this many entries.
const PAGE_LIMIT: usize = 10_000;
/// The bytes of all thumbnails are counted at most this often.
const THUMBNAIL_COUNT_INTERVAL: Duration = Duration::from_secs(60);
/// Groups of copies shown.
const DUPLICATES_LIMIT: usize = 1_000;

impl Inner {
    pub(crate) fn status(&self) -> Result<Status, EngineError> {
        let counts = self.store.counts()?;
        let roots = self.store.roots()?.into_iter().map(|root| RootStatus {
            id: root.id,
            online: is_connected(&root),
            display: root.display,
            ready: root.ready,
            pending: root.pending,
            failed: root.failed,
        });
        let text = self.text_model();
        let photo = self.photo_model();
        Ok(Status {
            version: env!("CARGO_PKG_VERSION").into(),
            roots: roots.collect(),
            documents: counts.documents,
            photos: counts.photos,
            passages: counts.passages,
            pending: counts.pending,
            failed: counts.failed,
            text: match &text {
                Some(model) => self.space_status(Space::Text, model.entry, &model.space)?,
                None => no_model(),
            },
            photo: match &photo {
                Some(model) => self.space_status(Space::Photo, model.entry, &model.space)?,
                None => no_model(),
            },
            reranker: self.reranker().map(|model| model.entry.id.clone()),
            database_bytes: self.store.database_bytes(),
            thumbnail_bytes: self.thumbnail_bytes(),
            library_dir: self.folders.library.display().to_string(),
            models_dir: self.folders.models.display().to_string(),
            generation: self.store.generation()?,
        })
    }

    /// Counting means walking the folder, so it is done now and then.
    fn thumbnail_bytes(&self) -> u64 {
        let mut counted = self.thumbnail_bytes.lock().unwrap_or_else(PoisonError::into_inner);
        match *counted {
            Some((at, bytes)) if at.elapsed() < THUMBNAIL_COUNT_INTERVAL => bytes,
            _ => {
                let bytes = folder_bytes(&self.folders.thumbnails);
                *counted = Some((Instant::now(), bytes));
                bytes
            }
        }
    }

    fn space_status(
        &self,
        space: Space,
        entry: &cairn_embed::ModelEntry,
        index: &VectorSpace,
    ) -> Result<SpaceStatus, EngineError> {
        let facts = index.facts();
        Ok(SpaceStatus {
            model: Some(entry.id.clone()),
            about: format!("{}: {}", entry.name, entry.card),
            vectors: self.store.vector_count(space, &entry.id)?,
            waiting: self.store.waiting_count(space, &entry.id)?,
            full_dims: entry.dims,
            dims: facts.shape.dims,
            storage: facts.shape.storage,
            rotated: facts.rotated,
            memory_bytes: facts.memory_bytes,
            disk_bytes: facts.disk_bytes,
        })
    }

    pub(crate) fn remove_root(self: &Arc<Self>, id: RootId) -> Result<(), EngineError> {
        if let Some(root) = self.store.roots()?.iter().find(|root| root.id == id) {
            self.unwatch_root(&root.path);
        }
        let removed = self.store.remove_root(id)?;
        self.remove_from_indexes(&removed)?;
        self.save_indexes()?;
        self.changed();
        self.queue_map_if_stale()
    }

    pub(crate) fn locate(&self, file: FileId) -> Result<(PathBuf, Kind), EngineError> {
        let row = self.file(file)?;
        Ok((row.path, row.content.map_or(Kind::Other, |content| content.kind)))
    }

    pub(crate) fn file_at(&self, path: &Path) -> Result<FileId, EngineError> {
        let unknown = || EngineError::not_found(format!("{} is not in the library.", path.display()));
        let path = std::path::absolute(path).map_err(|_| unknown())?;
        Ok(self.store.file_at(&path)?.ok_or_else(unknown)?.id)
    }

    pub(crate) fn file(&self, file: FileId) -> Result<FileRow, EngineError> {
        self.store
            .file(file)?
            .ok_or_else(|| EngineError::not_found("This file is not in the library any more."))
    }

    pub(crate) fn photos(&self, offset: usize, limit: usize) -> Result<PhotoPage, EngineError> {
        let (total, rows) = self.store.photos(offset, limit.min(PAGE_LIMIT))?;
        let photos = rows.into_iter().filter_map(|row| {
            let date_ms = row.date_ms();
            let content = row.content?;
            let photo = content.photo?;
            Some(PhotoTile {
                file: row.id,
                root: row.root,
                hash: content.hash,
                name: row.name,
                date_ms,
                width: photo.width,
                height: photo.height,
            })
        });
        Ok(PhotoPage { total: usize::try_from(total).unwrap_or(usize::MAX), photos: photos.collect() })
    }

    pub(crate) fn duplicates(&self) -> Result<Vec<DuplicateGroup>, EngineError> {
        let exact = self.store.duplicates(DUPLICATES_LIMIT)?;
        let mut groups: Vec<DuplicateGroup> = exact
            .into_iter()
            .map(|rows| DuplicateGroup {
                items: rows.into_iter().filter_map(item).collect(),
                sameness: Sameness::Exact,
            })
            .collect();
        if let Some(map) = self.shown_map() {
            for contents in map.alike.iter().take(DUPLICATES_LIMIT) {
                groups.extend(self.group_of(contents, Sameness::Looks)?);
            }
        }
        for (band, contents) in self.documents_alike()?.iter().take(DUPLICATES_LIMIT) {
            let sameness = match band {
                Band::Same => Sameness::Same,
                Band::NearlySame => Sameness::NearlySame,
                Band::Revision | Band::Related => Sameness::Revision,
            };
            groups.extend(self.group_of(contents, sameness)?);
        }
        Ok(groups)
    }

    /// Contents that are alike, as a group. Copies of one content count once.
    fn group_of(
        &self,
        contents: &[ContentId],
        sameness: Sameness,
    ) -> Result<Option<DuplicateGroup>, EngineError> {
        let mut first = self.store.first_file_of_contents(contents)?;
        let items: Vec<Item> =
            contents.iter().filter_map(|content| item(first.remove(content)?.file)).collect();
        Ok((items.len() > 1).then_some(DuplicateGroup { items, sameness }))
    }

    pub(crate) fn failed_files(&self, offset: usize, limit: usize) -> Result<FailedPage, EngineError> {
        let counts = self.store.failed_counts()?;
        let by_reason: Vec<_> = counts
            .into_iter()
            .map(|(code, count)| (code, usize::try_from(count).unwrap_or(usize::MAX)))
            .collect();
        let files = self.store.failed_files(offset, limit.min(PAGE_LIMIT))?;
        let roots = self.store.roots()?;
        Ok(FailedPage {
            total: by_reason.iter().map(|(_, count)| count).sum(),
            by_reason,
            files: files
                .into_iter()
                .filter_map(|row| {
                    let is_root = roots.iter().any(|root| root.path == row.path);
                    Some(FailedFile {
                        file: row.id,
                        root: row.root,
                        rule: row.path.to_str().filter(|_| !is_root).map(|_| rule_for_file(&row.path)),
                        name: row.name,
                        folder: row.folder,
                        problem: problem_view(&row.problem?),
                    })
                })
                .collect(),
        })
    }

    pub(crate) fn retry_failed(self: &Arc<Self>, file: Option<FileId>) -> Result<(), EngineError> {
        match file {
            Some(id) => self.store.retry_failed(Some(&[id]))?,
            None => self.store.retry_failed(None)?,
        };
        self.changed();
        self.queue_embedding()
    }
}

fn no_model() -> SpaceStatus {
    SpaceStatus {
        model: None,
        about: String::new(),
        vectors: 0,
        waiting: 0,
        full_dims: 0,
        dims: 0,
        storage: Storage::default(),
        rotated: false,
        memory_bytes: 0,
        disk_bytes: 0,
    }
}

pub(crate) fn problem_view(problem: &Problem) -> ProblemView {
    ProblemView {
        code: problem.code,
        sentence: problem.code.sentence().to_owned(),
        detail: problem.detail.clone(),
    }
}

/// The title of a document that has one, else the file's name.
pub(crate) fn title(row: &FileRow) -> String {
    let titled = row.content.as_ref().and_then(|content: &ContentRow| content.title.clone());
    titled.unwrap_or_else(|| row.name.clone())
}

pub(crate) fn item(row: FileRow) -> Option<Item> {
    let (title, date_ms) = (title(&row), row.date_ms());
    let content = row.content?;
    Some(Item {
        file: row.id,
        root: row.root,
        family: content.family,
        kind: content.kind,
        title: if content.family == Family::Photo { row.name.clone() } else { title },
        name: row.name,
        folder: row.folder,
        hash: content.hash,
        date_ms,
        size: row.size,
    })
}

/// Bytes of all files below a folder of Cairn's own.
fn folder_bytes(folder: &std::path::Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(meta) if meta.is_dir() => folder_bytes(&entry.path()),
            Ok(meta) => meta.len(),
            Err(_) => 0,
        })
        .sum()
}
