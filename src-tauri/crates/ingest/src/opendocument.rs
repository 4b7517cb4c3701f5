//! OpenDocument text, sheets and slides (ISO/IEC 26300): one part, `content.xml`, has all that is read.

use std::io::BufRead;

use cairn_core::{Kind, Problem, ProblemCode};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::extract::Document;
use crate::package::{MAX_DEPTH, attribute, open, part, properties, push_entity, xml_problem};

pub(crate) fn read(bytes: &[u8], kind: Kind) -> Result<Document, Problem> {
    let mut archive = open(bytes)?;
    if let Ok(manifest) = part(&mut archive, "META-INF/manifest.xml")
        && manifest.lines().map_while(Result::ok).any(|line| line.contains("encryption-data"))
    {
        return Err(Problem::new(ProblemCode::Encrypted, ""));
    }
    let properties = properties(&mut archive, "meta.xml");
    let mut document = Document::new(kind, properties.title, String::new());
    (document.author, document.written_ms) = (properties.author, properties.written_ms);
    let heading = Body { document: &mut document, heading: None, cells: 0, depth: 0 }
        .read(part(&mut archive, "content.xml")?)?;
    document.title = document.title.or(heading).or_else(|| {
        let lines = document.text.lines().find(|line| !line.trim().is_empty());
        lines.filter(|_| kind != Kind::Ods).map(str::to_owned)
    });
    Ok(document)
}

struct Body<'a> {
    document: &'a mut Document,
    heading: Option<String>,
    /// How many table cells are open: within them a paragraph ends with a space.
    cells: usize,
    depth: usize,
}

impl Body<'_> {
    /// Fills in text and pages. Returns the first heading.
    fn read(mut self, part: impl BufRead) -> Result<Option<String>, Problem> {
        let mut reader = Reader::from_reader(part);
        let mut buffer = Vec::new();
        // Text counts within paragraphs alone, and they nest (a frame in a paragraph has paragraphs of its own).
        let mut paragraphs = Vec::new();
        let mut hidden = None;
        loop {
            if self.document.is_full() {
                return Ok(self.heading);
            }
            match reader.read_event_into(&mut buffer).map_err(|error| xml_problem(&error))? {
                Event::Start(element) => {
                    self.depth += 1;
                    if self.depth > MAX_DEPTH {
                        return Err(Problem::new(ProblemCode::Damaged, "its XML is nested too deeply"));
                    }
                    match element.local_name().as_ref() {
                        // Deleted text that change tracking keeps.
                        "tracked-changes" => hidden = hidden.or(Some(self.depth)),
                        "p" | "h" => paragraphs.push(self.document.text.len()),
                        "page" => self.document.page_starts.push(self.document.text.len()),
                        "table-cell" => self.cells += 1,
                        "table" => self.name_sheet(&element),
                        _ => {}
                    }
                }
                Event::Empty(element) if hidden.is_none() => self.mark(&element),
                Event::End(element) => {
                    let name = element.local_name();
                    match name.as_ref() {
                        "p" | "h" => {
                            let start = paragraphs.pop().unwrap_or(0);
                            self.end_paragraph(start, name.as_ref() == "h");
                        }
                        "table-cell" => {
                            self.cells = self.cells.saturating_sub(1);
                            self.end("\t");
                        }
                        "table-row" => self.end("\n"),
                        "table" => self.end("\n\n"),
                        _ => {}
                    }
                    if hidden == Some(self.depth) {
                        hidden = None;
                    }
                    self.depth = self.depth.saturating_sub(1);
                }
                Event::Text(text) if !paragraphs.is_empty() && hidden.is_none() => {
                    self.document.text.push_str(&text.xml10_content());
                }
                Event::CData(text) if !paragraphs.is_empty() && hidden.is_none() => {
                    self.document.text.push_str(&text.xml10_content());
                }
                Event::GeneralRef(entity) if !paragraphs.is_empty() && hidden.is_none() => {
                    push_entity(&mut self.document.text, &entity);
                }
                Event::Eof => return Ok(self.heading),
                _ => {}
            }
            buffer.clear();
        }
    }

    /// Elements that stand for characters.
    fn mark(&mut self, element: &BytesStart<'_>) {
        let text = &mut self.document.text;
        match element.local_name().as_ref() {
            "s" => {
                let spaces = attribute(element, "c").and_then(|count| count.parse().ok()).unwrap_or(1_usize);
                text.extend(std::iter::repeat_n(' ', spaces.min(100)));
            }
            "tab" => text.push('\t'),
            "line-break" => text.push('\n'),
            // An empty cell keeps its place; the thousands of them at the end of a row do not.
            "table-cell" | "covered-table-cell" => {
                let repeated = attribute(element, "number-columns-repeated");
                let columns = repeated.and_then(|count| count.parse().ok()).unwrap_or(1_usize);
                text.extend(std::iter::repeat_n('\t', if columns > 20 { 0 } else { columns }));
            }
            "page" => self.document.page_starts.push(text.len()),
            _ => {}
        }
    }

    fn name_sheet(&mut self, element: &BytesStart<'_>) {
        if self.document.kind == Kind::Ods
            && let Some(name) = attribute(element, "name")
        {
            self.document.text.push_str(&name);
            self.document.text.push('\n');
        }
    }

    fn end_paragraph(&mut self, start: usize, is_heading: bool) {
        let paragraph = self.document.text.get(start..).unwrap_or_default().trim();
        if is_heading && self.heading.is_none() && !paragraph.is_empty() {
            self.heading = Some(paragraph.to_owned());
        }
        self.end(if self.cells > 0 { " " } else { "\n\n" });
    }

    /// Ends a paragraph, cell or row; white space before it gives way, tabs only to the end of the row.
    fn end(&mut self, separator: &str) {
        let blank: &[char] = match separator {
            "\n\n" => &[' ', '\t', '\n'],
            "\n" => &[' ', '\t'],
            _ => &[' '],
        };
        let text = &mut self.document.text;
        text.truncate(text.trim_end_matches(blank).len());
        let page_begins = self.document.page_starts.last().copied().unwrap_or(0);
        for start in self.document.page_starts.iter_mut().rev().take_while(|start| **start > text.len()) {
            *start = text.len();
        }
        if text.len() > page_begins || !text.is_empty() && self.document.page_starts.is_empty() {
            text.push_str(separator);
        }
    }
}
