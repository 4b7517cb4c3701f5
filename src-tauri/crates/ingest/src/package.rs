//! Documents that are a ZIP archive of XML parts: Office Open XML, OpenDocument, EPUB. What they have in common.

use std::io::{BufRead, BufReader, Cursor, Read, Take};

use cairn_core::{Kind, Problem, ProblemCode};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use zip::ZipArchive;
use zip::read::ZipFile;
use zip::result::ZipError;

const MAX_ENTRIES: usize = 20_000;
const MAX_PART_BYTES: u64 = 256 << 20;
pub(crate) const MAX_DEPTH: usize = 4096;

pub(crate) type Archive<'b> = ZipArchive<Cursor<&'b [u8]>>;
pub(crate) type Part<'a, 'b> = BufReader<Take<ZipFile<'a, Cursor<&'b [u8]>>>>;

pub(crate) fn open(bytes: &[u8]) -> Result<Archive<'_>, Problem> {
    let archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| zip_problem(&error))?;
    if archive.len() > MAX_ENTRIES {
        return Err(Problem::new(ProblemCode::TooLarge, format!("{} entries in the archive", archive.len())));
    }
    Ok(archive)
}

/// What kind of document the archive is, by its own account.
pub(crate) fn kind(bytes: &[u8]) -> Result<Kind, Problem> {
    let mut archive = open(bytes)?;
    if let Some(mut declared) = optional_part(&mut archive, "mimetype")? {
        let mut name = String::new();
        let _ = declared.by_ref().take(200).read_to_string(&mut name);
        let name = name.trim().trim_end_matches("-template");
        match name.strip_prefix("application/").unwrap_or(name) {
            "epub+zip" => return Ok(Kind::Epub),
            "vnd.oasis.opendocument.text" | "vnd.oasis.opendocument.text-master" => return Ok(Kind::Odt),
            "vnd.oasis.opendocument.spreadsheet" => return Ok(Kind::Ods),
            "vnd.oasis.opendocument.presentation" | "vnd.oasis.opendocument.graphics" => {
                return Ok(Kind::Odp);
            }
            _ => {}
        }
    }
    let main = main_part(&mut archive)?.unwrap_or_default();
    let has = |name: &str| archive.index_for_name(name).is_some();
    Ok(match main.as_str() {
        binary if binary.ends_with(".bin") => {
            return Err(Problem::new(ProblemCode::Unsupported, "binary workbook; save it as .xlsx"));
        }
        sheets if sheets.starts_with("xl/") => Kind::Xlsx,
        slides if slides.starts_with("ppt/") => Kind::Pptx,
        _ if has("word/document.xml") || main.starts_with("word/") || main.ends_with("document.xml") => {
            Kind::Docx
        }
        _ => {
            return Err(Problem::new(
                ProblemCode::Unsupported,
                "an archive with no document in it that Cairn reads",
            ));
        }
    })
}

/// The part that an Office archive's table of relationships calls the document.
pub(crate) fn main_part(archive: &mut Archive<'_>) -> Result<Option<String>, Problem> {
    let mut target = None;
    if let Some(relationships) = optional_part(archive, "_rels/.rels")? {
        for_each_start(relationships, &mut |element| {
            if attribute(element, "Type").is_some_and(|kind| kind.ends_with("/officeDocument")) {
                target = attribute(element, "Target");
            }
        })?;
    }
    Ok(target.map(|target| target.trim_start_matches('/').to_owned()))
}

/// What a document says of itself, in Dublin Core's words.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Properties {
    pub title: Option<String>,
    pub author: Option<String>,
    pub written_ms: Option<i64>,
}

/// Reads title, creator and date from a part; what is missing or broken is left out.
pub(crate) fn properties(archive: &mut Archive<'_>, name: &str) -> Properties {
    let mut found = Properties::default();
    let Ok(part) = part(archive, name) else { return found };
    let mut reader = Reader::from_reader(part);
    let (mut buffer, mut text) = (Vec::new(), String::new());
    while let Ok(event) = reader.read_event_into(&mut buffer) {
        match event {
            Event::Start(_) => text.clear(),
            Event::Text(words) => text.push_str(&words.xml10_content()),
            Event::GeneralRef(entity) => push_entity(&mut text, &entity),
            Event::End(element) => {
                let says_something = text.chars().any(char::is_alphanumeric);
                match element.local_name().as_ref() {
                    "title" if says_something && found.title.is_none() => found.title = Some(text.clone()),
                    "creator" if says_something && found.author.is_none() => {
                        found.author = Some(text.trim().to_owned())
                    }
                    "created" | "creation-date" | "date" if found.written_ms.is_none() => {
                        found.written_ms = iso_ms(&text)
                    }
                    _ => {}
                }
                text.clear();
            }
            Event::Eof => break,
            _ => {}
        }
        buffer.clear();
    }
    found
}

/// A date and time of ISO 8601 in milliseconds since 1970; without an offset it counts as UTC.
pub(crate) fn iso_ms(text: &str) -> Option<i64> {
    let text = text.trim();
    let whole = match text.len() {
        10 => format!("{text}T00:00:00Z"),
        _ if text.ends_with('Z') || text.get(19..).is_some_and(|rest| rest.contains(['+', '-'])) => {
            text.to_owned()
        }
        _ => format!("{text}Z"),
    };
    let moment = OffsetDateTime::parse(&whole, &Rfc3339).ok()?;
    // What a program wrote that knew no date.
    (moment.year() >= 1971).then(|| moment.unix_timestamp() * 1000)
}

pub(crate) fn for_each_start(part: impl BufRead, on: &mut dyn FnMut(&BytesStart<'_>)) -> Result<(), Problem> {
    let mut reader = Reader::from_reader(part);
    let mut buffer = Vec::new();
    loop {
        match reader.read_event_into(&mut buffer).map_err(|error| xml_problem(&error))? {
            Event::Start(element) | Event::Empty(element) => on(&element),
            Event::Eof => return Ok(()),
            _ => {}
        }
        buffer.clear();
    }
}

pub(crate) fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = element.attributes().flatten().find(|a| a.key.local_name().as_ref() == name)?;
    attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0).ok().map(std::borrow::Cow::into_owned)
}

/// Only the five entities of XML and numbered characters: others would have to be declared, and are not.
pub(crate) fn push_entity(text: &mut String, entity: &quick_xml::events::BytesRef<'_>) {
    if let Ok(Some(character)) = entity.resolve_char_ref() {
        text.push(character);
        return;
    }
    text.push_str(quick_xml::escape::resolve_xml_entity(entity).unwrap_or_default());
}

pub(crate) fn part<'a, 'b>(archive: &'a mut Archive<'b>, name: &str) -> Result<Part<'a, 'b>, Problem> {
    let file = archive.by_name(name).map_err(|error| zip_problem(&error))?;
    // The size in the archive's table may lie: what is unpacked is counted, too.
    if file.size() > MAX_PART_BYTES {
        let detail = format!("{} MB when unpacked", file.size() >> 20);
        return Err(Problem::new(ProblemCode::TooLarge, detail));
    }
    Ok(BufReader::new(file.take(MAX_PART_BYTES)))
}

pub(crate) fn optional_part<'a, 'b>(
    archive: &'a mut Archive<'b>,
    name: &str,
) -> Result<Option<Part<'a, 'b>>, Problem> {
    if archive.index_for_name(name).is_none() { Ok(None) } else { part(archive, name).map(Some) }
}

pub(crate) fn zip_problem(error: &ZipError) -> Problem {
    let code = match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) | ZipError::InvalidPassword => {
            ProblemCode::Encrypted
        }
        ZipError::UnsupportedArchive(_) => ProblemCode::Unsupported,
        _ => ProblemCode::Damaged,
    };
    Problem::new(code, error.to_string())
}

pub(crate) fn xml_problem(error: &quick_xml::Error) -> Problem {
    Problem::new(ProblemCode::Damaged, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_the_forms_that_programs_write() {
        assert_eq!(iso_ms("2006-01-18T16:15:00Z"), Some(1_137_600_900_000));
        assert_eq!(iso_ms("2006-01-18T16:15:00.123"), Some(1_137_600_900_000));
        assert_eq!(iso_ms("2006-01-18T17:15:00+01:00"), Some(1_137_600_900_000));
        assert_eq!(iso_ms("2006-01-18"), Some(1_137_542_400_000));
        assert_eq!(iso_ms("1970-01-01T00:00:00Z"), None);
        assert_eq!(iso_ms("yesterday"), None);
    }
}
