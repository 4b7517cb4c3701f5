//! From folders to a searchable library: scan, read, embed. Every step asks the store what is still to do, so a
//! run that was killed goes on where it was, and nothing is done twice.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use cairn_core::{ContentId, FileId, Kind, PassageId, Problem, ProblemCode, RootId, Space};
use cairn_embed::with_threads;
use cairn_ingest::{
    ChunkOptions, Document, Extracted, Found, HashError, Request, RootRules, THUMBNAIL_SIDE, Worker,
    approximate_token_spans, chunk, drive_of, hash_file, place_name, thumbnail_path, walk, write_thumbnail,
};
use cairn_insight::languages::languages;
use cairn_store::{
    KnownFile, NewContent, NewPassage, PendingFile, PhotoRow, Removed, Root, SeenFile, StoreError, Waiting,
};

use crate::api::JobKind;
use crate::encoder::Lane;
use crate::engine::{Inner, now_ms};
use crate::error::EngineError;
use crate::jobs::JobContext;
use crate::models::{PhotoModel, TextModel};
use crate::space::VectorSpace;

/// Version of extraction and chunking. A higher number makes every file be read again.
pub(crate) const PIPELINE: u32 = 4;

/// Files recorded in one transaction of a scan.
const SCAN_BATCH: usize = 500;
/// Files taken from the store at a time.
const READ_BATCH: usize = 64;
/// Passages taken from the store at a time, to be sorted by length.
const EMBED_FETCH: usize = 128;
/// Bytes of passages embedded in one go (about 1,000 tokens), or one passage.
const EMBED_BYTES: usize = 4_000;
/// Processes that read at the same time. They have a lower priority than everything else.
const MAX_READERS: usize = 4;
/// Bytes of a document that its language is told by.
const LANGUAGE_BYTES: usize = 4_000;
/// Photos embedded in one go: each weight of a model is then read from memory once for all of them.
const PHOTOS_AT_ONCE: usize = 16;

impl Inner {
    pub(crate) fn add_path(self: &Arc<Self>, path: &Path) -> Result<(), EngineError> {
        let path = std::path::absolute(path)
            .map_err(|error| EngineError::io(&format!("find {}", path.display()), error))?;
        if let Err(error) = std::fs::metadata(&path) {
            return Err(EngineError::user(format!("{} cannot be added: it is not there.", path.display()))
                .caused_by(error));
        }
        if self.is_own(&path) {
            return Err(EngineError::user(format!("{} is one of Cairn's own folders.", path.display())));
        }
        let added = self.store.add_root(&path, now_ms())?;
        // The very folder once more, perhaps on another drive: a person who adds it means what is there now.
        if !added.newly && self.store.roots()?.iter().any(|root| root.id == added.id && root.path == path) {
            self.store.note_drive(added.id, None)?;
        }
        self.watch_root(&path);
        let name =
            path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into());
        self.changed();
        self.queue_scan(Some(added.id), format!("Indexing {name}"))
    }

    /// Whether a path lies in a folder that Cairn writes to: what it writes is nothing to find.
    fn is_own(&self, path: &Path) -> bool {
        self.own_folders().into_iter().any(|folder| path.starts_with(folder))
    }

    pub(crate) fn own_folders(&self) -> [&Path; 3] {
        [&self.folders.library, &self.folders.thumbnails, &self.folders.models]
    }

    /// Queues a scan of one root or of all, with reading and embedding what it finds. A run that the person had
    /// held when the program ended begins held.
    pub(crate) fn queue_scan(
        self: &Arc<Self>,
        root: Option<RootId>,
        title: String,
    ) -> Result<(), EngineError> {
        let mut whole_scan = self.whole_scan.lock().unwrap_or_else(PoisonError::into_inner);
        if root.is_none() && whole_scan.is_some_and(|id| self.jobs().is_queued(id)) {
            return Ok(());
        }
        let held = self.close_unfinished_jobs()?;
        let id = self.submit_held(JobKind::Index, title, "files", held, move |inner, job| {
            let gone = inner.scan(root, job)?;
            inner.take_in(gone, job)?;
            inner.finish_indexing(job)
        })?;
        if root.is_none() {
            *whole_scan = Some(id);
        }
        Ok(())
    }

    /// Queues what is left to read and embed, without a scan.
    pub(crate) fn queue_embedding(self: &Arc<Self>) -> Result<(), EngineError> {
        self.submit(JobKind::Index, "Updating the library".into(), "files", |inner, job| {
            inner.take_in(Vec::new(), job)?;
            inner.finish_indexing(job)
        })
    }

    /// Rows of jobs that an earlier run of the program left unfinished are ended: their work is found again by
    /// what the store lacks. Tells whether one of them was held.
    fn close_unfinished_jobs(&self) -> Result<bool, EngineError> {
        let running: HashSet<_> = self.jobs().views().into_iter().map(|job| job.id).collect();
        let mut held = false;
        for row in self.store.unfinished_jobs()? {
            if running.contains(&row.id) {
                continue;
            }
            held |= row.kind == "index" && row.state == cairn_store::JobState::Paused;
            let update = cairn_store::JobUpdate {
                state: cairn_store::JobState::Cancelled,
                done: row.done,
                total: row.total,
                failed: row.failed,
                error: None,
            };
            self.store.update_job(row.id, update, now_ms())?;
        }
        Ok(held)
    }

    /// Compares disk and library. Returns files that are no longer where they were; they are forgotten only after
    /// everything new was read, so that a moved file finds its content still there.
    fn scan(&self, only: Option<RootId>, job: &JobContext) -> Result<Vec<KnownFile>, EngineError> {
        job.progress.start_phase("Looking for files", 0);
        let mut gone = Vec::new();
        let rules = self.rules()?;
        for root in self.store.roots()? {
            if only.is_none_or(|id| id == root.id) && self.is_there(&root)? {
                gone.extend(self.scan_below(&root, &root.path, &rules.below(&root.path), job)?);
            }
        }
        self.store.requeue_outdated(PIPELINE)?;
        Ok(gone)
    }

    /// As [`Inner::scan`], for paths that a watch named.
    pub(crate) fn scan_paths(
        &self,
        paths: &[PathBuf],
        job: &JobContext,
    ) -> Result<Vec<KnownFile>, EngineError> {
        job.progress.start_phase("Looking at what changed", 0);
        let mut gone = Vec::new();
        let rules = self.rules()?;
        for root in self.store.roots()? {
            let mut below = paths.iter().filter(|path| path.starts_with(&root.path)).peekable();
            if below.peek().is_none() || !self.is_there(&root)? {
                continue;
            }
            let rules = rules.below(&root.path);
            for path in below {
                gone.extend(self.scan_path(&root, path, &rules, job)?);
            }
        }
        Ok(gone)
    }

    fn scan_path(
        &self,
        root: &Root,
        path: &Path,
        rules: &RootRules,
        job: &JobContext,
    ) -> Result<Vec<KnownFile>, EngineError> {
        match std::fs::symlink_metadata(path) {
            Err(error) if is_absence(&error) => Ok(self.store.known_files(root.id, path)?),
            // Links are seen by whoever lists their folder.
            Ok(link) if link.is_symlink() && path != root.path => {
                self.scan_below(root, path.parent().unwrap_or(path), rules, job)
            }
            Ok(found) if rules.leaves_out_below(path, found.is_dir()) => Ok(Vec::new()),
            _ => self.scan_below(root, path, rules, job),
        }
    }

    /// Whether a root can be reached; the first time, notes what it will be known by.
    fn is_there(&self, root: &Root) -> Result<bool, EngineError> {
        if !is_connected(root) {
            return Ok(false);
        }
        if !root.mounted && is_mount_point(&root.path) {
            self.store.note_mounted(root.id)?;
        }
        if root.drive.is_none() {
            self.store.note_drive(root.id, drive_of(&root.path))?;
        }
        Ok(true)
    }

    /// Compares what lies at or below a path with what is known of it.
    fn scan_below(
        &self,
        root: &Root,
        path: &Path,
        rules: &RootRules,
        job: &JobContext,
    ) -> Result<Vec<KnownFile>, EngineError> {
        let root = root.id;
        let mut known: HashMap<PathBuf, KnownFile> =
            self.store.known_files(root, path)?.into_iter().map(|file| (file.path.clone(), file)).collect();
        let mut files = Vec::new();
        let mut problems = Vec::new();
        let mut outcome: Result<(), StoreError> = Ok(());
        let end = walk(path, rules, &job.control, &mut |found| {
            job.progress.advance(1);
            match found {
                Found::File(seen) if self.is_own(&seen.path) => {}
                Found::File(seen) => {
                    known.remove(&seen.path);
                    let (size, mtime_ns, inode) = (seen.size, seen.mtime_ns, seen.inode);
                    files.push(SeenFile { path: seen.path, size, mtime_ns, inode });
                }
                Found::Problem { path, problem } => {
                    known.remove(&path);
                    problems.push((path, problem));
                }
            }
            if files.len() >= SCAN_BATCH && outcome.is_ok() {
                outcome = self
                    .store
                    .record_seen(root, std::mem::take(&mut files))
                    .map(|seen| job.progress.files_unchanged(seen.unchanged));
                self.changed_lately();
            }
        })?;
        outcome?;
        job.progress.files_unchanged(self.store.record_seen(root, files)?.unchanged);
        self.store.record_problems(root, problems)?;
        self.changed_lately();
        let hidden = |file: &KnownFile| end.unlisted.iter().any(|folder| file.path.starts_with(folder));
        Ok(known.into_values().filter(|file| !hidden(file)).collect())
    }

    /// Reads, embeds and recognises what waits for it. What is gone is forgotten only after everything new was read, and
    /// recognising text comes last, since it takes longest: everything else can be found by then.
    pub(crate) fn take_in(&self, gone: Vec<KnownFile>, job: &JobContext) -> Result<(), EngineError> {
        self.read_and_embed(job)?;
        self.forget(gone)?;
        if self.read_text_in_photos(job)? {
            self.embed_until(&AtomicBool::new(true), job)?;
        }
        Ok(())
    }

    /// Reads what waits to be read while what was read is embedded, then embeds the rest.
    fn read_and_embed(&self, job: &JobContext) -> Result<(), EngineError> {
        let reading_done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let embedding = scope.spawn(|| self.embed_until(&reading_done, job));
            let read = self.read_pending(job);
            reading_done.store(true, Ordering::Release);
            if read.is_ok() {
                job.progress.set_unit("items");
                job.progress
                    .start_phase("Learning what they mean", self.waiting_for_vectors().unwrap_or_default());
            } else {
                job.control.cancel();
            }
            let embedded = embedding
                .join()
                .unwrap_or_else(|_| Err(EngineError::internal("embedding stopped by a mistake of Cairn's")));
            self.decoded.clear();
            read.and(embedded)
        })
    }

    fn waiting_for_vectors(&self) -> Result<u64, EngineError> {
        let text = match self.text_model() {
            Some(model) => self.store.waiting_count(Space::Text, &model.entry.id)?,
            None => 0,
        };
        let mut photos = 0;
        for model in self.photo_models() {
            photos += self.store.waiting_count(Space::Photo, &model.entry.id)?;
        }
        Ok(text + photos)
    }

    fn read_pending(&self, job: &JobContext) -> Result<(), EngineError> {
        let readers = self.pace.cores().min(MAX_READERS);
        let mut workers: Vec<Worker> = Vec::new();
        let mut tried: HashSet<FileId> = HashSet::new();
        // A file that changes while it is read stays pending; it is left to the next scan.
        let mut left = 0;
        job.progress.start_phase("Reading files", self.store.pending_count()?);
        loop {
            let wishes = self.wishes.load(Ordering::Acquire);
            let limit = READ_BATCH + left;
            let mut batch = self.store.pending_files(limit)?;
            let fetched = batch.len();
            batch.retain(|file| !tried.contains(&file.id));
            left = fetched - batch.len();
            if batch.is_empty() && fetched < limit {
                return Ok(());
            }
            while workers.len() < readers.min(batch.len()) {
                workers.push(self.start_worker()?);
            }
            tried.extend(self.read_batch(&batch, wishes, &mut workers, job)?);
            self.changed_lately();
        }
    }

    /// Reads files until a person wishes for others. Returns those that it read.
    fn read_batch(
        &self,
        batch: &[PendingFile],
        wishes: u64,
        workers: &mut [Worker],
        job: &JobContext,
    ) -> Result<Vec<FileId>, EngineError> {
        let next = AtomicUsize::new(0);
        let read = |worker: &mut Worker| -> Result<Vec<FileId>, EngineError> {
            let mut read = Vec::new();
            while let Some(file) = batch.get(next.fetch_add(1, Ordering::Relaxed)) {
                self.may_go_on(job)?;
                if self.wishes.load(Ordering::Acquire) != wishes {
                    break;
                }
                self.read_file(file, worker, job)?;
                read.push(file.id);
                job.progress.advance(1);
            }
            Ok(read)
        };
        std::thread::scope(|scope| {
            let readers: Vec<_> = workers.iter_mut().map(|worker| scope.spawn(|| read(worker))).collect();
            let mut all = Vec::new();
            for reader in readers {
                let read = reader.join();
                all.extend(read.unwrap_or_else(|_| {
                    Err(EngineError::internal("reading stopped by a mistake of Cairn's"))
                })?);
            }
            Ok(all)
        })
    }

    fn read_file(
        &self,
        file: &PendingFile,
        worker: &mut Worker,
        job: &JobContext,
    ) -> Result<(), EngineError> {
        if let Some(name) = file.path.file_name() {
            job.progress.set_item(&name.to_string_lossy());
        }
        match self.try_read(file, worker, job) {
            Ok(()) | Err(ReadError::Store(StoreError::FileGone { .. })) => Ok(()),
            // An unplugged drive takes nothing away: the file waits with what it holds.
            Err(ReadError::Problem(problem)) if file.holds && problem.code.may_pass() => Ok(()),
            Err(ReadError::Problem(problem)) => {
                job.progress.fail();
                Ok(self.store.fail_file(file, &problem)?)
            }
            Err(ReadError::Store(error)) => Err(error.into()),
            Err(ReadError::Engine(error)) => Err(error),
            Err(ReadError::Cancelled) => Err(cairn_core::Cancelled.into()),
        }
    }

    fn try_read(&self, file: &PendingFile, worker: &mut Worker, job: &JobContext) -> Result<(), ReadError> {
        let hash = hash_file(&file.path, &job.control)?;
        if self.store.link_content(file, hash, PIPELINE)?.is_some() {
            job.progress.file_merged(file.size);
            return Ok(());
        }
        let thumbnail = thumbnail_path(&self.folders.thumbnails, &hash, THUMBNAIL_SIDE);
        let model = self.photo_model();
        let side = model.as_ref().map(|model| model.input_side);
        let request =
            Request { thumbnail: !thumbnail.is_file(), pixels: side, archives: self.pace.chosen().archives };
        let mut pixels = None;
        let mut recognised = None;
        let extracted = match extract_twice(worker, &file.path, &request) {
            Err(problem) if problem.code == ProblemCode::NoText => {
                let recogniser = self.recogniser().map_err(ReadError::Engine)?;
                let Some(recogniser) = recogniser else { return Err(problem.into()) };
                recognised = Some(recogniser.languages());
                let document = recogniser.document(worker, &file.path, &job.control);
                document.map_err(|_| ReadError::Cancelled)?.map(Extracted::Document).ok_or(problem)?
            }
            extracted => extracted?,
        };
        let content = match extracted {
            Extracted::Document(document) => NewContent {
                hash,
                pipeline: PIPELINE,
                kind: document.kind,
                pages: page_count(&document),
                passages: self.passages_of_document(&document),
                ocr: recognised,
                language: language(&document.text),
                title: document.title,
                author: document.author,
                written_ms: document.written_ms,
                photo: None,
            },
            Extracted::Photo(photo) => {
                pixels = model.zip(photo.pixels);
                if let Some(jpeg) = photo.thumbnail {
                    write_thumbnail(&thumbnail, &jpeg).map_err(|error| {
                        let detail =
                            format!("its thumbnail {} could not be written: {error}", thumbnail.display());
                        Problem::new(ProblemCode::Io, detail)
                    })?;
                }
                NewContent {
                    hash,
                    pipeline: PIPELINE,
                    kind: photo.kind,
                    title: None,
                    author: None,
                    written_ms: None,
                    pages: None,
                    ocr: None,
                    language: None,
                    passages: Vec::new(),
                    photo: Some(PhotoRow {
                        width: photo.width,
                        height: photo.height,
                        taken_ms: photo.taken_ms,
                        camera: photo.camera,
                        lens: photo.lens,
                        place: photo.place,
                        place_name: photo
                            .place
                            .and_then(|(latitude, longitude)| place_name(latitude, longitude)),
                    }),
                }
            }
        };
        let (content, passages) = self.store.put_content(file, content)?;
        job.progress.file_read(file.size);
        self.index_inherited(content, &passages)?;
        if let Some((model, picture)) = pixels
            && self.store.waits_for_vector(Space::Photo, &model.entry.id, content.0)?
        {
            self.decoded
                .keep(content, model.input_side, picture, &job.control)
                .map_err(|_| ReadError::Cancelled)?;
        }
        Ok(())
    }

    /// Brings vectors that new rows took over from what the file held before into the indexes.
    fn index_inherited(&self, content: ContentId, passages: &[PassageId]) -> Result<(), ReadError> {
        let add = |space: &VectorSpace, vectors: Vec<(i64, Vec<f32>)>| {
            // Nothing to add is no reason to wait for whoever changes the index.
            if vectors.is_empty() { Ok(()) } else { space.add(&vectors) }
        };
        if let Some(model) = self.text_model() {
            let ids: Vec<i64> = passages.iter().map(|id| id.0).collect();
            add(&model.space, self.store.vectors(Space::Text, &model.entry.id, &ids)?)?;
        }
        for model in self.photo_models() {
            add(&model.space, self.store.vectors(Space::Photo, &model.entry.id, &[content.0])?)?;
        }
        Ok(())
    }

    fn passages_of_document(&self, document: &Document) -> Vec<NewPassage> {
        // Their pages are documents of their own, that no passage may join.
        let has_parts = matches!(document.kind, Kind::Archive | Kind::Email);
        if !has_parts || document.page_starts.is_empty() {
            return self.passages_of_text(&document.text, &document.page_starts);
        }
        let ends = document.page_starts.iter().skip(1).copied().chain([document.text.len()]);
        let parts = document.page_starts.iter().copied().zip(ends);
        let passages = parts.zip(1..).flat_map(|((start, end), page)| {
            let part = document.text.get(start..end).unwrap_or_default();
            self.passages_of_text(part, &[]).into_iter().map(move |passage| NewPassage {
                start: passage.start + start,
                end: passage.end + start,
                page: Some(page),
                ..passage
            })
        });
        passages.collect()
    }

    pub(crate) fn passages_of_text(&self, text: &str, page_starts: &[usize]) -> Vec<NewPassage> {
        let spans = match self.text_model() {
            Some(model) => model.tokens.offsets(text),
            None => approximate_token_spans(text),
        };
        chunk(text, page_starts, &spans, ChunkOptions::default())
            .into_iter()
            .filter_map(|chunk| {
                let text = text.get(chunk.start..chunk.end)?.to_owned();
                Some(NewPassage { start: chunk.start, end: chunk.end, page: chunk.page, text })
            })
            .collect()
    }

    /// Embeds whatever waits for a vector until nothing does and `reading_done` says that nothing more will come.
    fn embed_until(&self, reading_done: &AtomicBool, job: &JobContext) -> Result<(), EngineError> {
        let mut photos = PhotoEmbedding::default();
        loop {
            let last_round = reading_done.load(Ordering::Acquire);
            let mut embedded = 0;
            if let Some(model) = self.text_model() {
                embedded += self.embed_passages(&model, reading_done, job)?;
                embedded += self.embed_descriptions(&model, job)?;
            }
            embedded += self.sketch_documents()?;
            for model in self.photo_models() {
                embedded += self.embed_photos(&model, &mut photos, reading_done, job)?;
            }
            if embedded == 0 {
                if last_round {
                    return Ok(());
                }
                job.control.checkpoint()?;
                std::thread::sleep(Duration::from_millis(50));
            }
        }
    }

    fn embed_passages(
        &self,
        model: &Arc<TextModel>,
        reading_done: &AtomicBool,
        job: &JobContext,
    ) -> Result<usize, EngineError> {
        let mut waiting = self.store.items_without_vector(Space::Text, &model.entry.id, EMBED_FETCH)?;
        // Alike in length, so that little of a batch is padding.
        waiting.sort_by_key(|item| item.text.as_ref().map_or(0, String::len));
        let bytes = |item: &Waiting| item.text.as_ref().map_or(0, String::len);
        for batch in by_weight(&waiting, EMBED_BYTES, bytes) {
            self.may_go_on(job)?;
            let ids: Vec<i64> = batch.iter().map(|item| item.id).collect();
            let texts: Vec<&str> =
                batch.iter().map(|item| item.text.as_deref().unwrap_or_default()).collect();
            let vectors = model.encoder.run(Lane::Bulk, |encoder| {
                with_threads(self.pace.cores(), || encoder.embed_passages(&texts))
            })??;
            let vectors: Vec<(i64, Vec<f32>)> = ids.into_iter().zip(vectors).collect();
            self.store.put_vectors(Space::Text, &model.entry.id, vectors.clone())?;
            model.space.add(&vectors)?;
            if reading_done.load(Ordering::Acquire) {
                job.progress.advance(batch.len() as u64);
            }
            self.changed_lately();
        }
        Ok(waiting.len())
    }

    fn embed_photos(
        &self,
        model: &Arc<PhotoModel>,
        state: &mut PhotoEmbedding,
        reading_done: &AtomicBool,
        job: &JobContext,
    ) -> Result<usize, EngineError> {
        let fetch = PHOTOS_AT_ONCE + state.unreadable.len();
        let mut waiting = self.store.items_without_vector(Space::Photo, &model.entry.id, fetch)?;
        waiting.retain(|item| !state.unreadable.contains(&item.id));
        let mut ids = Vec::new();
        let mut pictures = Vec::new();
        for item in &waiting {
            self.may_go_on(job)?;
            let Some(path) = &item.path else {
                state.unreadable.insert(item.id);
                continue;
            };
            if let Some(picture) = self.decoded.take(ContentId(item.id), model.input_side) {
                ids.push(item.id);
                pictures.push(picture);
                continue;
            }
            if state.worker.is_none() {
                state.worker = Some(self.start_worker()?);
            }
            match state.worker.as_mut().map(|worker| worker.picture(path, model.input_side)) {
                Some(Ok(picture)) => {
                    ids.push(item.id);
                    pictures.push(picture);
                }
                Some(Err(problem)) => {
                    state.unreadable.insert(item.id);
                    if !problem.code.may_pass() {
                        job.progress.fail();
                        self.store.fail_content(ContentId(item.id), &problem)?;
                    }
                }
                None => {}
            }
        }
        if !pictures.is_empty() {
            let seen = model.encoder.run(Lane::Bulk, |encoder| {
                with_threads(self.pace.cores(), || encoder.look_at(&pictures))
            })??;
            let (vectors, tags): (Vec<_>, Vec<_>) = ids
                .into_iter()
                .zip(seen)
                .map(|(id, seen)| ((id, seen.vector), (ContentId(id), seen.tags)))
                .unzip();
            // Before the vectors: a photo with a vector is done.
            self.store.put_tags(&model.entry.id, tags)?;
            self.store.put_vectors(Space::Photo, &model.entry.id, vectors.clone())?;
            model.space.add(&vectors)?;
        }
        if reading_done.load(Ordering::Acquire) {
            job.progress.advance(waiting.len() as u64);
        }
        self.changed_lately();
        Ok(waiting.len())
    }

    /// Forgets files that are still gone, and what no file holds any more.
    fn forget(&self, gone: Vec<KnownFile>) -> Result<(), EngineError> {
        let rules = self.rules()?;
        let rules: Vec<_> = self.store.roots()?.iter().map(|root| rules.below(&root.path)).collect();
        let is_left_out = |path: &Path| rules.iter().any(|rules| rules.leaves_out_below(path, false));
        let is_gone = |path: &Path| std::fs::symlink_metadata(path).is_err_and(|error| is_absence(&error));
        let gone: Vec<FileId> = gone
            .into_iter()
            .filter(|file| is_gone(&file.path) || is_left_out(&file.path))
            .map(|file| file.id)
            .collect();
        if !gone.is_empty() {
            self.store.forget_files(&gone)?;
        }
        let removed = self.store.collect_garbage()?;
        self.remove_from_indexes(&removed)
    }

    pub(crate) fn remove_from_indexes(&self, removed: &Removed) -> Result<(), EngineError> {
        if let Some(model) = self.text_model() {
            model.space.remove(removed.passages.iter().map(|id| id.0))?;
        }
        for model in self.photo_models() {
            model.space.remove(removed.contents.iter().map(|id| id.0))?;
        }
        Ok(())
    }

    fn finish_indexing(self: &Arc<Self>, job: &JobContext) -> Result<(), EngineError> {
        self.store.forget_descriptions()?;
        self.save_indexes()?;
        self.promote_photo_model()?;
        self.rotate_if_deserved()?;
        self.build_missing_indexes()?;
        self.calibrate(job)?;
        self.changed();
        self.queue_map_if_stale()
    }
}

/// Whether a root can be reached, and is what was added: neither the empty folder where a disk was mounted is that disk, nor is
/// another disk in its place.
pub(crate) fn is_connected(root: &Root) -> bool {
    let is_that_drive = |known: &String| drive_of(&root.path).is_none_or(|drive| drive == *known);
    std::fs::symlink_metadata(&root.path).is_ok()
        && (!root.mounted || is_mount_point(&root.path))
        && root.drive.as_ref().is_none_or(is_that_drive)
}

/// Whether another disk begins at this folder.
#[cfg(unix)]
fn is_mount_point(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let device = |path: &Path| std::fs::metadata(path).ok().map(|metadata| metadata.dev());
    let above = path.parent().and_then(device);
    above.is_some() && above != device(path)
}

#[cfg(not(unix))]
fn is_mount_point(_: &Path) -> bool {
    false
}

/// A path that leads nowhere is gone; one that only cannot be read now (an offline drive, say) is not.
fn is_absence(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
}

/// Reads a file. One that ends its reader is tried once more by a fresh one before it is called guilty: the memory that
/// was missing may have been another's.
fn extract_twice(worker: &mut Worker, path: &Path, request: &Request) -> Result<Extracted, Problem> {
    match worker.extract(path, request) {
        Err(problem) if problem.code == ProblemCode::Crashed => worker.extract(path, request),
        result => result,
    }
}

/// The language of a text, told by its beginning.
fn language(text: &str) -> Option<String> {
    let beginning = &text[..text.floor_char_boundary(LANGUAGE_BYTES)];
    languages([beginning]).first().map(|(code, _)| (*code).to_owned())
}

fn page_count(document: &Document) -> Option<u32> {
    u32::try_from(document.page_starts.len()).ok().filter(|pages| *pages > 0)
}

/// What embedding photos keeps from one batch to the next.
#[derive(Default)]
struct PhotoEmbedding {
    worker: Option<Worker>,
    /// Photos whose pixels could not be read this time.
    unreadable: HashSet<i64>,
}

enum ReadError {
    Problem(Problem),
    Store(StoreError),
    Engine(EngineError),
    Cancelled,
}

impl From<Problem> for ReadError {
    fn from(problem: Problem) -> Self {
        ReadError::Problem(problem)
    }
}

impl From<StoreError> for ReadError {
    fn from(error: StoreError) -> Self {
        ReadError::Store(error)
    }
}

impl From<EngineError> for ReadError {
    fn from(error: EngineError) -> Self {
        ReadError::Engine(error)
    }
}

impl From<HashError> for ReadError {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Problem(problem) => ReadError::Problem(problem),
            HashError::Cancelled(_) => ReadError::Cancelled,
        }
    }
}

/// Cuts a list into parts of at most `most`, or one item that alone is more.
fn by_weight<T>(items: &[T], most: usize, weight: impl Fn(&T) -> usize) -> impl Iterator<Item = &[T]> {
    let mut rest = items;
    std::iter::from_fn(move || {
        let mut sum = 0;
        let fits = |item: &&T| {
            sum += weight(item);
            sum <= most
        };
        let count = rest.iter().take_while(fits).count().max(1).min(rest.len());
        let (part, later) = rest.split_at(count);
        rest = later;
        (!part.is_empty()).then_some(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_cut_by_weight() {
        let parts = |items: &[usize]| -> Vec<Vec<usize>> {
            by_weight(items, 10, |x| *x).map(<[_]>::to_vec).collect()
        };
        assert_eq!(parts(&[1, 2, 3, 4, 5, 20, 6, 4]), [vec![1, 2, 3, 4], vec![5], vec![20], vec![6, 4]]);
        assert!(parts(&[]).is_empty());
    }
}
