//! Files that mean harm, or were damaged by chance: whatever they are, the reader answers or is replaced, and the next file is read.
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use cairn_ingest::{Extracted, Limits, Request, Worker};
use common::{WORKER, data, files, fixture};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const WANTED: Request = Request { thumbnail: true, pixels: Some(224), archives: true };

fn worker() -> Worker {
    Worker::start(Path::new(WORKER), Limits { time: Duration::from_secs(10), memory: 2 << 30 }).unwrap()
}

/// How reading went, in a word; the worker can be used on after any of it.
fn outcome(worker: &mut Worker, path: &Path) -> String {
    match worker.extract(path, &WANTED) {
        Ok(Extracted::Document(document)) => {
            let text = &document.text;
            assert!(text.chars().any(char::is_alphanumeric), "{}", path.display());
            assert!(
                document.page_starts.iter().all(|&start| text.is_char_boundary(start)),
                "{}",
                path.display()
            );
            "text".to_owned()
        }
        Ok(Extracted::Photo(photo)) => {
            assert!(photo.width > 0 && photo.height > 0 && photo.thumbnail.is_some(), "{}", path.display());
            "picture".to_owned()
        }
        Err(problem) => problem.code.as_str().to_owned(),
    }
}

fn archive(path: &Path, parts: &[(&str, &[u8], u64)]) {
    let mut zip = ZipWriter::new(std::fs::File::create(path).unwrap());
    let options =
        SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).large_file(true);
    for (name, block, repeats) in parts {
        zip.start_file(*name, options).unwrap();
        for _ in 0..*repeats {
            zip.write_all(block).unwrap();
        }
    }
    zip.finish().unwrap();
}

#[test]
fn bombs_do_not_go_off() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let write = |name: &str, bytes: &[u8]| std::fs::write(at(name), bytes).unwrap();
    let relationships = br#"<Relationships><Relationship Type="x/officeDocument" Target="word/document.xml"/></Relationships>"#;
    let zeros = vec![b'0'; 1 << 20];
    archive(&at("zeros.docx"), &[("_rels/.rels", relationships, 1), ("word/document.xml", &zeros, 600)]);
    let sheets =
        br#"<Relationships><Relationship Type="x/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
    archive(&at("zeros.xlsx"), &[("_rels/.rels", sheets, 1), ("xl/workbook.xml", &zeros, 600)]);
    let mime = b"application/vnd.oasis.opendocument.text".as_slice();
    archive(&at("deep.odt"), &[("mimetype", mime, 1), ("content.xml", b"<text:p>", 2_000_000)]);
    let laughs: String = (1..30).fold(String::from("<!DOCTYPE x [<!ENTITY l0 'ha'>"), |all, n| {
        let before = format!("&l{};", n - 1).repeat(10);
        format!("{all}<!ENTITY l{n} '{before}'>")
    });
    let laughs = format!("<?xml version='1.0'?>{laughs}]><x><w:p><w:t>&l29;</w:t></w:p></x>");
    archive(
        &at("laughs.docx"),
        &[("_rels/.rels", relationships, 1), ("word/document.xml", laughs.as_bytes(), 1)],
    );
    let mut parts = ZipWriter::new(Cursor::new(Vec::new()));
    for part in 0..30_000 {
        parts.start_file(format!("{part}"), SimpleFileOptions::default()).unwrap();
    }
    write("parts.epub", &parts.finish().unwrap().into_inner());
    // Each group is drawn ten times by the next.
    let uses: String = (1..12)
        .map(|n| format!("<g id='g{n}'>{}</g>", format!("<use href='#g{}'/>", n - 1).repeat(10)))
        .collect();
    write("uses.svg", format!("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><defs><g id='g0'><rect width='9' height='9'/></g>{uses}</defs><use href='#g11'/></svg>").as_bytes());
    write("huge.svg", b"<svg xmlns='http://www.w3.org/2000/svg' width='1e9' height='1'><rect width='1e9' height='1'/></svg>");
    write(
        "deep.svg",
        format!("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'>{}", "<g>".repeat(500_000))
            .as_bytes(),
    );
    write("deep.rtf", format!("{{\\rtf1 {}", "{".repeat(5_000_000)).as_bytes());
    write("deep.html", format!("<html>{}", "<div><table>".repeat(300_000)).as_bytes());
    write("deep.ipynb", "[".repeat(5_000_000).as_bytes());
    write(
        "parts.eml",
        format!(
            "MIME-Version: 1.0\nSubject: x\nContent-Type: multipart/mixed; boundary=a\n\n{}",
            "--a\nContent-Type: multipart/mixed; boundary=a\n\n".repeat(200_000)
        )
        .as_bytes(),
    );
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\x7F\xFF\xFF\xFF\x7F\xFF\xFF\xFF\x08\x02\0\0\0".to_vec();
    png.extend_from_slice(&[0; 64]);
    write("huge.png", &png);
    write("huge.bmp", b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\xFF\xFF\xFF\x7F\xFF\xFF\xFF\x7F\x01\0\x18\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");

    let mut worker = worker();
    for path in files(dir.path()) {
        let outcome = outcome(&mut worker, &path);
        eprintln!("{}: {outcome}", path.file_name().unwrap().display());
        assert_eq!(self::outcome(&mut worker, &fixture("notes.md")), "text", "after {}", path.display());
    }
}

/// Splitmix64: the same damage in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }
}

/// One of the ways in which files come to harm: flipped bits, a lost end, a lost, doubled or blanked stretch, foreign bytes.
fn damaged(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let from = random.below(bytes.len());
    let length = random.below((bytes.len() - from).min(4096)) + 1;
    let to = (from + length).min(bytes.len());
    match random.below(6) {
        0 => (0..=random.below(20)).for_each(|_| {
            let at = random.below(bytes.len());
            bytes[at] ^= 1 << random.below(8);
        }),
        1 => bytes.truncate(from + 1),
        2 => drop(bytes.drain(from..to)),
        3 => {
            let stretch = bytes[from..to].to_vec();
            let at = random.below(bytes.len());
            drop(bytes.splice(at..at, stretch));
        }
        4 => bytes[from..to].fill(if random.below(2) == 0 { 0 } else { 0xFF }),
        _ => bytes[from..to].iter_mut().for_each(|byte| *byte = random.next() as u8),
    }
    bytes
}

/// Two thousand damaged copies of real files. `--no-capture` shows what became of them.
#[test]
fn mutations_of_real_files() {
    const TRIED: usize = 2000;
    let folders = ["docs", "pdfs", "hostile", "photos/exif-samples"];
    let sources: Vec<PathBuf> =
        folders.iter().filter_map(|folder| data(folder)).flat_map(|dir| files(&dir)).collect();
    let sources: Vec<PathBuf> = sources
        .into_iter()
        .filter(|path| path.metadata().is_ok_and(|m| (1..2 << 20).contains(&m.len())))
        .collect();
    if sources.is_empty() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let mut worker = worker();
    let mut random = Random(2026);
    let mut table = BTreeMap::<String, BTreeMap<String, usize>>::new();
    for _ in 0..TRIED {
        let source = &sources[random.below(sources.len())];
        let path = dir.path().join(source.file_name().unwrap());
        std::fs::write(&path, damaged(&std::fs::read(source).unwrap(), &mut random)).unwrap();
        let outcome = outcome(&mut worker, &path);
        if matches!(outcome.as_str(), "crashed" | "timed_out") {
            eprintln!("{outcome}: {}", source.display());
        }
        let extension = source.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        *table.entry(extension).or_default().entry(outcome).or_default() += 1;
        std::fs::remove_file(path).unwrap();
    }
    table.iter().for_each(|(extension, outcomes)| eprintln!("{extension:>10} {outcomes:?}"));
    let count = |wanted: &str| table.values().filter_map(|outcomes| outcomes.get(wanted)).sum::<usize>();
    let (crashed, timed_out) = (count("crashed"), count("timed_out"));
    eprintln!("{TRIED} tried, {crashed} ended the reader, {timed_out} took too long");
    assert_eq!(outcome(&mut worker, &fixture("notes.md")), "text");
    // How long a file takes depends on the machine; whether it ends the reader does not.
    assert!(crashed == 0 && timed_out < TRIED / 50, "{crashed} and {timed_out} of {TRIED}");
}
