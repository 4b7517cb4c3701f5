//! Word documents (Office Open XML): a ZIP archive of XML parts.

use std::io::BufRead;

use cairn_core::{Kind, Problem, ProblemCode};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::extract::{Document, MAX_TEXT_BYTES};
use crate::package::{
    Archive, MAX_DEPTH, attribute, main_part, open, optional_part, part, properties, push_entity, xml_problem,
};

pub(crate) fn read(bytes: &[u8]) -> Result<Document, Problem> {
    let mut archive = open(bytes)?;
    let main = document_part(&mut archive)?;
    let folder = main.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
    let mut body = Body::default();
    body.read(part(&mut archive, &main)?)?;
    for notes in ["footnotes.xml", "endnotes.xml"] {
        if let Some(part) = optional_part(&mut archive, &format!("{folder}/{notes}"))? {
            body.read(part)?;
        }
    }
    let properties = properties(&mut archive, "docProps/core.xml");
    let title = properties
        .title
        .or_else(|| body.heading.take())
        .or_else(|| body.text.lines().find(|line| !line.trim().is_empty()).map(str::to_owned));
    let mut document = Document::new(Kind::Docx, title, body.text.trim_end().to_owned());
    (document.author, document.written_ms) = (properties.author, properties.written_ms);
    document.truncated = body.full;
    Ok(document)
}

/// The part that the archive's own table of relationships calls the document: usually `word/document.xml`.
fn document_part(archive: &mut Archive<'_>) -> Result<String, Problem> {
    match main_part(archive)? {
        Some(target) if archive.index_for_name(&target).is_some() => Ok(target),
        _ if archive.index_for_name("word/document.xml").is_some() => Ok("word/document.xml".to_owned()),
        _ => Err(Problem::new(ProblemCode::Unsupported, "an archive without a Word document in it")),
    }
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
