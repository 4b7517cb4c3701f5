//! The worker process: it reads, and when it cannot, the file gets the reason and the next one is read.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use cairn_core::{ContentHash, ProblemCode};
use cairn_ingest::{
    Extracted, Limits, PREVIEW_SIDE, Request, THUMBNAIL_SIDE, WORKER_ARG, Worker, decode_upright, extract,
    thumbnail_path, write_thumbnail,
};
use common::{WORKER, fixture, jpeg, quarters, state};
use image::RgbImage;

fn worker() -> Worker {
    Worker::start(Path::new(WORKER), Limits::default()).unwrap()
}

/// A worker under its own name in a folder where a file `abort` or `hang` makes it do so once.
#[cfg(unix)]
fn unreliable(dir: &Path, limits: Limits) -> Worker {
    let program = dir.join("worker");
    std::os::unix::fs::symlink(WORKER, &program).unwrap();
    Worker::start(&program, limits).unwrap()
}

#[test]
fn it_answers_as_the_function_does() {
    let mut worker = worker();
    for name in
        ["invoice.pdf", "report.docx", "page.html", "notes.md", "shift-jis.txt", "locked.pdf", "absent"]
    {
        let path = fixture(name);
        assert_eq!(worker.extract(&path, &Request::default()), extract(&path, &Request::default()), "{name}");
    }
}

#[cfg(unix)]
#[test]
fn after_a_crash_the_next_file_is_read() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("abort"), "").unwrap();
    let mut worker = unreliable(dir.path(), Limits::default());
    let problem = worker.extract(&fixture("invoice.pdf"), &Request::default()).unwrap_err();
    assert_eq!(problem.code, ProblemCode::Crashed);
    assert!(problem.detail.contains("signal: 6"), "{problem}");
    assert!(worker.extract(&fixture("invoice.pdf"), &Request::default()).is_ok());
}

#[cfg(unix)]
#[test]
fn after_a_time_out_the_next_file_is_read() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("hang"), "").unwrap();
    let limits = Limits { time: Duration::from_secs(1), ..Limits::default() };
    let mut worker = unreliable(dir.path(), limits);
    let problem = worker.extract(&fixture("notes.md"), &Request::default()).unwrap_err();
    assert_eq!(problem.code, ProblemCode::TimedOut);
    assert!(worker.extract(&fixture("notes.md"), &Request::default()).is_ok());
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_needs_too_much_memory_ends_only_the_worker() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("large.png");
    image::GrayImage::new(20_000, 12_000).save(&path).unwrap();
    let mut worker =
        Worker::start(Path::new(WORKER), Limits { memory: 400 << 20, ..Limits::default() }).unwrap();
    let problem = worker.extract(&path, &Request::default()).unwrap_err();
    assert!(matches!(problem.code, ProblemCode::Crashed | ProblemCode::TooLarge), "{problem}");
    assert!(worker.extract(&fixture("notes.md"), &Request::default()).is_ok());
}

#[test]
fn a_program_that_is_no_worker_is_a_problem_and_not_a_hang() {
    let absent = Worker::start(Path::new("/no/such/program"), Limits::default());
    assert!(absent.is_err());
    // A test binary prints its own text and ends.
    let mut wrong = Worker::start(&std::env::current_exe().unwrap(), Limits::default()).unwrap();
    let problem = wrong.extract(&fixture("notes.md"), &Request::default()).unwrap_err();
    assert_eq!(problem.code, ProblemCode::Crashed);
}

#[test]
fn it_ends_when_its_parent_does() {
    let mut child = Command::new(WORKER)
        .args([WORKER_ARG, "0"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}

#[test]
fn nonsense_on_its_input_ends_it() {
    let mut child = Command::new(WORKER)
        .args([WORKER_ARG, "0"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.as_mut().unwrap().write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut answer).unwrap();
    assert_eq!(answer, Vec::<u8>::new());
    child.wait().unwrap();
}

#[test]
fn thumbnails_and_pictures() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("photo.jpg");
    fs::write(&path, jpeg(&quarters(2000, 1500))).unwrap();
    let mut worker = worker();
    let request = Request { thumbnail: true, pixels: Some(128), ..Request::default() };
    let Ok(Extracted::Photo(photo)) = worker.extract(&path, &request) else { panic!() };
    assert_eq!((photo.width, photo.height), (2000, 1500));
    // One decoding gives the model the same pixels as a second one would.
    assert_eq!(photo.pixels, Some(worker.picture(&path, 128).unwrap()));
    let size = |jpeg: &[u8]| image::load_from_memory(jpeg).unwrap().to_rgb8().dimensions();
    assert_eq!(size(&photo.thumbnail.unwrap()), (320, 240));
    assert_eq!(size(&worker.thumbnail(&path, PREVIEW_SIDE).unwrap()), (1280, 960));
    assert_eq!(size(&worker.thumbnail(&path, THUMBNAIL_SIDE).unwrap()), (320, 240));
    let full = decode_upright(&path, u64::MAX).unwrap();
    assert_eq!(worker.picture(&path, 800).unwrap(), full);
    let shrunk = worker.picture(&path, 224).unwrap();
    assert_eq!(shrunk.dimensions(), (597, 448));
    assert_eq!(shrunk.get_pixel(20, 20).0.map(|v| v / 32), [7, 0, 0]);
    assert_eq!(worker.picture(&fixture("notes.md"), 224).unwrap_err().code, ProblemCode::Unsupported);
}

#[test]
fn a_thumbnail_is_written_where_it_is_looked_for() {
    let dir = tempfile::tempdir().unwrap();
    let hash = ContentHash(*blake3::hash(b"photo").as_bytes());
    let path = thumbnail_path(dir.path(), &hash, THUMBNAIL_SIDE);
    assert_eq!(path, dir.path().join(format!("{}/{hash}-320.jpg", &hash.to_string()[..2])));
    write_thumbnail(&path, b"jpeg").unwrap();
    write_thumbnail(&path, b"newer").unwrap();
    // No temporary file is left behind.
    assert_eq!(common::files(dir.path()), std::slice::from_ref(&path));
    assert_eq!(fs::read(path).unwrap(), b"newer");
}

/// Large JPEGs are decoded at a fraction of their size; what comes out is what the whole picture gives.
#[test]
fn a_large_jpeg_gives_the_pixels_of_the_whole_and_its_own_size() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("large.jpg");
    let wave = |x: u32, by: f32| (127.0 + 90.0 * (x as f32 / by).sin()) as u8;
    let picture =
        RgbImage::from_fn(2400, 3200, |x, y| image::Rgb([wave(x, 40.0), wave(y, 25.0), wave(x + y, 70.0)]));
    fs::write(&path, jpeg(&picture)).unwrap();
    let mut worker = worker();
    let Ok(Extracted::Photo(photo)) =
        worker.extract(&path, &Request { pixels: Some(128), ..Request::default() })
    else {
        panic!()
    };
    assert_eq!((photo.width, photo.height), (2400, 3200));
    let small = photo.pixels.unwrap();
    assert_eq!(small.dimensions(), (256, 341));
    let exact = decode_upright(&path, 10_000_000).unwrap();
    let exact = image::imageops::resize(&exact, 256, 341, image::imageops::FilterType::CatmullRom);
    let differences = small.as_raw().iter().zip(exact.as_raw()).map(|(a, b)| f64::from(a.abs_diff(*b)));
    let mean = differences.sum::<f64>() / small.as_raw().len() as f64;
    assert!(mean < 1.0, "{mean:.2} of 255 on average");
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_not_unicode_are_read() {
    use std::os::unix::ffi::OsStringExt;
    let dir = tempfile::tempdir().unwrap();
    let path: PathBuf = dir.path().join(std::ffi::OsString::from_vec(b"\xE9t\xE9.txt".to_vec()));
    fs::write(&path, "summer").unwrap();
    let Ok(Extracted::Document(document)) = worker().extract(&path, &Request::default()) else { panic!() };
    assert_eq!(document.text, "summer");
}

#[test]
fn reading_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let source = dir.path().join("source");
    fs::create_dir(&source).unwrap();
    for path in common::files(&fixture("")) {
        fs::copy(&path, source.join(path.file_name().unwrap())).unwrap();
    }
    fs::write(source.join("photo.jpg"), jpeg(&quarters(600, 400))).unwrap();
    fs::write(source.join("broken.png"), b"\x89PNG\r\n\x1a\nbroken").unwrap();
    let before = state(&source);
    let mut worker = worker();
    for path in before.keys() {
        let _ = worker.extract(path, &Request { thumbnail: true, pixels: Some(224), ..Request::default() });
        let _ = worker.thumbnail(path, PREVIEW_SIDE);
        let _ = worker.picture(path, 224);
    }
    assert_eq!(state(&source), before);
}
