use std::io;
use std::path::{Path, PathBuf};

use cairn_core::{Cancelled, Class};
use thiserror::Error;

/// Why a model cannot be used or obtained. Every message names what is concerned and what helps.
#[derive(Debug, Error)]
pub enum ModelError {
    /// The model's files are not in the store.
    #[error("The model {model} is not installed. {remedy}")]
    Missing {
        /// Registry id.
        model: String,
        /// What helps.
        remedy: String,
    },
    /// No source could provide the model.
    #[error("The model {model} could not be obtained. Tried: {}. {remedy}", tried.join("; "))]
    Unavailable {
        /// Registry id.
        model: String,
        /// Each source that was tried and what came of it, in order.
        tried: Vec<String>,
        /// What helps.
        remedy: String,
    },
    /// A file is there, but it is not what it must be.
    #[error("{} is not usable: {reason}. {remedy}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
        /// What helps.
        remedy: String,
    },
    /// A model registry file cannot be read.
    #[error("The model registry {origin} is not valid: {reason}. Correct the file or remove it.")]
    Registry {
        /// The file, or "of the program".
        origin: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The disk refused.
    #[error("{}: {source}. Check the drive and its free space, then try again.", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Stopped on purpose. What was downloaded so far is kept and continued next time.
    #[error("Stopped. What was downloaded so far is kept.")]
    Cancelled,
}

impl ModelError {
    /// Who must act.
    pub fn class(&self) -> Class {
        match self {
            ModelError::Missing { .. } | ModelError::Unavailable { .. } => Class::ModelMissing,
            ModelError::Damaged { .. } => Class::Corrupt,
            ModelError::Registry { .. } => Class::User,
            ModelError::Io { .. } => Class::Io,
            ModelError::Cancelled => Class::Cancelled,
        }
    }

    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> ModelError {
        let path = path.into();
        move |source| ModelError::Io { path, source }
    }

    pub(crate) fn damaged(path: &Path, reason: impl Into<String>) -> ModelError {
        ModelError::Damaged {
            path: path.to_owned(),
            reason: reason.into(),
            remedy: "Obtain the model again, or import a folder that holds it.".to_owned(),
        }
    }
}

impl From<Cancelled> for ModelError {
    fn from(_: Cancelled) -> Self {
        ModelError::Cancelled
    }
}

/// Why a text or a picture did not become a vector.
#[derive(Debug, Error)]
pub enum EmbedError {
    /// The text could not be cut into tokens.
    #[error("The model {model} cannot read this text: {reason}")]
    Tokens {
        /// Registry id.
        model: String,
        /// What the tokenizer said.
        reason: String,
    },
    /// The picture has no pixels or could not be scaled.
    #[error("The picture of {width} x {height} pixels cannot be embedded: {reason}")]
    Picture {
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
        /// What is wrong with it.
        reason: String,
    },
    /// The computation failed or gave something that is not a number.
    #[error("The model {model} failed to compute: {reason}. If it happens again, verify the model.")]
    Compute {
        /// Registry id.
        model: String,
        /// What the runtime said.
        reason: String,
    },
}

impl EmbedError {
    /// Who must act.
    pub fn class(&self) -> Class {
        match self {
            EmbedError::Tokens { .. } | EmbedError::Picture { .. } => Class::User,
            EmbedError::Compute { .. } => Class::Internal,
        }
    }
}
