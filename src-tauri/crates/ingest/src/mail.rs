//! Messages and mailboxes (RFC 5322, MIME, mbox), by `mail-parser`, and messages saved by Outlook.

use std::fmt::Write;
use std::io::{BufReader, Cursor, Read};

use cairn_core::{Kind, Problem, ProblemCode};
use mail_parser::mailbox::mbox::MessageIterator;
use mail_parser::{Address, Message, MessageParser, MimeHeaders};

use crate::extract::{Document, MAX_TEXT_BYTES};
use crate::html;

/// One message, or the messages of a mailbox one after another.
pub(crate) fn read(bytes: &[u8]) -> Result<Document, Problem> {
    if is_mailbox(bytes) { mailbox(bytes) } else { single(bytes) }
}

/// A mailbox begins each message with a line that begins so.
fn is_mailbox(bytes: &[u8]) -> bool {
    bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).starts_with(b"From ")
}

fn single(bytes: &[u8]) -> Result<Document, Problem> {
    let message = MessageParser::default()
        .parse(bytes)
        .filter(|message| !message.headers().is_empty())
        .ok_or_else(|| Problem::new(ProblemCode::Damaged, "no message in it"))?;
    let mut document = Document::new(Kind::Email, message.subject().map(str::to_owned), String::new());
    document.author = message.from().and_then(people);
    document.written_ms = message.date().map(|date| date.to_timestamp() * 1000);
    push_message(&mut document.text, &message);
    Ok(document)
}

/// Each message is a page, so that a hit says which one.
fn mailbox(bytes: &[u8]) -> Result<Document, Problem> {
    let mut document = Document::new(Kind::Email, None, String::new());
    for message in MessageIterator::new(BufReader::new(bytes)).map_while(Result::ok) {
        let Some(message) = MessageParser::default().parse(message.contents()) else { continue };
        document.page_starts.push(document.text.len());
        push_message(&mut document.text, &message);
        if document.is_full() {
            break;
        }
    }
    match document.page_starts.len() {
        0 => Err(Problem::new(ProblemCode::Damaged, "no message in it")),
        _ => Ok(document),
    }
}

fn push_message(text: &mut String, message: &Message<'_>) {
    let header = [
        ("From", message.from().and_then(people)),
        ("To", message.to().and_then(people)),
        ("Cc", message.cc().and_then(people)),
        ("Date", message.date().map(|date| date.to_rfc3339().replace('T', " "))),
        ("Subject", message.subject().map(str::to_owned)),
    ];
    push_header(text, &header);
    let bodies = message.text_body.iter().map(|&part| part as usize);
    for (number, _) in bodies.enumerate() {
        // HTML alone is turned into text by our own reader, which knows what a reader sees.
        let is_html = message.text_body.get(number).is_some_and(|part| message.html_body.contains(part));
        let body = match message.body_html(number).filter(|_| is_html) {
            Some(page) => html::read(page.as_bytes()).map(|page| page.text).unwrap_or_default(),
            None => message.body_text(number).map(|body| body.replace("\r\n", "\n")).unwrap_or_default(),
        };
        push_body(text, &body);
    }
    let names: Vec<&str> = message.attachments().filter_map(|part| part.attachment_name()).collect();
    if !names.is_empty() {
        push_body(text, &format!("Attachments: {}", names.join(", ")));
    }
}

fn push_header(text: &mut String, header: &[(&str, Option<String>)]) {
    for (name, value) in header {
        if let Some(value) = value.as_ref().filter(|value| !value.trim().is_empty()) {
            let _ = writeln!(text, "{name}: {}", value.split_whitespace().collect::<Vec<_>>().join(" "));
        }
    }
    text.push('\n');
}

fn push_body(text: &mut String, body: &str) {
    if !body.trim().is_empty() {
        text.push_str(body.trim());
        text.push_str("\n\n");
    }
}

fn people(address: &Address<'_>) -> Option<String> {
    let people: Vec<String> = address
        .iter()
        .filter_map(|person| match (person.name(), person.address()) {
            (Some(name), Some(address)) if name != address => Some(format!("{name} <{address}>")),
            (name, address) => name.or(address).map(str::to_owned),
        })
        .collect();
    (!people.is_empty()).then(|| people.join(", "))
}

/// A message saved by Outlook: a compound file with a stream for each property (Microsoft's MS-OXMSG and MS-OXPROPS).
pub(crate) fn read_outlook(bytes: &[u8]) -> Result<Document, Problem> {
    let damaged = |error: std::io::Error| Problem::new(ProblemCode::Damaged, error.to_string());
    let mut file = cfb::CompoundFile::open(Cursor::new(bytes)).map_err(damaged)?;
    let mut property = |id: &str| text_property(&mut file, id);
    let subject = property("0037");
    let sender = property("0C1A")
        .into_iter()
        .chain(property("0C1F").filter(|a| a.contains('@')).map(|a| format!("<{a}>")));
    let sender = Some(sender.collect::<Vec<_>>().join(" ")).filter(|sender| !sender.is_empty());
    let header = [
        ("From", sender.clone()),
        ("To", property("0E04")),
        ("Cc", property("0E03")),
        ("Subject", subject.clone()),
    ];
    let mut document = Document::new(Kind::Email, subject, String::new());
    document.author = sender;
    push_header(&mut document.text, &header);
    let body = property("1000").map(|body| body.replace("\r\n", "\n"));
    document.written_ms = property("007D").and_then(|headers| {
        let message = MessageParser::default().parse(headers.as_bytes())?;
        message.date().map(|date| date.to_timestamp() * 1000)
    });
    let body = match body {
        Some(body) => body,
        None => page_property(&mut file).unwrap_or_default(),
    };
    push_body(&mut document.text, &body);
    Ok(document)
}

/// A property of text, in UTF-16 or else in bytes of some encoding.
fn text_property(file: &mut cfb::CompoundFile<Cursor<&[u8]>>, id: &str) -> Option<String> {
    if let Some(bytes) = stream(file, &format!("__substg1.0_{id}001F")) {
        return Some(
            encoding_rs::UTF_16LE.decode_without_bom_handling(&bytes).0.trim_end_matches('\0').to_owned(),
        );
    }
    let bytes = stream(file, &format!("__substg1.0_{id}001E"))?;
    Some(crate::text::decode(&bytes, None).trim_end_matches('\0').to_owned())
}

fn page_property(file: &mut cfb::CompoundFile<Cursor<&[u8]>>) -> Option<String> {
    let page = stream(file, "__substg1.0_10130102")?;
    Some(html::read(&page).ok()?.text)
}

fn stream(file: &mut cfb::CompoundFile<Cursor<&[u8]>>, name: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let stream = file.open_stream(name).ok()?;
    stream.take(MAX_TEXT_BYTES as u64 * 2).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const LETTER: &str = "From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>\r\nTo: Ann <ann@example.org>\r\n\
        Subject: =?iso-8859-1?q?Gr=FC=DFe?=\r\nDate: Wed, 18 Jan 2006 17:15:00 +0100\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain; charset=utf-8\r\n\
        Content-Transfer-Encoding: quoted-printable\r\n\r\nSch=C3=B6ne Gr=C3=BC=C3=9Fe\r\n--x\r\n\
        Content-Type: text/html\r\n\r\n<p>Schöne Grüße</p>\r\n--x--\r\n";

    #[test]
    fn a_message_is_read_as_a_person_sees_it() {
        let document = read(LETTER.as_bytes()).unwrap();
        assert_eq!(document.title.as_deref(), Some("Grüße"));
        assert_eq!(document.author.as_deref(), Some("Jürgen <j@example.org>"));
        assert_eq!(document.written_ms, Some(1_137_600_900_000));
        let expected = "From: Jürgen <j@example.org>\nTo: Ann <ann@example.org>\nDate: 2006-01-18 17:15:00+01:00\n\
            Subject: Grüße\n\nSchöne Grüße\n\n";
        assert_eq!(document.text, expected);
    }

    #[test]
    fn html_alone_becomes_its_text_and_attachments_are_named() {
        let letter = "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\
            Content-Type: text/html\r\n\r\n<style>p{}</style><p>One<p>Two\r\n--x\r\nContent-Type: application/pdf\r\n\
            Content-Disposition: attachment; filename=\"bill.pdf\"\r\n\r\nxyz\r\n--x--\r\n";
        assert_eq!(
            read(letter.as_bytes()).unwrap().text,
            "Subject: x\n\nOne\n\nTwo\n\nAttachments: bill.pdf\n\n"
        );
    }

    #[test]
    fn messages_of_a_mailbox_are_pages() {
        let mailbox = "From a@b Wed Jan 18 16:15:00 2006\nSubject: one\n\nfirst\n>From quoted\n\n\
            From a@b Wed Jan 18 16:15:00 2006\nSubject: two\n\nsecond\n";
        let document = read(mailbox.as_bytes()).unwrap();
        assert_eq!(document.text, "Subject: one\n\nfirst\nFrom quoted\n\nSubject: two\n\nsecond\n\n");
        assert_eq!(document.page_starts, [0, 33]);
    }
}
