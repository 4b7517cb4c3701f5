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
    /// 256 dimensions.
    D256,
    /// 128 dimensions.
    D128,
    /// 64 dimensions.
    D64,
}

impl KeptDims {
    /// The choices, longest first.
    pub const ALL: [KeptDims; 4] = [KeptDims::Full, KeptDims::D256, KeptDims::D128, KeptDims::D64];

    /// The number of dimensions kept of a model with `full` dimensions.
    pub fn of(self, full: usize) -> usize {
        match self {
            KeptDims::Full => full,
            KeptDims::D256 => full.min(256),
            KeptDims::D128 => full.min(128),
            KeptDims::D64 => full.min(64),
        }
    }
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
    /// Dimensions of the indexes.
    pub dims: KeptDims,
    /// Colours.
    pub theme: Theme,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { text_model: None, photo_model: None, dims: KeptDims::Full, theme: Theme::System }
    }
}
