//! How good results are, measured on sets that people have judged.

mod beir;
mod photos;

pub use beir::{BeirReport, BeirRow, beir};
pub use photos::{PhotoReport, PhotoTask, photos};
