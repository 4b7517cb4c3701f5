//! Pure algorithms: slices in, values out. Everything is deterministic: the same input gives the same output
//! on every run and with any number of threads. Long work takes a [`cairn_core::Control`] and can be stopped.

pub mod answers;
pub mod clusters;
pub mod fuse;
pub mod highlight;
pub mod labels;
mod linear;
pub mod map;
pub mod metrics;
mod random;
pub mod rotation;
mod stem;
pub mod words;

pub use answers::{Candidate, Options, choose, sentences};
pub use clusters::{NO_CLUSTER, clusters};
pub use fuse::{Channel, Fused, convex, reciprocal_rank};
pub use highlight::{matches, snippet};
pub use labels::labels;
pub use map::{Knn, knn, layout, layout_from};
pub use rotation::{Rotation, RotationError, prefix};
