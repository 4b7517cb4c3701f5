//! Extraction in a child process: our own binary, started with a hidden first argument.
//!
//! A message is a frame: magic, length of the JSON, length of the raw bytes behind it, both. Requests go to the
//! child's standard input and answers come from its standard output, one for one. The child has a memory limit
//! (Linux), a lower priority, and no right to change a file, to use the network or to start a program (`confine`); the parent gives each request a time limit. A child that crashes or is too slow
//! is killed, its file gets the reason, and the next request starts a new one.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitCode, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use cairn_core::{Problem, ProblemCode};
use image::RgbImage;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::confine::confine;
use crate::extract::{Extracted, Request, extract};
use crate::{pdf_pages, pictures};

/// The hidden first argument: a `main` that sees it calls [`worker_main`] and nothing else.
pub const WORKER_ARG: &str = "__extract-worker";

/// What one file may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Time for one request.
    pub time: Duration,
    /// Address space of the child, in bytes (Linux only; 0: no limit).
    pub memory: u64,
}

impl Default for Limits {
    /// 30 seconds, 3 GiB.
    fn default() -> Self {
        Limits { time: Duration::from_secs(30), memory: 3 << 30 }
    }
}

/// A child process that reads files. Dropping it ends the child, also in the middle of a file.
#[derive(Debug)]
pub struct Worker {
    program: PathBuf,
    limits: Limits,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    child: Child,
    requests: ChildStdin,
    answers: Receiver<Frame>,
}

#[derive(Debug, Serialize, Deserialize)]
enum Ask {
    Extract {
        #[serde(with = "crate::os_bytes")]
        path: PathBuf,
        request: Request,
    },
    Thumbnail {
        #[serde(with = "crate::os_bytes")]
        path: PathBuf,
        side: u32,
    },
    Picture {
        #[serde(with = "crate::os_bytes")]
        path: PathBuf,
        side: u32,
    },
    Page {
        #[serde(with = "crate::os_bytes")]
        path: PathBuf,
        page: usize,
        side: u32,
    },
    PageJpeg {
        #[serde(with = "crate::os_bytes")]
        path: PathBuf,
        page: usize,
        side: u32,
    },
}

#[derive(Debug, Serialize, Deserialize)]
enum Answer {
    Extracted {
        extracted: Extracted,
        /// Bytes of the thumbnail, which lies behind the JSON where it was asked for.
        thumbnail: Option<usize>,
        /// Width and height of the picture whose pixels lie behind it, where they were asked for.
        pixels: Option<(u32, u32)>,
    },
    /// The raw bytes behind the JSON are the JPEG.
    Thumbnail,
    /// The raw bytes behind the JSON are its pixels: rows of R, G, B.
    Picture {
        width: u32,
        height: u32,
    },
    /// As a picture; and how many pages there are.
    Page {
        width: u32,
        height: u32,
        pages: usize,
    },
    Problem(Problem),
}

impl Worker {
    /// Starts the child: `program` run with [`WORKER_ARG`].
    pub fn start(program: &Path, limits: Limits) -> io::Result<Worker> {
        let running = Some(Running::start(program, limits)?);
        Ok(Worker { program: program.to_path_buf(), limits, running })
    }

    /// [`crate::extract`] in the child. Too slow is [`ProblemCode::TimedOut`], a dead child
    /// [`ProblemCode::Crashed`]; the worker can be used on after both.
    pub fn extract(&mut self, path: &Path, request: &Request) -> Result<Extracted, Problem> {
        let ask = Ask::Extract { path: path.to_path_buf(), request: *request };
        match self.ask(&ask)? {
            (Answer::Extracted { mut extracted, thumbnail, pixels }, mut raw) => {
                if let Extracted::Photo(photo) = &mut extracted {
                    let behind = raw.split_off(thumbnail.unwrap_or(0).min(raw.len()));
                    photo.thumbnail = thumbnail.map(|_| raw);
                    photo.pixels =
                        pixels.and_then(|(width, height)| RgbImage::from_raw(width, height, behind));
                }
                Ok(extracted)
            }
            _ => Err(self.misunderstood()),
        }
    }

    /// A JPEG of the picture, upright, `side` pixels on its longer side (never enlarged).
    pub fn thumbnail(&mut self, path: &Path, side: u32) -> Result<Vec<u8>, Problem> {
        match self.ask(&Ask::Thumbnail { path: path.to_path_buf(), side })? {
            (Answer::Thumbnail, jpeg) => Ok(jpeg),
            _ => Err(self.misunderstood()),
        }
    }

    /// The upright picture for a model whose input is `side` pixels square: full size, or shrunk to a short side
    /// of `2 * side` where it is larger (the model's own pre-processing does the rest).
    pub fn picture(&mut self, path: &Path, side: u32) -> Result<RgbImage, Problem> {
        let ask = Ask::Picture { path: path.to_path_buf(), side };
        if let (Answer::Picture { width, height }, pixels) = self.ask(&ask)?
            && let Some(picture) = RgbImage::from_raw(width, height, pixels)
        {
            return Ok(picture);
        }
        Err(self.misunderstood())
    }

    /// A page of a PDF (the first is 0), `side` pixels on its longer side, and how many pages there are.
    pub fn page(&mut self, path: &Path, page: usize, side: u32) -> Result<(RgbImage, usize), Problem> {
        let ask = Ask::Page { path: path.to_path_buf(), page, side };
        if let (Answer::Page { width, height, pages }, pixels) = self.ask(&ask)?
            && let Some(picture) = RgbImage::from_raw(width, height, pixels)
        {
            return Ok((picture, pages));
        }
        Err(self.misunderstood())
    }

    /// A JPEG of a page of a PDF, as [`Worker::page`] draws it.
    pub fn page_jpeg(&mut self, path: &Path, page: usize, side: u32) -> Result<Vec<u8>, Problem> {
        match self.ask(&Ask::PageJpeg { path: path.to_path_buf(), page, side })? {
            (Answer::Thumbnail, jpeg) => Ok(jpeg),
            _ => Err(self.misunderstood()),
        }
    }

    /// Sends one request and waits for its answer, for as long as the limit allows.
    fn ask(&mut self, ask: &Ask) -> Result<(Answer, Vec<u8>), Problem> {
        let mut running = match self.running.take() {
            Some(running) => running,
            None => Running::start(&self.program, self.limits).map_err(|error| {
                Problem::new(ProblemCode::Io, format!("the reader did not start: {error}"))
            })?,
        };
        if write_frame(&mut running.requests, ask, &[]).is_err() {
            return Err(running.crashed());
        }
        match running.answers.recv_timeout(self.limits.time) {
            Ok(frame) => match frame.parse() {
                Ok(Answer::Problem(problem)) => {
                    self.running = Some(running);
                    Err(problem)
                }
                Ok(answer) => {
                    self.running = Some(running);
                    Ok((answer, frame.raw))
                }
                Err(_) => Err(running.crashed()),
            },
            // Dropping `running` kills the child.
            Err(RecvTimeoutError::Timeout) => {
                let detail = format!("stopped after {} s", self.limits.time.as_secs_f32());
                Err(Problem::new(ProblemCode::TimedOut, detail))
            }
            Err(RecvTimeoutError::Disconnected) => Err(running.crashed()),
        }
    }

    fn misunderstood(&mut self) -> Problem {
        self.running = None;
        Problem::new(ProblemCode::Crashed, "the reader answered something else")
    }
}

impl Running {
    fn start(program: &Path, limits: Limits) -> io::Result<Running> {
        let mut command = Command::new(program);
        command.arg(WORKER_ARG).arg(limits.memory.to_string());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        #[cfg(windows)]
        {
            use std::os::windows::process::CommandExt;
            const BELOW_NORMAL_PRIORITY_CLASS: u32 = 0x4000;
            const CREATE_NO_WINDOW: u32 = 0x0800_0000;
            command.creation_flags(BELOW_NORMAL_PRIORITY_CLASS | CREATE_NO_WINDOW);
        }
        let mut child = command.spawn()?;
        let (Some(requests), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("the reader has no pipes"));
        };
        let (send, answers) = sync_channel(1);
        // Pipes know no time limit, channels do. The thread ends with the child, or with the receiver.
        std::thread::Builder::new().name("extract-answers".to_owned()).spawn(move || {
            let mut stdout = io::BufReader::new(stdout);
            while let Ok(frame) = Frame::read(&mut stdout) {
                if send.send(frame).is_err() {
                    break;
                }
            }
        })?;
        Ok(Running { child, requests, answers })
    }

    fn crashed(&mut self) -> Problem {
        let _ = self.child.kill();
        let how = self.child.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
        Problem::new(ProblemCode::Crashed, format!("the reader ended with {how}"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The child's whole life: reads requests until its standard input ends, which is when the parent ends, however
/// that happens.
pub fn worker_main() -> ExitCode {
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn serve() -> io::Result<()> {
    let memory = std::env::args().nth(2).and_then(|bytes| bytes.parse().ok()).unwrap_or(0);
    humble_process(memory);
    let mut answers = private_stdout()?;
    // Before the first thread, so that it holds for all. A system that refuses the filter is no reason to read nothing.
    let _ = confine();
    let (send, requests) = sync_channel::<Frame>(1);
    // The reading thread does nothing else, so that the end of the parent ends this process at once, also in the
    // middle of a file. Deeply nested files get a deep stack.
    std::thread::Builder::new().name("requests".to_owned()).spawn(move || {
        let mut stdin = io::stdin().lock();
        while let Ok(frame) = Frame::read(&mut stdin) {
            if send.send(frame).is_err() {
                break;
            }
        }
        std::process::exit(0);
    })?;
    let reader = std::thread::Builder::new().name("reader".to_owned()).stack_size(64 << 20);
    let reader = reader.spawn(move || -> io::Result<()> {
        for frame in requests {
            let (answer, raw) = answer(&frame.parse()?);
            write_frame(&mut answers, &answer, &raw)?;
        }
        Ok(())
    })?;
    reader.join().unwrap_or_else(|_| Err(io::Error::other("the reader panicked")))
}

fn answer(ask: &Ask) -> (Answer, Vec<u8>) {
    let work = || match ask {
        Ask::Extract { path, request } => {
            let mut extracted = extract(path, request)?;
            let (thumbnail, pixels) = match &mut extracted {
                Extracted::Photo(photo) => (photo.thumbnail.take(), photo.pixels.take()),
                Extracted::Document(_) => (None, None),
            };
            let answer = Answer::Extracted {
                extracted,
                thumbnail: thumbnail.as_ref().map(Vec::len),
                pixels: pixels.as_ref().map(RgbImage::dimensions),
            };
            let mut raw = thumbnail.unwrap_or_default();
            raw.extend(pixels.map(RgbImage::into_raw).unwrap_or_default());
            Ok((answer, raw))
        }
        Ask::Thumbnail { path, side } => Ok((Answer::Thumbnail, pictures::thumbnail(path, *side)?)),
        Ask::Picture { path, side } => {
            let picture = pictures::model_picture(path, *side)?;
            Ok((Answer::Picture { width: picture.width(), height: picture.height() }, picture.into_raw()))
        }
        Ask::Page { path, page, side } => {
            let (picture, pages) = pdf_pages::page(path, *page, *side)?;
            let (width, height) = picture.dimensions();
            Ok((Answer::Page { width, height, pages }, picture.into_raw()))
        }
        Ask::PageJpeg { path, page, side } => {
            let (picture, _) = pdf_pages::page(path, *page, *side)?;
            Ok((Answer::Thumbnail, pictures::small_jpeg(&picture, *side)?))
        }
    };
    // Every file starts from nothing, so a panic leaves nothing behind and costs no new process.
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
    let result = result.unwrap_or_else(|panic| {
        let message = panic.downcast_ref::<String>().map(String::as_str);
        let message = message.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or_default();
        Err(Problem::new(ProblemCode::Unsupported, format!("its reader gave up: {message}")))
    });
    result.unwrap_or_else(|problem: Problem| (Answer::Problem(problem), Vec::new()))
}

/// Lower priority, and on Linux a limit of address space: reading a file never competes with what the person does.
fn humble_process(memory: u64) {
    #[cfg(unix)]
    let _ = rustix::process::nice(10);
    #[cfg(target_os = "linux")]
    if memory > 0 {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let _ = setrlimit(Resource::As, Rlimit { current: Some(memory), maximum: Some(memory) });
    }
    let _ = memory;
}

/// The pipe to the parent. What a library prints goes nowhere from now on, or it would corrupt the answers.
#[cfg(unix)]
fn private_stdout() -> io::Result<impl Write + Send + 'static> {
    use std::os::fd::AsFd;
    let pipe = io::stdout().as_fd().try_clone_to_owned()?;
    let nowhere = std::fs::OpenOptions::new().write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdout(nowhere)?;
    Ok(std::fs::File::from(pipe))
}

#[cfg(not(unix))]
fn private_stdout() -> io::Result<impl Write + Send + 'static> {
    Ok(io::stdout())
}

const MAGIC: [u8; 4] = *b"cRn1";
const HEADER: usize = 12;
/// Above the longest honest message: 20 MB of escaped text, or the pixels of a very long panorama.
const MAX_PART: u32 = 1 << 30;

#[derive(Debug)]
struct Frame {
    json: Vec<u8>,
    raw: Vec<u8>,
}

impl Frame {
    fn read(from: &mut impl Read) -> io::Result<Frame> {
        let mut header = [0; HEADER];
        from.read_exact(&mut header)?;
        let number =
            |at: usize| header[at..].first_chunk::<4>().map_or(u32::MAX, |bytes| u32::from_le_bytes(*bytes));
        let (json, raw) = (number(4), number(8));
        if header[..4] != MAGIC || json > MAX_PART || raw > MAX_PART {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "not a message of the reader"));
        }
        Ok(Frame { json: read_exactly(from, json)?, raw: read_exactly(from, raw)? })
    }

    fn parse<T: DeserializeOwned>(&self) -> io::Result<T> {
        serde_json::from_slice(&self.json).map_err(io::Error::from)
    }
}

/// Memory grows with what really arrives, whatever length was announced.
fn read_exactly(from: &mut impl Read, length: u32) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(u64::from(length)).read_to_end(&mut bytes)?;
    if bytes.len() == length as usize { Ok(bytes) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

fn write_frame(to: &mut impl Write, message: &impl Serialize, raw: &[u8]) -> io::Result<()> {
    let json = serde_json::to_vec(message)?;
    let length = |part: &[u8]| {
        u32::try_from(part.len()).ok().filter(|length| *length <= MAX_PART).ok_or(io::ErrorKind::InvalidInput)
    };
    let mut bytes = Vec::with_capacity(HEADER + json.len());
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&length(&json)?.to_le_bytes());
    bytes.extend_from_slice(&length(raw)?.to_le_bytes());
    bytes.extend_from_slice(&json);
    to.write_all(&bytes)?;
    to.write_all(raw)?;
    to.flush()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn frames_round_trip_and_anything_else_is_refused() {
        let mut bytes = Vec::new();
        write_frame(&mut bytes, &"hello", &[1, 2, 3]).unwrap();
        let frame = Frame::read(&mut &bytes[..]).unwrap();
        assert_eq!((frame.parse::<String>().unwrap(), frame.raw), ("hello".to_owned(), vec![1, 2, 3]));
        assert!(Frame::read(&mut &bytes[..bytes.len() - 1]).is_err());
        assert!(Frame::read(&mut &b"printed by a library"[..]).is_err());
        bytes[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(Frame::read(&mut &bytes[..]).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn paths_that_are_not_unicode_survive() {
        use std::os::unix::ffi::OsStringExt;
        let path = PathBuf::from(std::ffi::OsString::from_vec(b"/tmp/caf\xE9".to_vec()));
        let ask = Ask::Picture { path: path.clone(), side: 224 };
        let json = serde_json::to_vec(&ask).unwrap();
        let Ask::Picture { path: back, .. } = serde_json::from_slice(&json).unwrap() else { panic!() };
        assert_eq!(back, path);
    }
}
