//! E-books (EPUB 2 and 3): the pages of the book's spine, in reading order.

use std::io::Read;

use cairn_core::{Kind, Problem, ProblemCode};
use percent_encoding::percent_decode_str;
use quick_xml::Reader;
use quick_xml::events::Event;

use crate::extract::Document;
use crate::html;
use crate::package::{
    Archive, attribute, for_each_start, open, optional_part, part, properties, xml_problem,
};

pub(crate) fn read(bytes: &[u8]) -> Result<Document, Problem> {
    let mut archive = open(bytes)?;
    if optional_part(&mut archive, "META-INF/rights.xml")?.is_some() {
        return Err(Problem::new(ProblemCode::Encrypted, "the book is copy-protected"));
    }
    let book = package_document(&mut archive)?;
    let properties = properties(&mut archive, &book);
    let mut document = Document::new(Kind::Epub, properties.title, String::new());
    (document.author, document.written_ms) = (properties.author, properties.written_ms);
    for chapter in spine(&mut archive, &book)? {
        let mut page = Vec::new();
        // A chapter that is missing or broken does not cost the others.
        let Ok(mut part) = part(&mut archive, &chapter) else { continue };
        if part.read_to_end(&mut page).is_err() {
            continue;
        }
        let Ok(chapter) = html::read(&page) else { continue };
        if !chapter.text.is_empty() {
            document.text.push_str(&chapter.text);
            document.text.push_str("\n\n");
        }
        if document.is_full() {
            break;
        }
    }
    Ok(document)
}

/// The part that lists all others, named by the container.
fn package_document(archive: &mut Archive<'_>) -> Result<String, Problem> {
    let mut path = None;
    for_each_start(part(archive, "META-INF/container.xml")?, &mut |element| {
        if element.local_name().as_ref() == "rootfile" && path.is_none() {
            path = attribute(element, "full-path");
        }
    })?;
    path.ok_or_else(|| Problem::new(ProblemCode::Damaged, "the book has no table of its parts"))
}

/// Names of the parts to be read, in order.
fn spine(archive: &mut Archive<'_>, book: &str) -> Result<Vec<String>, Problem> {
    let folder = book.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
    let (mut items, mut order) = (std::collections::HashMap::new(), Vec::new());
    let mut reader = Reader::from_reader(part(archive, book)?);
    let mut buffer = Vec::new();
    loop {
        match reader.read_event_into(&mut buffer).map_err(|error| xml_problem(&error))? {
            Event::Start(element) | Event::Empty(element) => match element.local_name().as_ref() {
                "item" => {
                    if let Some((id, href)) = attribute(&element, "id").zip(attribute(&element, "href")) {
                        items.insert(id, href);
                    }
                }
                "itemref" => order.extend(attribute(&element, "idref")),
                _ => {}
            },
            Event::Eof => break,
            _ => {}
        }
        buffer.clear();
    }
    Ok(order.iter().filter_map(|id| items.get(id)).map(|href| resolve(&folder, href)).collect())
}

/// A reference within the book as the name of a part: relative to the folder, percent signs decoded.
fn resolve(folder: &str, href: &str) -> String {
    let href = href.split('#').next().unwrap_or_default();
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in href.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "" | "." => {}
            part => parts.push(part),
        }
    }
    percent_decode_str(&parts.join("/")).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_lead_to_parts() {
        assert_eq!(resolve("OEBPS", "text/one%20two.xhtml#top"), "OEBPS/text/one two.xhtml");
        assert_eq!(resolve("OEBPS/text", "../a.xhtml"), "OEBPS/a.xhtml");
        assert_eq!(resolve("", "100%.xhtml"), "100%.xhtml");
    }
}
