use serde::Serialize;
use ts_rs::TS;

/// A word for what is to be seen in a photo.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct Tag {
    /// The word, or a few of them ("sailing boat").
    pub word: String,
    /// How likely it is right, 0 to 1.
    pub confidence: f32,
}
