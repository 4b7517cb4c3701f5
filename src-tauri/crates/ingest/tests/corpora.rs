//! Real files of every kind, many of them broken on purpose. They lie beside the repository: where they are absent,
//! these tests say so and pass. `--no-capture` shows what was read, how fast, and why not.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use cairn_core::ProblemCode;
use cairn_ingest::{
    ChunkOptions, Document, Extracted, Limits, Photo, Request, Worker, approximate_token_spans, chunk,
    decode_upright,
};
use common::{WORKER, data, files, state};

type Results = Vec<(PathBuf, Result<Extracted, cairn_core::Problem>)>;

/// Reads every file of a folder in a worker, prints a summary, and checks what must hold for any file.
fn survey(folder: &str) -> Option<Results> {
    let dir = data(folder)?;
    let before = state(&dir);
    let mut worker = Worker::start(Path::new(WORKER), Limits::default()).unwrap();
    let mut results = Vec::new();
    let started = Instant::now();
    for path in before.keys() {
        results
            .push((path.clone(), worker.extract(path, &Request { thumbnail: true, ..Request::default() })));
    }
    let seconds = started.elapsed().as_secs_f64();
    summarise(folder, &results, seconds);
    for (path, result) in &results {
        match result {
            Ok(Extracted::Document(document)) => check_document(path, document),
            Ok(Extracted::Photo(photo)) => check_photo(path, photo),
            Err(problem) => {
                let ours =
                    matches!(problem.code, ProblemCode::Io | ProblemCode::TimedOut | ProblemCode::Crashed);
                assert!(!ours, "{}: {problem}", path.display());
            }
        }
    }
    assert_eq!(state(&dir), before, "reading changed a file");
    Some(results)
}

fn summarise(folder: &str, results: &Results, seconds: f64) {
    let mut tally = BTreeMap::<String, usize>::new();
    for (path, result) in results {
        let what = match result {
            Ok(Extracted::Document(document)) => format!("read as {}", document.kind.as_str()),
            Ok(Extracted::Photo(photo)) => format!("read as {}", photo.kind.as_str()),
            Err(problem) => {
                eprintln!("{}: {}: {}", path.display(), problem.code.as_str(), problem.detail);
                format!("problem {}", problem.code.as_str())
            }
        };
        *tally.entry(what).or_default() += 1;
    }
    eprintln!("{folder}: {} files, {:.0} files/s, {tally:?}", results.len(), results.len() as f64 / seconds);
}

fn check_document(path: &Path, document: &Document) {
    let text = &document.text;
    assert!(text.chars().any(char::is_alphanumeric), "{}", path.display());
    assert!(
        document.page_starts.is_sorted() && document.page_starts.iter().all(|&p| text.is_char_boundary(p))
    );
    let chunks = chunk(text, &document.page_starts, &approximate_token_spans(text), ChunkOptions::default());
    assert!(!chunks.is_empty(), "{}", path.display());
    for chunk in chunks {
        assert_eq!(text[chunk.start..chunk.end].trim(), &text[chunk.start..chunk.end]);
        assert!(chunk.page.is_none_or(|page| (1..=document.page_starts.len()).contains(&(page as usize))));
    }
}

fn check_photo(path: &Path, photo: &Photo) {
    assert!(photo.width > 0 && photo.height > 0, "{}", path.display());
    assert!(photo.place.is_none_or(|(lat, lon)| lat.abs() <= 90.0 && lon.abs() <= 180.0));
}

fn read_as<'a>(results: &'a Results, name: &str) -> &'a Result<Extracted, cairn_core::Problem> {
    &results.iter().find(|(path, _)| path.ends_with(name)).unwrap_or_else(|| panic!("no {name}")).1
}

#[test]
fn office_mail_and_web_files() {
    let Some(results) = survey("docs") else { return };
    let is_docx = |path: &Path| path.extension().is_some_and(|e| e == "docx");
    let (mut read, mut encrypted, mut other) = (0, 0, Vec::new());
    for (path, result) in results.iter().filter(|(path, _)| is_docx(path)) {
        match result {
            Ok(_) => read += 1,
            Err(problem) if problem.code == ProblemCode::Encrypted => encrypted += 1,
            Err(problem) => other.push((path, problem)),
        }
    }
    let words = |name: &str| match read_as(&results, name) {
        Ok(Extracted::Document(document)) => document.text.split_whitespace().collect::<Vec<_>>().join(" "),
        other => panic!("{name}: {other:?}"),
    };
    for (name, contents) in [
        ("testWORD.doc", "Sample Word Document Title And now for a subtitle"),
        ("testWORD6.doc", "The quick brown fox jumps over the lazy dog"),
        ("testEXCEL_5.xls", "Sample Excel Worksheet - Numbers and their Squares"),
        ("testEXCEL-formats.xlsx", "Currency"),
        ("testPPT.ppt", "Sample Powerpoint Slide"),
        ("testPPT_various2.pptx", "This is some content"),
        ("testRTFWord2010CzechCharacters.rtf", "č"),
        ("testThunderbirdEml.eml", "Subject:"),
        ("single_mail.mbox", "talvez resolva fazendo uma imagem"),
        ("testMSG.msg", "Subject: MIME registry use cases Hi, As discussed"),
    ] {
        assert!(words(name).contains(contents), "{name}: {}", words(name));
    }
    let locked = read_as(&results, "testPassword4Spaces.pdf").as_ref().map_err(|problem| problem.code);
    assert_eq!(locked, Err(ProblemCode::Encrypted));
    assert!(read >= 30, "{read} read, {encrypted} encrypted, {other:#?}");
}

#[test]
fn pdfs_of_every_kind() {
    let Some(results) = survey("pdfs") else { return };
    let Ok(Extracted::Document(paper)) = read_as(&results, "tracemonkey_a11y.pdf") else { panic!() };
    assert!(paper.text.contains("Dynamic languages such as JavaScript are more difficult to compile"));
    assert_eq!(paper.title.as_deref(), Some("Trace-based Just-in-Time Type Specialization for Dynamic"));
    let Ok(Extracted::Document(three)) = read_as(&results, "three_pages_with_number.pdf") else { panic!() };
    assert_eq!(three.page_starts.len(), 3);
}

#[test]
fn photos_of_many_cameras() {
    let Some(results) = survey("photos") else { return };
    let photo = |name: &str| match read_as(&results, name) {
        Ok(Extracted::Photo(photo)) => photo.clone(),
        other => panic!("{name}: {other:?}"),
    };
    let canon = photo("jpg/Canon_40D.jpg");
    assert_eq!(canon.camera.as_deref(), Some("Canon EOS 40D"));
    assert_eq!(canon.taken_ms, Some(1_212_162_961_000)); // 2008-05-30 15:56:01
    let (latitude, longitude) = photo("jpg/gps/DSCN0010.jpg").place.unwrap();
    assert!(
        (latitude - 43.4674).abs() < 1e-3 && (longitude - 11.8851).abs() < 1e-3,
        "{latitude} {longitude}"
    );
}

#[test]
fn hostile_pictures() {
    let Some(results) = survey("hostile") else { return };
    assert!(results.iter().any(|(_, result)| matches!(result, Ok(Extracted::Photo(_)))));
}

/// The bytes of a WebP tell how it was held, behind the words that belong into a JPEG.
#[test]
fn a_webp_stands_upright() {
    let Some(dir) = data("hostile/pillow-test-images") else { return };
    let picture = |name: &str| decode_upright(&dir.join(name), u64::MAX).unwrap();
    let upright = picture("hopper.png");
    for number in [2, 5, 6, 7] {
        let other = picture(&format!("hopper_orientation_{number}.webp"));
        let difference: u64 = upright.iter().zip(other.iter()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        assert!(difference / (upright.len() as u64) < 8, "{number}: {difference}");
    }
}

#[test]
fn all_eight_orientations_show_the_same_picture() {
    let Some(dir) = data("photos/exif-samples/jpg/orientation") else { return };
    for shape in ["landscape", "portrait"] {
        let picture = |n: u32| {
            let picture = decode_upright(&dir.join(format!("{shape}_{n}.jpg")), u64::MAX).unwrap();
            image::DynamicImage::ImageRgb8(picture).resize_exact(
                64,
                64,
                image::imageops::FilterType::Triangle,
            )
        };
        let upright = picture(1);
        for n in 2..=8 {
            // Each picture carries its own number, so they are not equal: but turned or mirrored in any way it
            // must fit worse than as it is.
            let other = picture(n);
            let turned = [
                other.clone(),
                other.fliph(),
                other.rotate180(),
                other.flipv(),
                other.rotate90(),
                other.rotate270(),
                other.fliph().rotate90(),
                other.fliph().rotate270(),
            ];
            let differences = turned.map(|turned| {
                let pairs = upright.as_bytes().iter().zip(turned.as_bytes());
                pairs.map(|(a, b)| u64::from(a.abs_diff(*b))).sum::<u64>()
            });
            assert!(
                differences[1..].iter().all(|d| *d > differences[0] * 3 / 2),
                "{shape} {n}: {differences:?}"
            );
        }
    }
}

#[test]
fn every_kind_of_file_is_met_on_a_walk() {
    let Some(dir) = data("docs") else { return };
    let rules = cairn_ingest::Rules::default().below(&dir);
    let mut met = Vec::new();
    let end = cairn_ingest::walk(&dir, &rules, &cairn_core::Control::new(), &mut |found| {
        if let cairn_ingest::Found::File(seen) = found {
            met.push(seen.path);
        }
    });
    met.sort();
    let junk = |path: &PathBuf| rules.leaves_out_below(path, false);
    let expected: Vec<PathBuf> = files(&dir).into_iter().filter(|path| !junk(path)).collect();
    assert!(end.unwrap().complete);
    assert_eq!(met, expected);
}
