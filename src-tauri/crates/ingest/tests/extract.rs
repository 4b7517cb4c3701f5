//! What files hold, over fixtures of our own.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use cairn_core::{Control, Kind, Problem, ProblemCode};
use cairn_ingest::{Document, Extracted, HashError, Photo, Request, decode_upright, extract, hash_file};
use common::{ascii, document, fixture, jpeg, quarters, rationals, short, with_exif};
use image::{DynamicImage, ImageFormat, Rgb};

fn written(dir: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = dir.join(name);
    fs::write(&path, bytes).unwrap();
    path
}

fn problem(path: &Path) -> Problem {
    extract(path, &Request::default()).expect_err("a problem")
}

fn photo(path: &Path) -> Photo {
    match extract(path, &Request::default()) {
        Ok(Extracted::Photo(photo)) => photo,
        other => panic!("{}: {other:?}", path.display()),
    }
}

#[test]
fn text_in_its_encoding() {
    let german = "Die Größe der Brücke überraschte die Gäste.\nÄrger gab es später natürlich auch noch.\n";
    let expected = |title: &str, text: &str| Document {
        kind: Kind::Text,
        title: Some(title.to_owned()),
        text: text.to_owned(),
        author: None,
        written_ms: None,
        page_starts: Vec::new(),
        truncated: false,
    };
    assert_eq!(
        document(&fixture("windows-1252.txt")),
        expected("Die Größe der Brücke überraschte die Gäste.", german)
    );
    assert_eq!(
        document(&fixture("utf-16.txt")),
        expected("Zweite Zeile folgt.", "Zweite Zeile folgt.\nHier ist sie, ganz ähnlich.\n")
    );
    let japanese = "これは日本語の文章です。検索できるはずです。";
    assert_eq!(document(&fixture("shift-jis.txt")), expected(japanese, &format!("{japanese}\n")));
}

#[test]
fn markdown_and_html() {
    let notes = document(&fixture("notes.md"));
    assert_eq!((notes.kind, notes.title.as_deref()), (Kind::Markdown, Some("Garden notes")));
    assert_eq!(notes.text, fs::read_to_string(fixture("notes.md")).unwrap());
    let page = document(&fixture("page.html"));
    assert_eq!((page.kind, page.title.as_deref()), (Kind::Html, Some("Tide table")));
    assert_eq!(page.text, "Tides\n\nHigh water at noon.\n\nMon\t12:04");
}

#[test]
fn pdf_page_by_page() {
    let invoice = document(&fixture("invoice.pdf"));
    assert_eq!((invoice.kind, invoice.title.as_deref()), (Kind::Pdf, Some("Invoice 2026 – roof")));
    assert_eq!(invoice.page_starts.len(), 3);
    let page = |index: usize| {
        let end = invoice.page_starts.get(index + 1).copied().unwrap_or(invoice.text.len());
        invoice.text[invoice.page_starts[index]..end].split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        [page(0), page(1), page(2)],
        ["Invoice for the roof Forty tiles were replaced.", "", "Total: 1200 euro"]
    );
    assert_eq!(document(&fixture("untitled.pdf")).title.as_deref(), Some("A first line as title"));
    assert_eq!(document(&fixture("open-encrypted.pdf")).text.trim(), "Encrypted without a password");
    assert_eq!(problem(&fixture("locked.pdf")).code, ProblemCode::Encrypted);
    assert_eq!(problem(&fixture("scan.pdf")), Problem::new(ProblemCode::NoText, "3 pages"));
}

#[test]
fn docx_with_tables_boxes_and_notes() {
    let report = document(&fixture("report.docx"));
    assert_eq!((report.kind, report.title.as_deref()), (Kind::Docx, Some("Roof report")));
    let expected = "Roof repair\n\nTiles & gutters,\tcafé.\n\nItem\tPrice\nNails\t12\n\nIn a box.\n\nThe end.\n\nA footnote.";
    assert_eq!(report.text, expected);
    assert_eq!(document(&fixture("untitled.docx")).title.as_deref(), Some("Roof repair"));
}

#[test]
fn a_file_is_what_its_content_says() {
    let dir = tempfile::tempdir().unwrap();
    let mut png = Vec::new();
    quarters(8, 8).write_to(&mut std::io::Cursor::new(&mut png), ImageFormat::Png).unwrap();
    assert_eq!(photo(&written(dir.path(), "report.pdf", &png)).kind, Kind::Png);
    assert_eq!(document(&written(dir.path(), "scan.jpg", b"just words")).kind, Kind::Text);
    let pdf = fs::read(fixture("invoice.pdf")).unwrap();
    assert_eq!(document(&written(dir.path(), "x.txt", &pdf)).kind, Kind::Pdf);
    let docx = fs::read(fixture("report.docx")).unwrap();
    assert_eq!(document(&written(dir.path(), "report", &docx)).kind, Kind::Docx);
}

#[test]
fn every_failure_has_its_reason() {
    let dir = tempfile::tempdir().unwrap();
    let code = |name: &str, bytes: &[u8]| problem(&written(dir.path(), name, bytes)).code;
    let pdf = fs::read(fixture("invoice.pdf")).unwrap();
    let docx = fs::read(fixture("report.docx")).unwrap();
    let picture = jpeg(&quarters(64, 64));
    assert_eq!(code("empty.txt", b""), ProblemCode::Empty);
    assert_eq!(code("blank.txt", b" \n\t"), ProblemCode::NoText);
    assert_eq!(code("cut.pdf", &pdf[..40]), ProblemCode::Damaged);
    assert_eq!(code("cut.docx", &docx[..docx.len() / 2]), ProblemCode::Damaged);
    assert_eq!(code("cut.jpg", &picture[..picture.len() / 2]), ProblemCode::Damaged);
    assert_eq!(code("noise.pdf", &[0, 1, 2, 3, 200, 0, 9]), ProblemCode::Damaged);
    assert_eq!(code("noise.bin", &[0, 1, 2, 3, 200, 0, 9]), ProblemCode::Unsupported);
    assert_eq!(code("late.txt", &[vec![b'a'; 9000], vec![0; 9000]].concat()), ProblemCode::Unsupported);
    let old = [&b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"[..], &[0; 600]].concat();
    assert_eq!(code("old.doc", &old), ProblemCode::Damaged);
    let locked = |stream: &str| {
        let mut file = cfb::CompoundFile::create(std::io::Cursor::new(Vec::new())).unwrap();
        file.create_stream(stream).unwrap();
        code("locked.docx", &file.into_inner().into_inner())
    };
    assert_eq!(locked("EncryptedPackage"), ProblemCode::Encrypted);
    assert_eq!(locked("Something else"), ProblemCode::Unsupported);
    assert_eq!(problem(&dir.path().join("absent")).code, ProblemCode::Gone);
    assert_eq!(problem(dir.path()).code, ProblemCode::Unsupported);
}

#[cfg(unix)]
#[test]
fn what_the_system_refuses() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let dir = tempfile::tempdir().unwrap();
    symlink("nowhere", dir.path().join("dead.txt")).unwrap();
    assert_eq!(problem(&dir.path().join("dead.txt")).code, ProblemCode::Gone);
    let locked = written(dir.path(), "locked.txt", b"words");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::File::open(&locked).is_err() {
        assert_eq!(problem(&locked).code, ProblemCode::NoPermission);
    } else {
        eprintln!("SKIPPED: this user may read everything");
    }
}

#[test]
fn pictures_stand_upright_in_all_eight_orientations() {
    let dir = tempfile::tempdir().unwrap();
    // What a camera stores under each value of tag 274: the inverse of what undoes it.
    let upright = DynamicImage::ImageRgb8(quarters(64, 32));
    let stored = [
        upright.clone(),
        upright.fliph(),
        upright.rotate180(),
        upright.flipv(),
        upright.fliph().rotate270(),
        upright.rotate270(),
        upright.fliph().rotate90(),
        upright.rotate90(),
    ];
    for (orientation, stored) in (1..).zip(stored) {
        let bytes = with_exif(&jpeg(&stored.to_rgb8()), &[short(274, orientation)], &[], &[]);
        let path = written(dir.path(), &format!("{orientation}.jpg"), &bytes);
        let facts = photo(&path);
        assert_eq!((facts.width, facts.height), (64, 32), "orientation {orientation}");
        let picture = decode_upright(&path, u64::MAX).unwrap();
        let corners = [(4, 4), (60, 4), (4, 28), (60, 28)];
        let seen = corners.map(|(x, y)| picture.get_pixel(x, y).0.map(|value| value > 127));
        let (t, f) = (true, false);
        assert_eq!(seen, [[t, f, f], [f, t, f], [f, f, t], [t, t, t]], "orientation {orientation}");
    }
}

#[test]
fn the_facts_of_a_photo() {
    let dir = tempfile::tempdir().unwrap();
    let main = [ascii(0x010F, "Canon"), ascii(0x0110, "Canon EOS 40D")];
    let sub = [ascii(0x9003, "2026:07:01 12:30:05"), ascii(0x9011, "+02:00")];
    let gps = [
        ascii(1, "S"),
        rationals(2, &[(33, 1), (30, 1), (0, 1)]),
        ascii(3, "E"),
        rationals(4, &[(151, 1), (0, 1), (3600, 100)]),
    ];
    let path = written(dir.path(), "a.jpg", &with_exif(&jpeg(&quarters(40, 30)), &main, &gps, &sub));
    let expected = Photo {
        kind: Kind::Jpeg,
        width: 40,
        height: 30,
        taken_ms: Some(1_782_901_805_000),
        camera: Some("Canon EOS 40D".to_owned()),
        lens: None,
        place: Some((-33.5, 151.01)),
        thumbnail: None,
        pixels: None,
    };
    assert_eq!(photo(&path), expected);
    // A clock that was never set, a receiver without a fix.
    let sub = [ascii(0x9003, "0000:00:00 00:00:00")];
    let gps = [ascii(1, "N"), rationals(2, &[(0, 1); 3]), ascii(3, "E"), rationals(4, &[(0, 0); 3])];
    let path = written(dir.path(), "b.jpg", &with_exif(&jpeg(&quarters(40, 30)), &[], &gps, &sub));
    assert_eq!(photo(&path), Photo { taken_ms: None, camera: None, place: None, ..expected });
}

#[test]
fn every_form_of_pixels_becomes_rgb_on_white() {
    let dir = tempfile::tempdir().unwrap();
    let transparent =
        image::RgbaImage::from_fn(4, 4, |x, _| image::Rgba([255, 0, 0, if x < 2 { 0 } else { 255 }]));
    let forms = [
        (
            "alpha.png",
            DynamicImage::ImageRgba8(transparent.clone()),
            ImageFormat::Png,
            [[255; 3], [255, 0, 0]],
        ),
        (
            "alpha.webp",
            DynamicImage::ImageRgba8(transparent.clone()),
            ImageFormat::WebP,
            [[255; 3], [255, 0, 0]],
        ),
        ("alpha.gif", DynamicImage::ImageRgba8(transparent), ImageFormat::Gif, [[255; 3], [255, 0, 0]]),
        (
            "grey16.png",
            DynamicImage::ImageLuma16(image::ImageBuffer::from_fn(4, 4, |x, _| {
                image::Luma([if x < 2 { 0 } else { 0x8000 }])
            })),
            ImageFormat::Png,
            [[0; 3], [128; 3]],
        ),
    ];
    for (name, picture, format, [left, right]) in forms {
        let path = dir.path().join(name);
        picture.save_with_format(&path, format).unwrap();
        let picture = decode_upright(&path, u64::MAX).unwrap();
        assert_eq!((*picture.get_pixel(0, 0), *picture.get_pixel(3, 3)), (Rgb(left), Rgb(right)), "{name}");
    }
}

#[test]
fn bombs_are_refused_before_they_are_unpacked() {
    let dir = tempfile::tempdir().unwrap();
    // A PNG header that announces 60,000 x 60,000 pixels.
    let mut png = Vec::new();
    quarters(8, 8).write_to(&mut std::io::Cursor::new(&mut png), ImageFormat::Png).unwrap();
    png[16..24].copy_from_slice(&[0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60]);
    let crc = crc32(&png[12..29]);
    png[29..33].copy_from_slice(&crc.to_be_bytes());
    assert_eq!(problem(&written(dir.path(), "bomb.png", &png)).code, ProblemCode::TooLarge);
    assert_eq!(
        decode_upright(&written(dir.path(), "a.jpg", &jpeg(&quarters(40, 30))), 1000).unwrap_err().code,
        ProblemCode::TooLarge
    );

    let bomb = dir.path().join("bomb.docx");
    let mut archive = zip::ZipWriter::new(fs::File::create(&bomb).unwrap());
    archive.start_file("word/document.xml", zip::write::SimpleFileOptions::default()).unwrap();
    archive.write_all(b"<w:document><w:body><w:p><w:r><w:t>").unwrap();
    for _ in 0..300 {
        archive.write_all(&[b' '; 1 << 20]).unwrap();
    }
    archive.finish().unwrap();
    assert_eq!(problem(&bomb).code, ProblemCode::TooLarge);
}

#[test]
fn very_long_text_is_kept_in_part() {
    let dir = tempfile::tempdir().unwrap();
    let path = written(dir.path(), "long.txt", "größer ".repeat(3 << 20).as_bytes());
    let document = document(&path);
    assert!(document.truncated);
    assert!((19 << 20..=20 << 20).contains(&document.text.len()));
}

#[test]
fn a_hash_is_of_the_bytes_and_can_be_stopped() {
    let control = Control::new();
    let hash = hash_file(&fixture("notes.md"), &control).unwrap();
    assert_eq!(hash.0, *blake3::hash(&fs::read(fixture("notes.md")).unwrap()).as_bytes());
    let Err(HashError::Problem(problem)) = hash_file(&fixture("absent"), &control) else { panic!() };
    assert_eq!(problem.code, ProblemCode::Gone);
    control.cancel();
    assert!(matches!(hash_file(&fixture("notes.md"), &control), Err(HashError::Cancelled(_))));
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 * (crc & 1)))
    })
}
