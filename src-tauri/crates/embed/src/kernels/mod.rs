//! What a transformer encoder computes on the processor: matrix products with weights packed once
//! ([`matrix`]), in `f32` or in eight bits ([`int8`]), attention ([`attention`]) and what is done to rows ([`rows`]).
//!
//! Every number of a result is summed in an order of its own that depends on nothing else, neither on the rows beside it
//! nor on the number of threads: the same input gives the same bits, alone or among others.
//!
//! Vectors are those of the processor at hand (AVX-512, AVX2, NEON), chosen by `pulp` at run time.

pub(crate) mod attention;
mod cells;
pub(crate) mod int8;
pub(crate) mod matrix;
pub(crate) mod rows;
pub(crate) mod threads;
pub(crate) mod tile;
