//! The Candle runtime: which models there are ([`registry`]), where their files live and how they get there
//! ([`ModelStore`]), and what turns text and pictures into vectors ([`TextEncoder`], [`PhotoEncoder`]).
//!
//! Every vector that leaves this crate has length one, so an inner product is a cosine.
//!
//! An encoder computes on the processor in `f32` (a text encoder in eight bits where asked to, [`Precision`]); with the feature `cuda` or `metal` it takes the first such
//! device where there is one. Processor threads are those of Candle: one for each physical core, or
//! `RAYON_NUM_THREADS`.

mod archive;
mod built_in;
mod clip;
mod device;
mod error;
mod families;
mod hub;
mod kernels;
mod photo;
mod pickle;
mod picture;
mod registry;
mod rerank;
mod rotary;
mod sources;
mod stock;
mod store;
mod tags;
mod text;
mod tokens;
mod tower;
mod transformer;
mod weights;
mod wheel;

pub use device::{DeviceFacts, computes_on_processor, device_facts};
pub use error::{EmbedError, ModelError};
pub use kernels::matrix::Precision;
pub use kernels::threads::with_threads;
pub use photo::{PhotoEncoder, SeenPhoto};
pub use registry::{
    Architecture, ModelEntry, ModelFile, Pooling, Relevance, Role, Wheel, entry, read_registry, registry,
};
pub use rerank::Reranker;
pub use sources::{Sources, Token};
pub use store::{ModelStatus, ModelStore};
pub use text::{TextEncoder, TokenShare};
pub use tokens::TokenCounter;
