//! How good results are, measured on sets that people have judged.

mod beir;
mod photos;
mod typing;

pub use beir::{BeirReport, BeirRow, Comparison, beir};
pub use photos::{PhotoReport, PhotoTask, photos};
pub use typing::{TypingReport, typing};
