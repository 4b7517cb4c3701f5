//! Pure algorithms: slices in, values out. Everything is deterministic: the same input gives the same output
//! on every run and with any number of threads. Long work takes a [`cairn_core::Control`] and can be stopped.

mod alike;
pub mod answers;
pub mod clusters;
pub mod fuse;
pub mod highlight;
pub mod labels;
pub mod languages;
mod linear;
pub mod map;
pub mod metrics;
mod nearest_words;
pub mod query;
mod random;
pub mod rocchio;
pub mod rotation;
pub mod sketches;
mod stem;
pub mod words;

pub use alike::alike;
pub use answers::{Candidate, Options, choose, sentences};
pub use clusters::{NO_CLUSTER, clusters};
pub use fuse::{Channel, Fused, convex, reciprocal_rank};
pub use highlight::{matches, snippet};
pub use labels::labels;
pub use map::{Knn, knn, layout, layout_from, layout_of, neighbours};
pub use nearest_words::nearest_words;
pub use rotation::{Rotation, RotationError, prefix};
