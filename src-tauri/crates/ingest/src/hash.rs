use std::io::Read;
use std::path::Path;

use cairn_core::{Cancelled, ContentHash, Control, Problem};

use crate::extract::open;

/// Why a file has no hash.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// The person stopped the work.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The file cannot be read, or is empty.
    #[error(transparent)]
    Problem(#[from] Problem),
}

/// BLAKE3 of the bytes of a regular file, read in pieces. An empty file is [`cairn_core::ProblemCode::Empty`].
pub fn hash_file(path: &Path, control: &Control) -> Result<ContentHash, HashError> {
    let (mut file, _) = open(path)?;
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; 1 << 18];
    loop {
        control.checkpoint()?;
        match file.read(&mut buffer) {
            Ok(0) => return Ok(ContentHash(*hasher.finalize().as_bytes())),
            Ok(n) => hasher.update(&buffer[..n]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(HashError::Problem(Problem::from_io(&error))),
        };
    }
}
