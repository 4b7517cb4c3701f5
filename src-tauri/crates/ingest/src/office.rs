//! Spreadsheets, slides and old Office files, by `undoc`.

use std::io::Cursor;

use cairn_core::{Kind, Problem, ProblemCode};
use undoc::{Block, ErrorKind, Paragraph, Section};

use crate::extract::Document;
use crate::package::iso_ms;

/// Slides are pages; a sheet begins with its name, and its cells are separated by tabs.
pub(crate) fn read(bytes: &[u8], kind: Kind) -> Result<Document, Problem> {
    let office = undoc::parse_bytes(bytes).map_err(|error| problem(&error))?;
    let mut document = Document::new(kind, office.metadata.title.clone(), String::new());
    let slides = matches!(kind, Kind::Pptx | Kind::Ppt);
    let sheets = matches!(kind, Kind::Xlsx | Kind::Xls);
    for section in &office.sections {
        if slides {
            document.page_starts.push(document.text.len());
        }
        if let Some(name) = section.name.as_ref().filter(|_| sheets && office.sections.len() > 1) {
            push(&mut document.text, name, "\n");
        }
        push_section(&mut document.text, section);
        if document.is_full() {
            break;
        }
    }
    let says_something = |text: &String| text.chars().any(char::is_alphanumeric);
    document.title = document.title.filter(says_something).or_else(|| {
        let first = document.text.lines().map(|line| line.replace('\t', " ")).find(says_something);
        if sheets { None } else { first }
    });
    document.author = office.metadata.author.filter(says_something);
    document.written_ms = office.metadata.created.as_deref().and_then(iso_ms);
    Ok(document)
}

fn push_section(text: &mut String, section: &Section) {
    for block in &section.content {
        match block {
            Block::Paragraph(paragraph) => push_paragraph(text, paragraph),
            Block::Table(table) => {
                for row in &table.rows {
                    let cells: Vec<String> =
                        row.cells.iter().map(|cell| cell.plain_text().replace('\n', " ")).collect();
                    push(text, cells.join("\t").trim_end(), "\n");
                }
                text.push('\n');
            }
            Block::Note { content, .. } => content.iter().for_each(|note| push_paragraph(text, note)),
            Block::PageBreak | Block::SectionBreak | Block::Image { .. } => {}
        }
    }
    for note in section.notes.iter().flatten() {
        push_paragraph(text, note);
    }
}

fn push_paragraph(text: &mut String, paragraph: &Paragraph) {
    let mut words = String::new();
    for run in &paragraph.runs {
        words.push_str(&run.text);
        if run.line_break || run.page_break {
            words.push('\n');
        }
    }
    // What an empty slide invites its author to do.
    if !words.starts_with("Click to edit Master ") {
        push(text, words.trim(), "\n\n");
    }
}

fn push(text: &mut String, words: &str, end: &str) {
    if !words.trim().is_empty() {
        text.push_str(words);
        text.push_str(end);
    }
}

/// What an old container (Microsoft's compound file) holds: an old Office file or a message of Outlook.
pub(crate) fn kind_of_compound(bytes: &[u8]) -> Result<Kind, Problem> {
    let file = cfb::CompoundFile::open(Cursor::new(bytes))
        .map_err(|error| Problem::new(ProblemCode::Damaged, error.to_string()))?;
    let kinds = [
        ("EncryptedPackage", None),
        ("WordDocument", Some(Kind::Doc)),
        ("Workbook", Some(Kind::Xls)),
        ("WORKBOOK", Some(Kind::Xls)),
        ("Book", Some(Kind::Xls)),
        ("PowerPoint Document", Some(Kind::Ppt)),
        ("__properties_version1.0", Some(Kind::Email)),
    ];
    match kinds.into_iter().find(|(stream, _)| file.exists(stream)) {
        Some((_, Some(kind))) => Ok(kind),
        Some((_, None)) => Err(Problem::new(ProblemCode::Encrypted, "")),
        None => Err(Problem::new(ProblemCode::Unsupported, "old Office format; save it as .docx or PDF")),
    }
}

fn problem(error: &undoc::Error) -> Problem {
    let code = match error.kind() {
        ErrorKind::Encrypted => ProblemCode::Encrypted,
        ErrorKind::UnknownFormat | ErrorKind::UnsupportedFormat => ProblemCode::Unsupported,
        _ => ProblemCode::Damaged,
    };
    Problem::new(code, error.to_string())
}
