//! From files to passages and thumbnails: walk a folder, hash, find out what a file is, extract its text or its
//! picture, cut text into passages. Extraction runs in a worker process, so that no file can take the program
//! down.
//!
//! Nothing here writes to, moves or deletes a user's file; only thumbnails are written, into the folder that the
//! caller names.

mod chunk;
mod detect;
mod docx;
mod extract;
mod hash;
mod html;
mod jpeg;
mod os_bytes;
mod pdf;
mod pictures;
mod text;
mod walk;
mod worker;

pub use chunk::{Chunk, ChunkOptions, approximate_token_spans, chunk};
pub use detect::{HEAD_BYTES, detect};
pub use extract::{Document, Extracted, Photo, Request, ThumbnailTarget, extract};
pub use hash::{HashError, hash_file};
pub use pictures::{PREVIEW_SIDE, THUMBNAIL_SIDE, decode_upright, thumbnail_path};
pub use walk::{Found, Seen, WalkEnd, is_junk, walk};
pub use worker::{Limits, WORKER_ARG, Worker, worker_main};
