//! From files to passages and thumbnails: walk a folder, hash, find out what a file is, extract its text or its
//! picture, cut text into passages. Extraction runs in a worker process, so that no file can take the program
//! down.
//!
//! Nothing here writes to, moves or deletes a user's file; the worker cannot even try. Only thumbnails are written, by
//! [`write_thumbnail`].

mod archive;
mod av1;
mod avif;
mod chunk;
mod confine;
mod detect;
mod docx;
mod drive;
mod epub;
mod extract;
mod hash;
mod html;
mod jpeg;
mod mail;
mod notebook;
mod ocr;
mod office;
mod opendocument;
mod os_bytes;
mod package;
mod pdf;
mod pdf_pages;
mod pictures;
mod places;
mod raw;
mod rtf;
mod rules;
mod subtitles;
mod svg;
mod text;
mod thumbnails;
mod walk;
mod watch;
mod worker;

pub use chunk::{Chunk, ChunkOptions, approximate_token_spans, chunk};
pub use confine::confine;
pub use detect::{HEAD_BYTES, detect};
pub use drive::drive_of;
pub use extract::{Document, Extracted, Photo, Request, extract};
pub use hash::{HashError, hash_file};
pub use ocr::{OCR_PAGE_SIDE, OCR_SIDE, Tesseract};
pub use pictures::decode_upright;
pub use places::place_name;
pub use rules::{BadRule, DEFAULT_RULES, RootRules, Rules, rule_for_file, rule_for_folder};
pub use thumbnails::{PREVIEW_SIDE, THUMBNAIL_SIDE, page_path, thumbnail_path, write_thumbnail};
pub use walk::{Found, Seen, WalkEnd, walk};
pub use watch::{Changes, Watch};
pub use worker::{Limits, WORKER_ARG, Worker, worker_main};
