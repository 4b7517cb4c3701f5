use std::path::{Path, PathBuf};

/// Cairn's own folders. Nothing is ever written anywhere else.
#[derive(Debug, Clone)]
pub struct Folders {
    /// The library: the database and the index snapshots. Losing it loses the library (never a file of the
    /// person's).
    pub library: PathBuf,
    /// Thumbnails and previews: made again when missing.
    pub thumbnails: PathBuf,
    /// Models.
    pub models: PathBuf,
}

impl Folders {
    /// The folders of this person on this system. `CAIRN_DATA_DIR` moves the library with its thumbnails and
    /// models, `CAIRN_MODELS_DIR` the models alone. `None` where the system tells no home.
    pub fn of_person() -> Option<Folders> {
        let models = std::env::var_os("CAIRN_MODELS_DIR").map(PathBuf::from);
        if let Some(dir) = std::env::var_os("CAIRN_DATA_DIR") {
            return Some(Folders::below(Path::new(&dir), models));
        }
        let data = dirs::data_local_dir()?.join("cairn");
        Some(Folders {
            library: data.join("library"),
            thumbnails: dirs::cache_dir()?.join("cairn").join("thumbnails"),
            models: models.unwrap_or_else(|| data.join("models")),
        })
    }

    /// Everything below one folder; the models in a folder of their own, where one is given.
    pub fn below(dir: &Path, models: Option<PathBuf>) -> Folders {
        Folders {
            library: dir.to_owned(),
            thumbnails: dir.join("thumbnails"),
            models: models.unwrap_or_else(|| dir.join("models")),
        }
    }

    pub(crate) fn indexes(&self) -> PathBuf {
        self.library.join("index")
    }
}
