//! The library from outside: what a person does with the engine and the command line, on real files.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod bad_files;
mod changes;
mod command_line;
mod crash;
mod drift;
mod duplicates;
mod filters;
mod flow;
mod incidents;
mod journey;
mod measure;
mod ocr;
mod photo_models;
mod searching;
mod shelf;
mod strange;
mod watching;
