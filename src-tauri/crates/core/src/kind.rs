use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What a file is, found from its content rather than its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Plain text, source code, tables of values: anything that reads as text and is nothing more special.
    Text,
    /// Markdown.
    Markdown,
    /// HTML, shown as the text it holds.
    Html,
    /// Subtitles (SubRip, WebVTT), shown as what is said.
    Subtitles,
    /// Jupyter notebook.
    Notebook,
    /// PDF.
    Pdf,
    /// Rich text.
    Rtf,
    /// Office Open XML text document.
    Docx,
    /// Old Word document.
    Doc,
    /// OpenDocument text.
    Odt,
    /// Office Open XML workbook.
    Xlsx,
    /// Old Excel workbook.
    Xls,
    /// OpenDocument sheets.
    Ods,
    /// Office Open XML slides.
    Pptx,
    /// Old PowerPoint slides.
    Ppt,
    /// OpenDocument slides or drawing.
    Odp,
    /// E-book.
    Epub,
    /// A message or a mailbox.
    Email,
    /// JPEG picture.
    Jpeg,
    /// PNG picture.
    Png,
    /// WebP picture.
    Webp,
    /// GIF picture (first frame).
    Gif,
    /// TIFF picture (first page).
    Tiff,
    /// Windows bitmap.
    Bmp,
    /// HEIC or HEIF picture.
    Heic,
    /// AVIF picture.
    Avif,
    /// JPEG XL picture.
    Jxl,
    /// SVG drawing.
    Svg,
    /// A camera's raw file, shown by the picture embedded in it.
    Raw,
    /// An archive, known by the names of what is in it, or by the documents in it.
    Archive,
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
    pub const ALL: [Kind; 31] = [
        Kind::Text,
        Kind::Markdown,
        Kind::Html,
        Kind::Subtitles,
        Kind::Notebook,
        Kind::Pdf,
        Kind::Rtf,
        Kind::Docx,
        Kind::Doc,
        Kind::Odt,
        Kind::Xlsx,
        Kind::Xls,
        Kind::Ods,
        Kind::Pptx,
        Kind::Ppt,
        Kind::Odp,
        Kind::Epub,
        Kind::Email,
        Kind::Archive,
        Kind::Jpeg,
        Kind::Png,
        Kind::Webp,
        Kind::Gif,
        Kind::Tiff,
        Kind::Bmp,
        Kind::Heic,
        Kind::Avif,
        Kind::Jxl,
        Kind::Svg,
        Kind::Raw,
        Kind::Other,
    ];

    /// The family, or `None` for what Cairn does not read.
    pub fn family(self) -> Option<Family> {
        match self {
            Kind::Text
            | Kind::Markdown
            | Kind::Html
            | Kind::Subtitles
            | Kind::Notebook
            | Kind::Pdf
            | Kind::Rtf
            | Kind::Docx
            | Kind::Doc
            | Kind::Odt
            | Kind::Xlsx
            | Kind::Xls
            | Kind::Ods
            | Kind::Pptx
            | Kind::Ppt
            | Kind::Odp
            | Kind::Epub
            | Kind::Email
            | Kind::Archive => Some(Family::Document),
            Kind::Jpeg
            | Kind::Png
            | Kind::Webp
            | Kind::Gif
            | Kind::Tiff
            | Kind::Bmp
            | Kind::Heic
            | Kind::Avif
            | Kind::Jxl
            | Kind::Svg
            | Kind::Raw => Some(Family::Photo),
            Kind::Other => None,
        }
    }

    /// The stable lower-case name used in the database and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::Markdown => "markdown",
            Kind::Html => "html",
            Kind::Subtitles => "subtitles",
            Kind::Notebook => "notebook",
            Kind::Pdf => "pdf",
            Kind::Rtf => "rtf",
            Kind::Docx => "docx",
            Kind::Doc => "doc",
            Kind::Odt => "odt",
            Kind::Xlsx => "xlsx",
            Kind::Xls => "xls",
            Kind::Ods => "ods",
            Kind::Pptx => "pptx",
            Kind::Ppt => "ppt",
            Kind::Odp => "odp",
            Kind::Epub => "epub",
            Kind::Email => "email",
            Kind::Archive => "archive",
            Kind::Jpeg => "jpeg",
            Kind::Png => "png",
            Kind::Webp => "webp",
            Kind::Gif => "gif",
            Kind::Tiff => "tiff",
            Kind::Bmp => "bmp",
            Kind::Heic => "heic",
            Kind::Avif => "avif",
            Kind::Jxl => "jxl",
            Kind::Svg => "svg",
            Kind::Raw => "raw",
            Kind::Other => "other",
        }
    }

    /// What a file that was not read is likely to be, by the extension of its name.
    pub fn of_file_name(name: &str) -> Kind {
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension).to_lowercase();
        match extension.as_str() {
            "txt" | "text" | "log" | "csv" | "tsv" | "json" | "xml" | "yaml" | "yml" | "toml" | "ini"
            | "rs" | "py" | "c" | "h" | "cpp" | "java" | "js" | "ts" | "go" | "sh" | "tex" => Kind::Text,
            "md" | "markdown" => Kind::Markdown,
            "html" | "htm" | "xhtml" => Kind::Html,
            "srt" | "vtt" => Kind::Subtitles,
            "ipynb" => Kind::Notebook,
            "pdf" => Kind::Pdf,
            "rtf" => Kind::Rtf,
            "docx" => Kind::Docx,
            "doc" => Kind::Doc,
            "odt" => Kind::Odt,
            "xlsx" => Kind::Xlsx,
            "xls" => Kind::Xls,
            "ods" => Kind::Ods,
            "pptx" => Kind::Pptx,
            "ppt" => Kind::Ppt,
            "odp" => Kind::Odp,
            "epub" => Kind::Epub,
            "eml" | "mbox" | "msg" => Kind::Email,
            "zip" | "tar" | "tgz" => Kind::Archive,
            "jpg" | "jpeg" => Kind::Jpeg,
            "png" => Kind::Png,
            "webp" => Kind::Webp,
            "gif" => Kind::Gif,
            "tif" | "tiff" => Kind::Tiff,
            "bmp" => Kind::Bmp,
            "heic" | "heif" => Kind::Heic,
            "avif" => Kind::Avif,
            "jxl" => Kind::Jxl,
            "svg" => Kind::Svg,
            "cr2" | "cr3" | "nef" | "arw" | "dng" | "orf" | "rw2" | "raf" => Kind::Raw,
            _ => Kind::Other,
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
    fn names_of_files_tell_what_they_are_likely_to_be() {
        let kinds = ["Letter.PDF", "a.b.jpeg", "notes", "film.mp4", ".zip"].map(Kind::of_file_name);
        assert_eq!(kinds, [Kind::Pdf, Kind::Jpeg, Kind::Other, Kind::Other, Kind::Archive]);
    }

    #[test]
    fn names_round_trip() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_name(kind.as_str()), Some(kind));
        }
        assert_eq!(Kind::from_name("PDF"), None);
    }
}
