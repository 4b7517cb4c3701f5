//! Documents that are archives, made here part by part.
#![allow(clippy::unwrap_used)]

use std::io::Write;
use std::path::{Path, PathBuf};

use cairn_core::{Kind, ProblemCode};
use cairn_ingest::{Document, Extracted, Request, extract};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Writes an archive of these parts.
fn archive(dir: &Path, name: &str, parts: &[(&str, &str)]) -> PathBuf {
    let path = dir.join(name);
    let mut zip = ZipWriter::new(std::fs::File::create(&path).unwrap());
    for (part, contents) in parts {
        zip.start_file(*part, SimpleFileOptions::default()).unwrap();
        zip.write_all(contents.as_bytes()).unwrap();
    }
    zip.finish().unwrap();
    path
}

fn document(path: &Path) -> Document {
    match extract(path, &Request::default()) {
        Ok(Extracted::Document(document)) => document,
        other => panic!("{}: {other:?}", path.display()),
    }
}

const META: &str = r#"<office:document-meta xmlns:office="o" xmlns:dc="d" xmlns:meta="m"><office:meta>
    <dc:title>Minutes</dc:title><dc:creator>Ann</dc:creator><meta:creation-date>2006-01-18T16:15:00</meta:creation-date>
    </office:meta></office:document-meta>"#;

fn open_document(body: &str) -> String {
    format!(
        r#"<office:document-content xmlns:office="o" xmlns:text="t" xmlns:table="b" xmlns:draw="d"><office:body>{body}</office:body></office:document-content>"#
    )
}

#[test]
fn opendocument_text() {
    let dir = tempfile::tempdir().unwrap();
    let body = open_document(
        r#"<office:text><text:tracked-changes><text:p>deleted</text:p></text:tracked-changes><text:h>Council</text:h>
        <text:p>Roof<text:s text:c="2"/>&amp; gutter<text:tab/>new<text:line-break/>line</text:p>
        <table:table table:name="T"><table:table-row><table:table-cell><text:p>Nails</text:p></table:table-cell>
        <table:table-cell/><table:table-cell><text:p>12</text:p></table:table-cell></table:table-row></table:table>
        <text:p>The end.</text:p></office:text>"#,
    );
    let mime = "application/vnd.oasis.opendocument.text";
    // The name says nothing: the archive says what it is.
    let path =
        archive(dir.path(), "minutes", &[("mimetype", mime), ("content.xml", &body), ("meta.xml", META)]);
    let read = document(&path);
    assert_eq!(read.kind, Kind::Odt);
    assert_eq!((read.title.as_deref(), read.author.as_deref()), (Some("Minutes"), Some("Ann")));
    assert_eq!(read.written_ms, Some(1_137_600_900_000));
    assert_eq!(read.text, "Council\n\nRoof  & gutter\tnew\nline\n\nNails\t\t12\n\nThe end.\n\n");
}

#[test]
fn opendocument_sheets_and_slides() {
    let dir = tempfile::tempdir().unwrap();
    let sheets = open_document(
        r#"<office:spreadsheet><table:table table:name="2006"><table:table-row><table:table-cell><text:p>Item</text:p></table:table-cell>
        <table:table-cell><text:p>Price</text:p></table:table-cell><table:table-cell table:number-columns-repeated="1000"/></table:table-row></table:table>
        <table:table table:name="2007"><table:table-row><table:table-cell><text:p>Nails</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet>"#,
    );
    let mime = "application/vnd.oasis.opendocument.spreadsheet";
    let read = document(&archive(dir.path(), "a.ods", &[("mimetype", mime), ("content.xml", &sheets)]));
    assert_eq!((read.kind, read.text.as_str()), (Kind::Ods, "2006\nItem\tPrice\n\n2007\nNails\n\n"));
    let slides = open_document(
        "<office:presentation><draw:page><text:p>One</text:p></draw:page><draw:page><text:p>Two</text:p></draw:page></office:presentation>",
    );
    let mime = "application/vnd.oasis.opendocument.presentation";
    let read = document(&archive(dir.path(), "a.odp", &[("mimetype", mime), ("content.xml", &slides)]));
    assert_eq!((read.kind, read.text.as_str(), read.page_starts), (Kind::Odp, "One\n\nTwo\n\n", vec![0, 5]));
}

#[test]
fn a_locked_opendocument_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let manifest = r#"<manifest:manifest><manifest:file-entry><manifest:encryption-data/></manifest:file-entry></manifest:manifest>"#;
    let mime = "application/vnd.oasis.opendocument.text";
    let parts = [("mimetype", mime), ("content.xml", "\u{1}\u{2}"), ("META-INF/manifest.xml", manifest)];
    let problem = extract(&archive(dir.path(), "a.odt", &parts), &Request::default()).unwrap_err();
    assert_eq!(problem.code, ProblemCode::Encrypted);
}

#[test]
fn a_book_is_read_in_its_own_order() {
    let dir = tempfile::tempdir().unwrap();
    let container = r#"<container><rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>"#;
    let book = r#"<package xmlns:dc="d"><metadata><dc:title>The Sea</dc:title><dc:creator>Jo March</dc:creator><dc:date>2006-01-18</dc:date></metadata>
        <manifest><item id="b" href="text/second.xhtml"/><item id="a" href="text/first%20part.xhtml"/><item id="css" href="s.css"/></manifest>
        <spine><itemref idref="a"/><itemref idref="missing"/><itemref idref="b"/></spine></package>"#;
    let parts = [
        ("mimetype", "application/epub+zip"),
        ("META-INF/container.xml", container),
        ("OEBPS/book.opf", book),
        ("OEBPS/text/second.xhtml", "<html><body><p>It ended.</p></body></html>"),
        ("OEBPS/text/first part.xhtml", "<html><body><h1>One</h1><p>It began.</p></body></html>"),
    ];
    let read = document(&archive(dir.path(), "sea.epub", &parts));
    assert_eq!(
        (read.kind, read.title.as_deref(), read.author.as_deref()),
        (Kind::Epub, Some("The Sea"), Some("Jo March"))
    );
    assert_eq!(read.text, "One\n\nIt began.\n\nIt ended.\n\n");
}

#[test]
fn an_archive_that_only_calls_itself_a_document_is_none() {
    let dir = tempfile::tempdir().unwrap();
    let path = archive(dir.path(), "photos.docx", &[("IMG_1.txt", "x")]);
    assert_eq!(extract(&path, &Request::default()).unwrap_err().code, ProblemCode::Unsupported);
}

#[test]
fn archives_are_listed_or_entered() {
    let dir = tempfile::tempdir().unwrap();
    let (old, inner) = ("The roof was mended.", "<html><body><p>The cellar is dry.</p></body></html>");
    let parts =
        [("a/roof.txt", old), ("cellar.html", inner), ("noise.bin", "\0\u{1}\u{2}\0"), ("empty.txt", "")];
    let zip = archive(dir.path(), "old.zip", &parts);
    let mut tar = tar::Builder::new(Vec::new());
    for (name, text) in parts {
        let mut header = tar::Header::new_ustar();
        header.set_size(text.len() as u64);
        tar.append_data(&mut header, name, text.as_bytes()).unwrap();
    }
    let tar = tar.into_inner().unwrap();
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(&tar).unwrap();
    let (plain, packed) = (dir.path().join("old"), dir.path().join("old.tar.gz"));
    std::fs::write(&plain, &tar).unwrap();
    std::fs::write(&packed, gz.finish().unwrap()).unwrap();
    for path in [zip, plain, packed] {
        let read = |archives| match extract(&path, &Request { archives, ..Request::default() }).unwrap() {
            Extracted::Document(document) => document,
            Extracted::Photo(_) => panic!("{}", path.display()),
        };
        let listed = read(false);
        let names = "a/roof.txt\ncellar.html\nnoise.bin\nempty.txt";
        assert_eq!((listed.kind, listed.text.as_str(), listed.page_starts), (Kind::Archive, names, vec![]));
        let entered = read(true);
        let pages = ["a/roof.txt\n\nThe roof was mended.", "cellar.html\n\nThe cellar is dry."];
        assert_eq!(entered.text, format!("{names}\n\n{}\n\n{}", pages[0], pages[1]));
        let second = names.len() + 2;
        assert_eq!(entered.page_starts, [0, second, second + pages[0].len() + 2]);
    }
}
