use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How many dimensions the indexes of documents and photos keep. Full-length vectors stay in the library whatever is
/// chosen, so a change re-embeds nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum KeptDims {
    /// Every dimension of the model.
    #[default]
    Full,
    /// 512 dimensions.
    D512,
    /// 256 dimensions.
    D256,
    /// 128 dimensions.
    D128,
    /// 64 dimensions.
    D64,
}

impl KeptDims {
    /// The choices, longest first.
    pub const ALL: [KeptDims; 5] =
        [KeptDims::Full, KeptDims::D512, KeptDims::D256, KeptDims::D128, KeptDims::D64];

    /// The number of dimensions kept of a model with `full` dimensions.
    pub fn of(self, full: usize) -> usize {
        match self {
            KeptDims::Full => full,
            KeptDims::D512 => full.min(512),
            KeptDims::D256 => full.min(256),
            KeptDims::D128 => full.min(128),
            KeptDims::D64 => full.min(64),
        }
    }
}

/// In which form an index keeps the numbers of a vector, largest first.
///
/// | storage | bytes of a number | error of a cosine (384 dimensions) |
/// |---|---|---|
/// | `F32` | 4 | none |
/// | `F16` | 2 | about 1e-5 |
/// | `Int8` | 1 | about 5e-4 |
/// | `Binary` | 1/8 | about 5e-2 |
///
/// Hits of the shorter forms are candidates: score them again with the full-length vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Storage {
    /// 32-bit floats.
    F32,
    /// 16-bit floats (IEEE 754 binary16).
    #[default]
    F16,
    /// 8-bit integers, each vector scaled so that its largest number is 127.
    Int8,
    /// One bit for each number of the mixed vector: whether it is positive. The angle is estimated by the share of bits
    /// that differ (Charikar 2002, "Similarity estimation techniques from rounding algorithms").
    Binary,
}

impl Storage {
    /// All of them, largest first.
    pub const ALL: [Storage; 4] = [Storage::F32, Storage::F16, Storage::Int8, Storage::Binary];

    /// Bytes that a vector of `dims` numbers takes, without what aligns it.
    pub fn bytes(self, dims: usize) -> usize {
        match self {
            Storage::F32 => 4 * dims,
            Storage::F16 => 2 * dims,
            Storage::Int8 => dims,
            Storage::Binary => dims.div_ceil(8),
        }
    }

    /// The name in settings and reports: "f32", "f16", "int8" or "binary".
    pub fn name(self) -> &'static str {
        match self {
            Storage::F32 => "f32",
            Storage::F16 => "f16",
            Storage::Int8 => "int8",
            Storage::Binary => "binary",
        }
    }
}

/// What an index keeps of each vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, TS)]
pub struct IndexForm {
    /// How many of its numbers.
    pub dims: KeptDims,
    /// In which form.
    pub storage: Storage,
}

/// Which form an index has, and which it had before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct ChosenForm {
    /// The form that is wanted.
    pub now: IndexForm,
    /// The form that was wanted before it, to go back to.
    pub before: Option<IndexForm>,
}

impl ChosenForm {
    /// Wants another form from now on.
    pub fn choose(&mut self, form: IndexForm) {
        if form != self.now {
            self.before = Some(std::mem::replace(&mut self.now, form));
        }
    }
}

/// The two kinds of items that have vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Space {
    /// Passages; the item's id is the [`PassageId`](crate::PassageId).
    Text,
    /// Photos; the item's id is the [`ContentId`](crate::ContentId).
    Photo,
}

impl Space {
    /// The name in file names and reports: "text" or "photo".
    pub fn name(self) -> &'static str {
        match self {
            Space::Text => "text",
            Space::Photo => "photo",
        }
    }
}

/// How exactly the models compute. The built-in photo model, which is quick, computes in floats either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Computing {
    /// In 32-bit floats.
    #[default]
    Exact,
    /// In 8-bit integers where that is worth it: nearly the same vectors, in about half the time.
    Fast,
}

/// How many of the processor's cores reading and embedding may use. A search takes what it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Cores {
    /// All of them, at a low priority.
    #[default]
    All,
    /// Half of them.
    Half,
    /// One.
    One,
}

impl Cores {
    /// So many of `all`, at least one.
    pub fn of(self, all: usize) -> usize {
        match self {
            Cores::All => all.max(1),
            Cores::Half => (all / 2).max(1),
            Cores::One => 1,
        }
    }
}

/// When files are read, and which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct Indexing {
    /// How much of the processor it may take.
    pub cores: Cores,
    /// Whether it waits while the computer runs on battery.
    pub only_on_mains: bool,
    /// Whether what a `.gitignore` names is left out.
    pub gitignore: bool,
    /// Whether the documents in archives are read; otherwise an archive is known by the names in it.
    pub archives: bool,
}

/// The colours of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// As the system has it.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// What a person can choose. Stored as one JSON value; a missing field takes its default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct Settings {
    /// Registry id of the model that embeds documents, or `None`: the first installed of the registry's order.
    pub text_model: Option<String>,
    /// Registry id of the model that embeds photos, or `None`: the first installed of the registry's order.
    pub photo_model: Option<String>,
    /// The form of the index of passages.
    pub text_index: ChosenForm,
    /// The form of the index of photos.
    pub photo_index: ChosenForm,
    /// What is left out of the library, in the form of a `.gitignore`, or `None`: what Cairn leaves out by itself.
    pub excludes: Option<Vec<String>>,
    /// Languages in which text in pictures is read, as Tesseract calls them ("eng", "deu"), or `None`: it is not read.
    pub ocr: Option<Vec<String>>,
    /// When files are read, and which.
    pub indexing: Indexing,
    /// Whether what was searched for is remembered.
    pub history: bool,
    /// How exactly the models compute.
    pub computing: Computing,
    /// Colours.
    pub theme: Theme,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            text_model: None,
            photo_model: None,
            text_index: ChosenForm::default(),
            photo_index: ChosenForm::default(),
            excludes: None,
            ocr: None,
            indexing: Indexing::default(),
            history: true,
            computing: Computing::default(),
            theme: Theme::default(),
        }
    }
}

impl Settings {
    /// The form of the index of a space.
    pub fn form(&self, space: Space) -> &ChosenForm {
        match space {
            Space::Text => &self.text_index,
            Space::Photo => &self.photo_index,
        }
    }

    /// The form of the index of a space, to change it.
    pub fn form_mut(&mut self, space: Space) -> &mut ChosenForm {
        match space {
            Space::Text => &mut self.text_index,
            Space::Photo => &mut self.photo_index,
        }
    }
}
