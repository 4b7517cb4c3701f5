use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What a file is, found from its content rather than its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Plain text, source code, subtitles: anything that reads as text and is nothing more special.
    Text,
    /// Markdown.
    Markdown,
    /// HTML, shown as the text it holds.
    Html,
    /// PDF.
    Pdf,
    /// Office Open XML text document.
    Docx,
    /// JPEG picture.
    Jpeg,
    /// PNG picture.
    Png,
    /// WebP picture.
    Webp,
    /// GIF picture (first frame).
    Gif,
    /// Something Cairn does not read.
    Other,
}

/// The two families a person thinks in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// Has passages.
    Document,
    /// Has pixels.
    Photo,
}

impl Kind {
    /// Every kind, in a fixed order.
    pub const ALL: [Kind; 10] = [
        Kind::Text,
        Kind::Markdown,
        Kind::Html,
        Kind::Pdf,
        Kind::Docx,
        Kind::Jpeg,
        Kind::Png,
        Kind::Webp,
        Kind::Gif,
        Kind::Other,
    ];

    /// The family, or `None` for what Cairn does not read.
    pub fn family(self) -> Option<Family> {
        match self {
            Kind::Text | Kind::Markdown | Kind::Html | Kind::Pdf | Kind::Docx => Some(Family::Document),
            Kind::Jpeg | Kind::Png | Kind::Webp | Kind::Gif => Some(Family::Photo),
            Kind::Other => None,
        }
    }

    /// The stable lower-case name used in the database and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::Markdown => "markdown",
            Kind::Html => "html",
            Kind::Pdf => "pdf",
            Kind::Docx => "docx",
            Kind::Jpeg => "jpeg",
            Kind::Png => "png",
            Kind::Webp => "webp",
            Kind::Gif => "gif",
            Kind::Other => "other",
        }
    }

    /// The kind with this stable name.
    pub fn from_name(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_name(kind.as_str()), Some(kind));
        }
        assert_eq!(Kind::from_name("PDF"), None);
    }
}
