//! A library on a temporary shelf, with what a test asks of it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant, SystemTime};

use cairn_engine::api::{JobState, JobView, Likelihood, Mode, Scope, SearchRequest, SearchResponse};
use cairn_engine::{Engine, EngineOptions, Folders};
use cairn_tests::{models, programs, repository};

/// Longer than any of these tests needs on a busy machine.
const PATIENCE: Duration = Duration::from_secs(300);

pub struct Shelf {
    dir: tempfile::TempDir,
}

impl Shelf {
    pub fn new() -> Shelf {
        Shelf { dir: tempfile::tempdir().unwrap() }
    }

    /// Where the person's files of this test are.
    pub fn files(&self) -> PathBuf {
        let files = self.dir.path().join("files");
        fs::create_dir_all(&files).unwrap();
        files
    }

    pub fn library(&self) -> PathBuf {
        self.dir.path().join("library")
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.files().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// Opens the library with the text model.
    pub fn open(&self) -> Engine {
        self.open_with(text_models())
    }

    pub fn open_with(&self, models: PathBuf) -> Engine {
        let folders = Folders::below(&self.library(), Some(models));
        Engine::open(folders, EngineOptions::new(cairn())).unwrap()
    }

    /// Opens the library without any model.
    pub fn open_bare(&self) -> Engine {
        self.open_with(self.dir.path().join("no-models"))
    }

    /// A registry that adds the tiny photo model.
    pub fn registry_with_tiny_clip(&self) -> PathBuf {
        let file = |name: &str| serde_json::json!({ "name": name, "size": null, "sha256": null });
        let files = ["config.json", "tokenizer.json", "model.safetensors"].map(file);
        let registry = serde_json::json!({ "models": [{
            "id": "tiny-clip", "name": "Tiny CLIP", "role": "photo", "architecture": "clip",
            "repo": "cairn/tiny-clip", "files": files,
            "pooling": "projection", "max_tokens": 20, "dims": 24, "licence": "MIT OR Apache-2.0",
            "relevance": { "floor": -1.0, "likely": 0.9, "very_likely": 0.95, "source": "none" },
        }] });
        let path = self.dir.path().join("registry.json");
        fs::write(&path, registry.to_string()).unwrap();
        path
    }

    /// The command line on this library.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(cairn());
        command.env("CAIRN_MODELS_DIR", text_models()).arg("--library").arg(self.library()).args(arguments);
        command
    }
}

/// The command line, which is also the worker that reads files.
pub fn cairn() -> PathBuf {
    let path = programs().unwrap().join(format!("cairn{}", std::env::consts::EXE_SUFFIX));
    assert!(path.is_file(), "{} is missing; run cargo xtask test", path.display());
    path
}

/// The folder of models, with the text model in it.
pub fn text_models() -> PathBuf {
    let models = models().unwrap();
    let weights = models.join("all-minilm-l6-v2").join("model.safetensors");
    assert!(weights.is_file(), "{} is missing; run cargo xtask test", weights.display());
    models
}

/// A photo model with random weights in the real layout.
pub fn tiny_clip() -> PathBuf {
    repository().join("tests/golden/tiny-clip")
}

pub fn sample() -> PathBuf {
    repository().join("assets").join("sample")
}

/// Waits until no job is left, and returns how the jobs ended, newest first.
pub fn finish(engine: &Engine) -> Vec<JobView> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let jobs = engine.jobs();
        if jobs.iter().all(|job| !matches!(job.state, JobState::Queued | JobState::Running)) {
            return jobs;
        }
        assert!(Instant::now() < deadline, "still at work: {jobs:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

pub fn add(engine: &Engine, path: &Path) {
    engine.add_path(path).unwrap();
    let ended = finish(engine);
    assert!(ended.iter().all(|job| job.state == JobState::Done), "{ended:?}");
}

pub fn rescan(engine: &Engine) {
    engine.rescan().unwrap();
    finish(engine);
}

pub fn search(engine: &Engine, query: &str) -> SearchResponse {
    search_for(engine, query, Mode::Hybrid, Scope::All)
}

pub fn search_for(engine: &Engine, query: &str, mode: Mode, scope: Scope) -> SearchResponse {
    let at_least = Likelihood::Weak;
    let request = SearchRequest { scope, mode, at_least, ..SearchRequest::words(query, 20) };
    engine.search(&request).unwrap()
}

/// What is asked beside a picture.
pub fn like_a_picture(limit: usize) -> SearchRequest {
    SearchRequest { scope: Scope::Photos, at_least: Likelihood::Weak, ..SearchRequest::words("", limit) }
}

/// File names of the hits, best first.
pub fn names(response: &SearchResponse) -> Vec<&str> {
    response.hits.iter().map(|hit| hit.name.as_str()).collect()
}

/// Everything below a folder as a listing shows it, with contents: equal before and after means untouched.
pub fn fingerprint(folder: &Path) -> BTreeMap<OsString, (u64, Option<SystemTime>, Option<String>)> {
    let mut listing = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let path = entry.path();
            let Ok(meta) = fs::symlink_metadata(&path) else { continue };
            let hash = if meta.is_file() {
                fs::read(&path).ok().map(|bytes| blake3::hash(&bytes).to_string())
            } else {
                None
            };
            // Access times are the system's; a folder's size and times show what was made in it.
            listing.insert(path.clone().into_os_string(), (meta.len(), meta.modified().ok(), hash));
            if meta.is_dir() {
                folders.push(path);
            }
        }
    }
    listing
}
