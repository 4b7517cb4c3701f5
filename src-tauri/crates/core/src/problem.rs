use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Who must act on an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// The request was not understood; the person changes it.
    User,
    /// The thing asked for is not there (any more).
    NotFound,
    /// A model is needed that is not installed.
    ModelMissing,
    /// Stopped on purpose.
    Cancelled,
    /// A file of Cairn's own is damaged; it is rebuilt.
    Corrupt,
    /// The disk or the network refused.
    Io,
    /// A mistake of ours.
    Internal,
}

/// Why a file could not be read: a recorded fact, never the end of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ProblemCode {
    /// Nothing in it: zero bytes.
    Empty,
    /// A kind that Cairn does not read (yet).
    Unsupported,
    /// Needs a password.
    Encrypted,
    /// Broken, cut off, or not what it says it is.
    Damaged,
    /// Beyond the limits of size, pixels or unpacked size.
    TooLarge,
    /// The system does not let Cairn read it.
    NoPermission,
    /// A dead link, or it vanished while it was being read.
    Gone,
    /// Read without error, but there is no text in it (a scanned PDF, for instance).
    NoText,
    /// Reading it took too long and was stopped.
    TimedOut,
    /// Its reader crashed; the reader was restarted.
    Crashed,
    /// Any other refusal of the disk.
    Io,
}

impl ProblemCode {
    /// Every code, in a fixed order.
    pub const ALL: [ProblemCode; 11] = [
        ProblemCode::Empty,
        ProblemCode::Unsupported,
        ProblemCode::Encrypted,
        ProblemCode::Damaged,
        ProblemCode::TooLarge,
        ProblemCode::NoPermission,
        ProblemCode::Gone,
        ProblemCode::NoText,
        ProblemCode::TimedOut,
        ProblemCode::Crashed,
        ProblemCode::Io,
    ];

    /// The stable name used in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            ProblemCode::Empty => "empty",
            ProblemCode::Unsupported => "unsupported",
            ProblemCode::Encrypted => "encrypted",
            ProblemCode::Damaged => "damaged",
            ProblemCode::TooLarge => "too_large",
            ProblemCode::NoPermission => "no_permission",
            ProblemCode::Gone => "gone",
            ProblemCode::NoText => "no_text",
            ProblemCode::TimedOut => "timed_out",
            ProblemCode::Crashed => "crashed",
            ProblemCode::Io => "io",
        }
    }

    /// Whether a problem is of the moment (an unplugged drive, a file that another program holds), so that the next look may find it
    /// gone.
    pub fn may_pass(self) -> bool {
        matches!(self, ProblemCode::Gone | ProblemCode::NoPermission | ProblemCode::Io)
    }

    /// The code with this stable name.
    pub fn from_name(name: &str) -> Option<ProblemCode> {
        ProblemCode::ALL.into_iter().find(|code| code.as_str() == name)
    }

    /// One plain sentence: what is wrong and what helps.
    pub fn sentence(self) -> &'static str {
        match self {
            ProblemCode::Empty => "The file is empty.",
            ProblemCode::Unsupported => "Cairn does not read this kind of file yet.",
            ProblemCode::Encrypted => "It needs a password. Save a copy without one to make it searchable.",
            ProblemCode::Damaged => {
                "It is damaged or cut off. If another program opens it, save it again there."
            }
            ProblemCode::TooLarge => "It is larger than Cairn reads.",
            ProblemCode::NoPermission => {
                "The system does not let Cairn read it. Change its permissions, then retry."
            }
            ProblemCode::Gone => "It is not there any more, or it is a link that leads nowhere.",
            ProblemCode::NoText => "It holds no text that can be searched; it may be a scan.",
            ProblemCode::TimedOut => "Reading it took too long and was stopped.",
            ProblemCode::Crashed => "Reading it crashed the reader, which was started again.",
            ProblemCode::Io => "The disk refused to read it. Check the drive, then retry.",
        }
    }
}

/// A reason with its detail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The class of reason.
    pub code: ProblemCode,
    /// What the reader said, for someone who wants to know more. May be empty.
    pub detail: String,
}

impl Problem {
    /// A reason with its detail.
    pub fn new(code: ProblemCode, detail: impl Into<String>) -> Self {
        Problem { code, detail: detail.into() }
    }

    /// The reason for a refusal of the file system.
    pub fn from_io(error: &std::io::Error) -> Self {
        let code = match error.kind() {
            std::io::ErrorKind::NotFound => ProblemCode::Gone,
            std::io::ErrorKind::PermissionDenied => ProblemCode::NoPermission,
            _ => ProblemCode::Io,
        };
        Problem::new(code, error.to_string())
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code.sentence())?;
        if self.detail.is_empty() { Ok(()) } else { write!(f, " ({})", self.detail) }
    }
}

impl std::error::Error for Problem {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for code in ProblemCode::ALL {
            assert_eq!(ProblemCode::from_name(code.as_str()), Some(code));
        }
    }
}
