use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use cairn_core::{
    Computing, ContentHash, Control, FileId, IndexForm, Indexing, JobId, Kind, RootId, Settings, Space,
};
use cairn_embed::ModelStore;
use cairn_ingest::{Limits, Worker};
use cairn_store::{JobUpdate, Store};
use fs4::fs_std::FileExt;

use crate::api::{self, JobKind, JobState};
use crate::decoded::Decoded;
use crate::descriptions::Descriptions;
use crate::error::EngineError;
use crate::filters::LastFilter;
use crate::folders::Folders;
use crate::jobs::{JobContext, Jobs, NewJob};
use crate::models::{PhotoModel, RerankModel, TextModel, VerifiedModel};
use crate::pace::{Pace, on_battery};
use crate::pictures::ThumbnailSide;
use crate::preview::PreviewRequest;
use crate::query_vectors::QueryVectors;
use crate::space::VectorSpace;
use crate::watching::Watching;

/// The library is told to have changed at most this often.
const CHANGE_INTERVAL: Duration = Duration::from_millis(500);

/// A Cairn that was just closed may still be saving.
const LOCK_PATIENCE: Duration = Duration::from_secs(10);

/// What a shell decides.
pub struct EngineOptions {
    /// The program to start as extraction worker with [`crate::WORKER_ARG`]: usually the shell's own.
    pub worker_program: PathBuf,
    /// Called with the library's generation after changes, at most twice a second.
    pub on_change: Option<Box<dyn Fn(u64) + Send + Sync>>,
    /// Whether the computer runs on battery.
    pub on_battery: Box<dyn Fn() -> bool + Send + Sync>,
}

impl EngineOptions {
    /// Nothing but what is needed.
    pub fn new(worker_program: PathBuf) -> Self {
        EngineOptions { worker_program, on_change: None, on_battery: Box::new(on_battery) }
    }
}

/// An open library with everything that works on it. Share it in an [`Arc`]; every method may be called from any
/// thread and may block.
pub struct Engine {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub folders: Folders,
    pub store: Arc<Store>,
    pub models: ModelStore,
    pub options: EngineOptions,
    text: RwLock<Option<Arc<TextModel>>>,
    photo: RwLock<Option<Arc<PhotoModel>>>,
    reranker: RwLock<Option<Arc<RerankModel>>>,
    /// The photo model that takes over once it has seen every photo.
    next_photo: RwLock<Option<Arc<PhotoModel>>>,
    pub(crate) decoded: Decoded,
    jobs: OnceLock<Jobs>,
    /// Makes previews and missing thumbnails while the indexing's own workers are busy.
    pub(crate) thumbnailer: Mutex<Option<Worker>>,
    pub(crate) map: Mutex<Option<Arc<api::Map>>>,
    last_change: Mutex<Option<Instant>>,
    pub(crate) thumbnail_bytes: Mutex<Option<(Instant, u64)>>,
    pub(crate) closing: Arc<AtomicBool>,
    pub(crate) watching: Watching,
    /// The last job that was queued to look at all folders.
    pub(crate) whole_scan: Mutex<Option<JobId>>,
    pub(crate) last_filter: Mutex<Option<LastFilter>>,
    pub(crate) descriptions: Mutex<Option<Descriptions>>,
    pub(crate) query_vectors: QueryVectors,
    pub(crate) pace: Pace,
    /// How often a person wished for some files to be read before others.
    pub(crate) wishes: AtomicU64,
    /// Held open and locked while the library is in use.
    _lock: File,
}

impl Engine {
    /// Opens the library (a new one where there is none) and puts the installed models to work.
    ///
    /// # Errors
    /// When another Cairn uses the library, a newer Cairn wrote it, or the disk refuses.
    pub fn open(folders: Folders, options: EngineOptions) -> Result<Engine, EngineError> {
        for folder in [&folders.library, &folders.thumbnails, &folders.models] {
            std::fs::create_dir_all(folder)
                .map_err(|error| EngineError::io(&format!("make the folder {}", folder.display()), error))?;
        }
        let lock = lock_library(&folders.library)?;
        let store = Arc::new(Store::open(&folders.library)?);
        let models = ModelStore::new(folders.models.clone());
        let inner = Arc::new(Inner {
            store: store.clone(),
            models,
            folders,
            options,
            text: RwLock::new(None),
            photo: RwLock::new(None),
            next_photo: RwLock::new(None),
            reranker: RwLock::new(None),
            decoded: Decoded::default(),
            jobs: OnceLock::new(),
            thumbnailer: Mutex::new(None),
            map: Mutex::new(None),
            last_change: Mutex::new(None),
            thumbnail_bytes: Mutex::new(None),
            closing: Arc::new(AtomicBool::new(false)),
            watching: Watching::default(),
            whole_scan: Mutex::new(None),
            last_filter: Mutex::new(None),
            descriptions: Mutex::new(None),
            query_vectors: QueryVectors::default(),
            pace: Pace::default(),
            wishes: AtomicU64::new(0),
            _lock: lock,
        });
        let closing = inner.closing.clone();
        let jobs = Jobs::start(Box::new(move |id, state| {
            // Work that ends because the program ends goes on next time; only what a person did is recorded.
            if !closing.load(Ordering::Acquire) {
                record_state(&store, id, state);
            }
        }))?;
        let _ = inner.jobs.set(jobs);
        if let Err(error) = inner.models.unpack_built_in() {
            tracing::warn!(%error, "the built-in photo model could not be unpacked");
        }
        inner.pace.set(inner.store.settings()?.indexing);
        inner.activate_models()?;
        inner.build_missing_indexes()?;
        inner.load_map()?;
        inner.forget_pasted_pictures();
        Ok(Engine { inner })
    }

    /// Stops all work (it goes on next time), saves what is derived and closes the library. Calling it again does
    /// nothing.
    pub fn close(&self) {
        if self.inner.closing.swap(true, Ordering::AcqRel) {
            return;
        }
        self.inner.stop_watching();
        if let Some(jobs) = self.inner.jobs.get() {
            jobs.shut_down();
        }
        if let Err(error) = self.inner.save_indexes() {
            tracing::warn!(%error, "an index was not saved; it is built again next time");
        }
        self.inner.store.close();
    }

    /// Counts, folders, models, sizes.
    pub fn status(&self) -> Result<api::Status, EngineError> {
        self.inner.status()
    }

    /// Adds a folder or file and reads it.
    pub fn add_path(&self, path: &Path) -> Result<(), EngineError> {
        self.inner.add_path(path)
    }

    /// Takes a folder out of the library. Its files are not touched.
    pub fn remove_root(&self, id: RootId) -> Result<(), EngineError> {
        self.inner.remove_root(id)
    }

    /// Looks for what is new, changed, moved or gone in all folders.
    pub fn rescan(&self) -> Result<(), EngineError> {
        self.inner.queue_scan(None, "Looking for changes".into())
    }

    /// What is left out of the library.
    pub fn excludes(&self) -> Result<api::Excludes, EngineError> {
        self.inner.excludes()
    }

    /// What the library would let go of under these rules; nothing is changed.
    ///
    /// # Errors
    /// A line that makes no sense.
    pub fn preview_excludes(&self, lines: &[String]) -> Result<api::ExcludesPreview, EngineError> {
        self.inner.preview_excludes(lines)
    }

    /// Leaves out what these rules say, of what is in the library too; `None`: what Cairn leaves out by itself. Files on disk stay
    /// as they are.
    ///
    /// # Errors
    /// A line that makes no sense.
    pub fn set_excludes(&self, lines: Option<Vec<String>>) -> Result<(), EngineError> {
        self.inner.set_excludes(lines)
    }

    /// Changes when files are read, and which.
    pub fn set_indexing(&self, indexing: Indexing) -> Result<(), EngineError> {
        self.inner.set_indexing(indexing)
    }

    /// The folders in a folder of the library, or in one below it (`below`: as [`api::FolderView`] has it; empty for the folder
    /// of the library itself).
    ///
    /// # Errors
    /// A folder that is not there or does not lie in the library.
    pub fn folders(&self, root: RootId, below: &str) -> Result<Vec<api::FolderView>, EngineError> {
        self.inner.folders(root, below)
    }

    /// Reads what waits in a folder, named as for [`Engine::folders`], before everything else.
    ///
    /// # Errors
    /// As there.
    pub fn read_first(&self, root: RootId, below: &str) -> Result<(), EngineError> {
        self.inner.read_first(root, below)
    }

    /// Whether text in pictures is read, and what is there to read it with.
    pub fn ocr(&self) -> Result<api::OcrView, EngineError> {
        self.inner.ocr()
    }

    /// Reads text in pictures from now on, in these languages (as Tesseract calls them); `None`: no more. Text that was found
    /// stays.
    ///
    /// # Errors
    /// Tesseract is not installed, or has no data for one of the languages.
    pub fn set_ocr(&self, languages: Option<Vec<String>>) -> Result<(), EngineError> {
        self.inner.set_ocr(languages)
    }

    /// From now on, and until the library is closed, reads what changes in its folders moments later.
    ///
    /// # Errors
    /// When the system has no way to watch folders.
    pub fn watch(&self) -> Result<(), EngineError> {
        self.inner.watch()
    }

    /// Running, waiting and lately finished jobs, newest first.
    pub fn jobs(&self) -> Vec<api::JobView> {
        self.inner.jobs().views()
    }

    /// Holds a job.
    pub fn job_pause(&self, id: JobId) -> Result<(), EngineError> {
        self.inner.jobs().pause(id)
    }

    /// Lets a held job go on.
    pub fn job_resume(&self, id: JobId) -> Result<(), EngineError> {
        self.inner.jobs().resume(id)
    }

    /// Stops a job. What it has done stays done.
    pub fn job_cancel(&self, id: JobId) -> Result<(), EngineError> {
        self.inner.jobs().cancel(id)
    }

    /// Finds passages and photos.
    pub fn search(&self, request: &api::SearchRequest) -> Result<api::SearchResponse, EngineError> {
        self.inner.search(request)
    }

    /// What is like a file of the library: documents like a document, photos like a photo.
    pub fn similar(&self, file: FileId, limit: usize) -> Result<api::SearchResponse, EngineError> {
        self.inner.similar(file, limit)
    }

    /// The file of the library at a path.
    ///
    /// # Errors
    /// When the library has none there.
    pub fn file_at(&self, path: &Path) -> Result<FileId, EngineError> {
        self.inner.file_at(path)
    }

    /// What was asked for, and photos that look like a picture file, which need not be in the library. Nothing of it is kept.
    pub fn search_like_picture(
        &self,
        request: &api::SearchRequest,
        picture: &Path,
    ) -> Result<api::SearchResponse, EngineError> {
        self.inner.search_like_picture(request, picture)
    }

    /// As [`Engine::search_like_picture`], with the bytes of a picture that is no file.
    pub fn search_like_pasted_picture(
        &self,
        request: &api::SearchRequest,
        picture: &[u8],
    ) -> Result<api::SearchResponse, EngineError> {
        self.inner.search_like_pasted_picture(request, picture)
    }

    /// The passages of one file that a search finds, best first.
    pub fn found_passages(
        &self,
        file: FileId,
        request: &api::SearchRequest,
    ) -> Result<Vec<api::FoundPassage>, EngineError> {
        self.inner.found_passages(file, request)
    }

    /// Why a search finds a file, or why not.
    pub fn explain(
        &self,
        file: FileId,
        request: &api::SearchRequest,
    ) -> Result<api::Explanation, EngineError> {
        self.inner.explain(file, request)
    }

    /// Which parts of a photo speak for a search. It is looked at about fifty times.
    pub fn heat(&self, file: FileId, request: &api::SearchRequest) -> Result<api::HeatMap, EngineError> {
        self.inner.heat(file, request)
    }

    /// How well the starred searches were answered, now and before.
    pub fn evaluations(&self) -> Result<api::Evaluations, EngineError> {
        self.inner.evaluations()
    }

    /// Measures how well the starred searches are answered, in a job.
    ///
    /// # Errors
    /// When nothing was starred.
    pub fn evaluate(&self) -> Result<(), EngineError> {
        self.inner.queue_evaluation()
    }

    /// The searches that a person keeps, by name.
    pub fn saved_searches(&self) -> Result<Vec<api::SavedSearch>, EngineError> {
        self.inner.saved_searches()
    }

    /// Keeps a search under a name.
    ///
    /// # Errors
    /// A name without letters.
    pub fn save_search(&self, name: &str, request: &api::SearchRequest) -> Result<(), EngineError> {
        self.inner.save_search(name, request)
    }

    /// Gives a saved search another name.
    pub fn rename_search(&self, id: i64, name: &str) -> Result<(), EngineError> {
        self.inner.rename_search(id, name)
    }

    /// Keeps a saved search no longer.
    pub fn forget_search(&self, id: i64) -> Result<(), EngineError> {
        self.inner.forget_search(id)
    }

    /// What was searched for before, the latest first; nothing where the person wants none of it kept.
    pub fn past_searches(&self, limit: usize) -> Result<Vec<String>, EngineError> {
        self.inner.past_searches(limit)
    }

    /// Remembers what was searched for, where the person wants that.
    pub fn remember_search(&self, query: &str) -> Result<(), EngineError> {
        self.inner.remember_search(query)
    }

    /// Forgets what was searched for: all of it, or one query.
    pub fn forget_past_searches(&self, query: Option<&str>) -> Result<(), EngineError> {
        self.inner.forget_past_searches(query)
    }

    /// Whether what is searched for is remembered. Switched off, what is remembered is forgotten.
    pub fn keep_history(&self, keep: bool) -> Result<(), EngineError> {
        self.inner.keep_history(keep)
    }

    /// What each installed photo model finds for a query, side by side.
    pub fn compare_photo_models(
        &self,
        query: &str,
        limit: usize,
    ) -> Result<Vec<api::ModelHits>, EngineError> {
        self.inner.compare_photo_models(query, limit)
    }

    /// Marks a file as what a search should find, or takes the mark back.
    pub fn star(&self, query: &str, file: FileId, starred: bool) -> Result<(), EngineError> {
        self.inner.star(query, file, starred)
    }

    /// Searches with what they should find, the newest first.
    pub fn starred_searches(&self) -> Result<Vec<api::StarredSearch>, EngineError> {
        self.inner.starred_searches()
    }

    /// How well each installed photo model finds the starred photos; nothing without any.
    pub fn score_photo_models(&self) -> Result<Vec<api::ModelScore>, EngineError> {
        self.inner.score_photo_models()
    }

    /// A file with the text around a passage, or with the facts of a photo.
    pub fn preview(&self, request: &PreviewRequest) -> Result<api::Preview, EngineError> {
        self.inner.preview(request)
    }

    /// Photos, newest first.
    pub fn photos(&self, offset: usize, limit: usize) -> Result<api::PhotoPage, EngineError> {
        self.inner.photos(offset, limit)
    }

    /// Where a file is and what it is, for a shell that opens it.
    pub fn locate(&self, file: FileId) -> Result<(PathBuf, Kind), EngineError> {
        self.inner.locate(file)
    }

    /// The map as it was last made; a newer one is begun when the library has changed since.
    pub fn map(&self) -> Result<Arc<api::Map>, EngineError> {
        self.inner.current_map()
    }

    /// Items of one group of the map.
    pub fn cluster_items(
        &self,
        cluster: usize,
        offset: usize,
        limit: usize,
    ) -> Result<Vec<api::Item>, EngineError> {
        self.inner.cluster_items(cluster, offset, limit)
    }

    /// Answers a question with sentences from the documents.
    pub fn ask(&self, question: &str, control: &Control) -> Result<api::Answer, EngineError> {
        self.inner.ask(question, control)
    }

    /// Files that are the same, byte for byte; the largest groups first.
    pub fn duplicates(&self) -> Result<Vec<api::DuplicateGroup>, EngineError> {
        self.inner.duplicates()
    }

    /// Files that could not be read.
    pub fn failed_files(&self, offset: usize, limit: usize) -> Result<api::FailedPage, EngineError> {
        self.inner.failed_files(offset, limit)
    }

    /// Tries one such file, or all of them, again.
    pub fn retry_failed(&self, file: Option<FileId>) -> Result<(), EngineError> {
        self.inner.retry_failed(file)
    }

    /// Every model of the registry.
    pub fn models(&self) -> Vec<api::ModelView> {
        self.inner.model_views()
    }

    /// Checks every file of the models that are here.
    pub fn models_verify(&self) -> Vec<VerifiedModel> {
        self.inner.verify_models()
    }

    /// What is wrong with a model's files; `None`: every one is whole. Reads all of them.
    pub fn model_verify(&self, id: &str) -> Result<Option<String>, EngineError> {
        self.inner.verify_model(id)
    }

    /// Removes the files of a model that is not at work.
    pub fn model_remove(&self, id: &str) -> Result<(), EngineError> {
        self.inner.remove_model(id)
    }

    /// Begins to measure how quick a model is on this machine.
    pub fn model_measure(&self, id: &str) -> Result<(), EngineError> {
        self.inner.queue_measuring_model(id)
    }

    /// What computes.
    pub fn device(&self) -> Result<api::DeviceView, EngineError> {
        self.inner.device()
    }

    /// Lets the models compute exactly, or fast. Takes as long as loading it.
    pub fn choose_computing(&self, computing: Computing) -> Result<(), EngineError> {
        self.inner.choose_computing(computing)
    }

    /// Begins to get a model.
    pub fn model_get(&self, id: &str) -> Result<(), EngineError> {
        self.inner.get_model(id)
    }

    /// Begins to take a model from a folder or a zip archive.
    pub fn model_import(&self, id: &str, from: &Path) -> Result<(), EngineError> {
        self.inner.import_model(id, from)
    }

    /// Puts an installed model to work.
    pub fn model_use(&self, id: &str) -> Result<(), EngineError> {
        self.inner.use_model(id)
    }

    /// Compares database, indexes and snapshots, and repairs what can be built again. Takes as long as building the
    /// indexes where it has to.
    pub fn doctor(&self) -> Result<Vec<api::Examined>, EngineError> {
        self.inner.doctor()
    }

    /// The vector spaces: the form of each index, and what others cost.
    pub fn dimensions(&self) -> Result<Vec<api::DimensionsView>, EngineError> {
        self.inner.dimensions()
    }

    /// Begins to build an index in another form; the present one answers meanwhile.
    ///
    /// # Errors
    /// When the model does not offer this many dimensions.
    pub fn choose_form(&self, space: Space, form: IndexForm) -> Result<(), EngineError> {
        self.inner.choose_form(space, form)
    }

    /// Begins to measure what each form of each index costs on this library.
    pub fn measure_dimensions(&self) -> Result<(), EngineError> {
        self.inner.queue_measuring()
    }

    /// The settings.
    pub fn settings(&self) -> Result<Settings, EngineError> {
        Ok(self.inner.store.settings()?)
    }

    /// Changes settings that need no work. Models and dimensions have their own methods and are not changed here.
    pub fn set_settings(&self, settings: &Settings) -> Result<(), EngineError> {
        let mut stored = self.inner.store.settings()?;
        stored.theme = settings.theme;
        Ok(self.inner.store.set_settings(&stored)?)
    }

    /// The file of a picture's thumbnail; made first where it is missing.
    pub fn thumbnail(&self, hash: &ContentHash, side: ThumbnailSide) -> Result<PathBuf, EngineError> {
        self.inner.thumbnail(hash, side)
    }

    /// The file of the picture of a document's page, counted from 1; made first where it is missing.
    ///
    /// # Errors
    /// A document whose pages cannot be drawn, a page that it does not have, a file that is not there.
    pub fn page(&self, hash: &ContentHash, page: u32) -> Result<PathBuf, EngineError> {
        self.inner.page(hash, page)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.close();
    }
}

impl Inner {
    pub(crate) fn jobs(&self) -> &Jobs {
        self.jobs.get().unwrap_or_else(|| unreachable!("jobs are started when the library is opened"))
    }

    pub(crate) fn text_model(&self) -> Option<Arc<TextModel>> {
        self.text.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn photo_model(&self) -> Option<Arc<PhotoModel>> {
        self.photo.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The photo model that is still learning the library while another one answers.
    pub(crate) fn next_photo_model(&self) -> Option<Arc<PhotoModel>> {
        self.next_photo.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The photo model at work and the one that will take over.
    pub(crate) fn photo_models(&self) -> impl Iterator<Item = Arc<PhotoModel>> {
        [self.photo_model(), self.next_photo_model()].into_iter().flatten()
    }

    /// The spaces of all models at work.
    pub(crate) fn spaces(&self) -> Vec<Arc<VectorSpace>> {
        let text = self.text_model().map(|model| model.space.clone());
        text.into_iter().chain(self.photo_models().map(|model| model.space.clone())).collect()
    }

    pub(crate) fn set_text_model(&self, model: Option<Arc<TextModel>>) {
        *self.text.write().unwrap_or_else(PoisonError::into_inner) = model;
        self.query_vectors.forget();
    }

    pub(crate) fn set_photo_model(&self, model: Option<Arc<PhotoModel>>) {
        *self.photo.write().unwrap_or_else(PoisonError::into_inner) = model;
        self.query_vectors.forget();
    }

    pub(crate) fn reranker(&self) -> Option<Arc<RerankModel>> {
        self.reranker.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_reranker(&self, model: Option<Arc<RerankModel>>) {
        *self.reranker.write().unwrap_or_else(PoisonError::into_inner) = model;
    }

    pub(crate) fn set_next_photo_model(&self, model: Option<Arc<PhotoModel>>) {
        *self.next_photo.write().unwrap_or_else(PoisonError::into_inner) = model;
    }

    /// Queues long work under a row of the jobs table.
    pub(crate) fn submit(
        self: &Arc<Self>,
        kind: JobKind,
        title: String,
        unit: &'static str,
        work: impl FnOnce(&Arc<Inner>, &JobContext) -> Result<(), EngineError> + Send + 'static,
    ) -> Result<(), EngineError> {
        self.submit_held(kind, title, unit, false, work).map(drop)
    }

    pub(crate) fn submit_held(
        self: &Arc<Self>,
        kind: JobKind,
        title: String,
        unit: &'static str,
        paused: bool,
        work: impl FnOnce(&Arc<Inner>, &JobContext) -> Result<(), EngineError> + Send + 'static,
    ) -> Result<JobId, EngineError> {
        let row = cairn_store::NewJob {
            kind: kind_name(kind).into(),
            title: title.clone(),
            state: if paused { cairn_store::JobState::Paused } else { cairn_store::JobState::Queued },
            payload: serde_json::Value::Null,
        };
        let id = self.store.insert_job(row, now_ms())?;
        let inner = Arc::downgrade(self);
        let work = Box::new(move |context: &JobContext| {
            // A weak reference: work that waits in a queue must not keep a closed library alive.
            let inner = inner.upgrade().ok_or_else(|| EngineError::from(cairn_core::Cancelled))?;
            work(&inner, context)
        });
        self.jobs().submit(NewJob { id, kind, title, unit, paused, work });
        Ok(id)
    }

    /// Tells the shell that the library changed, unless it was told a moment ago.
    pub(crate) fn changed_lately(&self) {
        let mut last = self.last_change.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_none_or(|at| at.elapsed() >= CHANGE_INTERVAL) {
            *last = Some(Instant::now());
            drop(last);
            self.changed();
        }
    }

    /// Tells the shell that the library changed.
    pub(crate) fn changed(&self) {
        if let (Some(tell), Ok(generation)) = (&self.options.on_change, self.store.generation()) {
            tell(generation);
        }
    }

    pub(crate) fn start_worker(&self) -> Result<Worker, EngineError> {
        Worker::start(&self.options.worker_program, Limits::default())
            .map_err(|error| EngineError::io("start the process that reads files", error))
    }

    pub(crate) fn save_indexes(&self) -> Result<(), EngineError> {
        self.spaces().iter().try_for_each(|space| space.save(&self.store))
    }
}

/// One Cairn at a time: two writers of index snapshots would undo each other's work.
fn lock_library(library: &Path) -> Result<File, EngineError> {
    let path = library.join("lock");
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|error| EngineError::io(&format!("open {}", path.display()), error))?;
    let begun = Instant::now();
    let mut locked = FileExt::try_lock_exclusive(&file);
    while matches!(locked, Ok(false)) && begun.elapsed() < LOCK_PATIENCE {
        std::thread::sleep(Duration::from_millis(100));
        locked = FileExt::try_lock_exclusive(&file);
    }
    match locked {
        Ok(true) => Ok(file),
        Ok(false) => Err(EngineError::user(format!(
            "Another Cairn is using the library in {}. Close it first.",
            library.display()
        ))),
        Err(error) => Err(EngineError::io(&format!("lock {}", path.display()), error)),
    }
}

fn record_state(store: &Store, id: JobId, state: JobState) {
    let state = match state {
        JobState::Queued => cairn_store::JobState::Queued,
        JobState::Running => cairn_store::JobState::Running,
        JobState::Paused => cairn_store::JobState::Paused,
        JobState::Done => cairn_store::JobState::Done,
        JobState::Cancelled => cairn_store::JobState::Cancelled,
        JobState::Failed => cairn_store::JobState::Failed,
    };
    let update = JobUpdate { state, done: 0, total: 0, failed: 0, error: None };
    if let Err(error) = store.update_job(id, update, now_ms()) {
        tracing::warn!(%error, "the state of a job was not recorded");
    }
}

fn kind_name(kind: JobKind) -> &'static str {
    match kind {
        JobKind::Index => "index",
        JobKind::Rebuild => "rebuild",
        JobKind::Map => "map",
        JobKind::Download => "download",
        JobKind::Measure => "measure",
    }
}

pub(crate) fn now_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
