//! The words every other crate of Cairn speaks: ids, kinds of files, control and progress of long work,
//! reasons why a file could not be read, vector arithmetic, and the schema of the settings.
//!
//! This crate has no heavy dependency and knows no other crate of the workspace.

mod control;
mod filter;
mod hash;
mod ids;
mod kind;
mod problem;
mod progress;
mod settings;
mod tag;
pub mod vector;

pub use control::{Cancelled, Control};
pub use filter::{Condition, Filter, FilterSubject, Span};
pub use hash::{ContentHash, ParseHashError};
pub use ids::{ContentId, FileId, JobId, PassageId, RootId};
pub use kind::{Family, Kind};
pub use problem::{Class, Problem, ProblemCode};
pub use progress::{FileCounts, Progress, ProgressSnapshot};
pub use settings::{
    ChosenForm, Computing, Cores, IndexForm, Indexing, KeptDims, Settings, Space, Storage, Theme,
};
pub use tag::Tag;
