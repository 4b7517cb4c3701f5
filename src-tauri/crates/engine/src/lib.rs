//! The use cases of Cairn and the threads they run on: what every shell calls.
//!
//! A shell opens an [`Engine`], asks it for plain values ([`api`]) and shows them. Nothing here knows a window or
//! a terminal. The way through the house: [`Engine`] is the door; `indexing` fills the library, `search`,
//! `preview`, `map` and `ask` read it, `jobs` runs what takes long, `space` and `models` keep what answers.

mod alike;
pub mod api;
mod ask;
mod browse;
mod calibration;
mod decoded;
mod descriptions;
mod device;
mod dimensions;
mod doctor;
mod encoder;
mod engine;
mod error;
pub mod eval;
mod excludes;
mod filters;
mod folders;
mod golden;
mod indexing;
mod jobs;
mod library;
mod map;
mod models;
mod ocr;
mod pace;
mod pictures;
mod preview;
mod query_vectors;
mod saved;
mod search;
mod similar;
mod sketching;
mod space;
mod stars;
mod text;
mod watching;

pub use cairn_embed::Precision;
pub use cairn_ingest::{WORKER_ARG, worker_main};
pub use engine::{Engine, EngineOptions};
pub use error::EngineError;
pub use excludes::default_excludes;
pub use folders::Folders;
pub use models::{LoneEncoder, VerifiedModel};
pub use pictures::ThumbnailSide;
pub use preview::PreviewRequest;
