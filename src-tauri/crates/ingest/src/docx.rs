//! Word documents (Office Open XML): a ZIP archive of XML parts.

use std::io::{BufRead, BufReader, Cursor, Read, Take};

use cairn_core::{Kind, Problem, ProblemCode};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use zip::ZipArchive;
use zip::read::ZipFile;
use zip::result::ZipError;

use crate::extract::{Document, MAX_TEXT_BYTES};

const MAX_ENTRIES: usize = 20_000;
const MAX_PART_BYTES: u64 = 256 << 20;
const MAX_DEPTH: usize = 4096;

type Archive<'b> = ZipArchive<Cursor<&'b [u8]>>;
type Part<'a, 'b> = BufReader<Take<ZipFile<'a, Cursor<&'b [u8]>>>>;

pub(crate) fn read(bytes: &[u8]) -> Result<Document, Problem> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| zip_problem(&error))?;
    if archive.len() > MAX_ENTRIES {
        return Err(Problem::new(ProblemCode::TooLarge, format!("{} entries in the archive", archive.len())));
    }
    let main = main_part(&mut archive)?;
    let folder = main.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
    let mut body = Body::default();
    body.read(part(&mut archive, &main)?)?;
    for notes in ["footnotes.xml", "endnotes.xml"] {
        if let Some(part) = optional_part(&mut archive, &format!("{folder}/{notes}"))? {
            body.read(part)?;
        }
    }
    let title = core_title(&mut archive)
        .or_else(|| body.heading.take())
        .or_else(|| body.text.lines().find(|line| !line.trim().is_empty()).map(str::to_owned));
    let text = body.text.trim_end().to_owned();
    Ok(Document { kind: Kind::Docx, title, text, page_starts: Vec::new(), truncated: body.full })
}

/// The part that the archive's own table of relationships calls the document: usually `word/document.xml`.
fn main_part(archive: &mut Archive<'_>) -> Result<String, Problem> {
    let mut target = None;
    if let Some(relationships) = optional_part(archive, "_rels/.rels")? {
        for_each_start(relationships, &mut |element| {
            if attribute(element, "Type").is_some_and(|kind| kind.ends_with("/officeDocument")) {
                target = attribute(element, "Target");
            }
        })?;
    }
    let target = target.map(|t| t.trim_start_matches('/').to_owned());
    let refuse = |detail: &str| Err(Problem::new(ProblemCode::Unsupported, detail));
    match target {
        Some(target) if target.starts_with("xl/") => refuse("spreadsheet; save it as PDF or text"),
        Some(target) if target.starts_with("ppt/") => refuse("slides; save them as PDF"),
        Some(target) if archive.index_for_name(&target).is_some() => Ok(target),
        _ if archive.index_for_name("word/document.xml").is_some() => Ok("word/document.xml".to_owned()),
        _ => refuse("an archive without a Word document in it"),
    }
}

fn core_title(archive: &mut Archive<'_>) -> Option<String> {
    let mut reader = Reader::from_reader(part(archive, "docProps/core.xml").ok()?);
    let (mut buffer, mut inside, mut title) = (Vec::new(), false, String::new());
    loop {
        match reader.read_event_into(&mut buffer).ok()? {
            Event::Start(element) if element.local_name().as_ref() == "title" => inside = true,
            Event::End(element) if element.local_name().as_ref() == "title" => break,
            Event::Text(text) if inside => title.push_str(&text.xml10_content()),
            Event::GeneralRef(entity) if inside => push_entity(&mut title, &entity),
            Event::Eof => break,
            _ => {}
        }
        buffer.clear();
    }
    title.chars().any(char::is_alphanumeric).then_some(title)
}

/// The running text of the parts read so far.
#[derive(Default)]
struct Body {
    text: String,
    /// The first paragraph with a title or heading style.
    heading: Option<String>,
    full: bool,
}

impl Body {
    fn read(&mut self, part: impl BufRead) -> Result<(), Problem> {
        let mut reader = Reader::from_reader(part);
        let mut buffer = Vec::new();
        // Paragraphs nest: a text box is a paragraph within a paragraph.
        let mut paragraph_starts = Vec::new();
        let (mut depth, mut fallback_depth) = (0usize, None);
        let (mut in_text, mut is_heading, mut rows) = (false, false, 0usize);
        loop {
            if self.text.len() > MAX_TEXT_BYTES {
                self.full = true;
                return Ok(());
            }
            let event = reader.read_event_into(&mut buffer).map_err(|error| xml_problem(&error))?;
            match &event {
                Event::Start(element) => {
                    depth += 1;
                    if depth > MAX_DEPTH {
                        return Err(Problem::new(ProblemCode::Damaged, "its XML is nested too deeply"));
                    }
                    match element.local_name().as_ref() {
                        // The same text box once more, for older programs.
                        "Fallback" => fallback_depth = fallback_depth.or(Some(depth)),
                        "p" => paragraph_starts.push(self.text.len()),
                        "t" => in_text = true,
                        "tr" => rows += 1,
                        name if fallback_depth.is_none() => self.mark(name, element, &mut is_heading),
                        _ => {}
                    }
                }
                Event::Empty(element) if fallback_depth.is_none() => {
                    self.mark(element.local_name().as_ref(), element, &mut is_heading);
                }
                Event::End(element) => {
                    match element.local_name().as_ref() {
                        "t" => in_text = false,
                        "p" if fallback_depth.is_none() => {
                            let start = paragraph_starts.pop().unwrap_or(0);
                            let paragraph = self.text.get(start..).unwrap_or_default().trim();
                            if is_heading && self.heading.is_none() && !paragraph.is_empty() {
                                self.heading = Some(paragraph.to_owned());
                            }
                            is_heading = false;
                            self.end(if rows > 0 { " " } else { "\n\n" });
                        }
                        "p" => drop(paragraph_starts.pop()),
                        "tc" => self.end("\t"),
                        "tr" => {
                            rows = rows.saturating_sub(1);
                            self.end("\n");
                        }
                        "tbl" if rows == 0 => self.end("\n\n"),
                        _ => {}
                    }
                    if fallback_depth == Some(depth) {
                        fallback_depth = None;
                    }
                    depth = depth.saturating_sub(1);
                }
                Event::Text(text) if in_text && fallback_depth.is_none() => {
                    self.text.push_str(&text.xml10_content());
                }
                Event::CData(text) if in_text && fallback_depth.is_none() => {
                    self.text.push_str(&text.xml10_content());
                }
                Event::GeneralRef(entity) if in_text && fallback_depth.is_none() => {
                    push_entity(&mut self.text, entity);
                }
                Event::Eof => return Ok(()),
                _ => {}
            }
            buffer.clear();
        }
    }

    /// Elements that stand for a character or style.
    fn mark(&mut self, name: &str, element: &BytesStart<'_>, is_heading: &mut bool) {
        match name {
            "tab" => self.text.push('\t'),
            "br" | "cr" => self.text.push('\n'),
            "noBreakHyphen" => self.text.push('-'),
            "pStyle" => {
                let style = attribute(element, "val").unwrap_or_default().to_lowercase();
                *is_heading = style.starts_with("title") || style.starts_with("heading");
            }
            _ => {}
        }
    }

    /// Ends a paragraph, cell or row. White space before it gives way, but an empty cell keeps its tab, so that
    /// columns stay columns.
    fn end(&mut self, separator: &str) {
        let blank: &[char] = match separator {
            "\n\n" => &[' ', '\t', '\n'],
            "\n" => &[' ', '\t'],
            _ => &[' '],
        };
        self.text.truncate(self.text.trim_end_matches(blank).len());
        if !self.text.is_empty() {
            self.text.push_str(separator);
        }
    }
}

fn for_each_start(part: impl BufRead, on: &mut dyn FnMut(&BytesStart<'_>)) -> Result<(), Problem> {
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

fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = element.attributes().flatten().find(|a| a.key.local_name().as_ref() == name)?;
    attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0).ok().map(std::borrow::Cow::into_owned)
}

/// Only the five entities of XML and numbered characters: others would have to be declared, and are not.
fn push_entity(text: &mut String, entity: &quick_xml::events::BytesRef<'_>) {
    if let Ok(Some(character)) = entity.resolve_char_ref() {
        text.push(character);
        return;
    }
    text.push_str(quick_xml::escape::resolve_xml_entity(entity).unwrap_or_default());
}

fn part<'a, 'b>(archive: &'a mut Archive<'b>, name: &str) -> Result<Part<'a, 'b>, Problem> {
    let file = archive.by_name(name).map_err(|error| zip_problem(&error))?;
    // The size in the archive's table may lie: what is unpacked is counted, too.
    if file.size() > MAX_PART_BYTES {
        let detail = format!("{} MB when unpacked", file.size() >> 20);
        return Err(Problem::new(ProblemCode::TooLarge, detail));
    }
    Ok(BufReader::new(file.take(MAX_PART_BYTES)))
}

fn optional_part<'a, 'b>(archive: &'a mut Archive<'b>, name: &str) -> Result<Option<Part<'a, 'b>>, Problem> {
    if archive.index_for_name(name).is_none() { Ok(None) } else { part(archive, name).map(Some) }
}

fn zip_problem(error: &ZipError) -> Problem {
    let code = match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) | ZipError::InvalidPassword => {
            ProblemCode::Encrypted
        }
        ZipError::UnsupportedArchive(_) => ProblemCode::Unsupported,
        _ => ProblemCode::Damaged,
    };
    Problem::new(code, error.to_string())
}

fn xml_problem(error: &quick_xml::Error) -> Problem {
    Problem::new(ProblemCode::Damaged, error.to_string())
}
