//! Text in pictures, by the system's own Tesseract where it is installed. It is given pixels that the worker decoded,
//! never a file of the person's.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use cairn_core::{Problem, ProblemCode};
use image::RgbImage;

/// To be asked of [`crate::Worker::picture`]: a short side of twice as many pixels. Letters of a page photographed whole are then
/// 15 to 30 pixels high, which Tesseract reads best.
pub const OCR_SIDE: u32 = 900;
/// To be asked of [`crate::Worker::page`]: some 200 dots an inch of a letter.
pub const OCR_PAGE_SIDE: u32 = 2_400;
/// What one picture may take.
const TIME: Duration = Duration::from_secs(60);
/// Words that Tesseract is less sure of (0 to 100) are mostly grass and shadows.
const SURE: f32 = 60.0;
/// A picture with fewer words of at least [`WORD`] letters has no text worth keeping.
const WORDS: usize = 3;
const WORD: usize = 3;

/// The path; Homebrew's folders, which a program started from the Finder does not have on it; the Windows installer's.
const PLACES: [&str; 4] = [
    "tesseract",
    "/opt/homebrew/bin/tesseract",
    "/usr/local/bin/tesseract",
    r"C:\Program Files\Tesseract-OCR\tesseract.exe",
];

/// A Tesseract that was found on this computer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tesseract {
    program: PathBuf,
    /// As it calls itself: "5.3.0".
    pub version: String,
    /// Languages it has data for, by Tesseract's names: "eng", "deu", "chi_sim".
    pub languages: Vec<String>,
}

impl Tesseract {
    /// Looks for `tesseract` on the path and where installers put it that do not mind the path. `None`: it is not installed,
    /// does not start, or has no language.
    pub fn find() -> Option<Tesseract> {
        PLACES.iter().find_map(|place| Tesseract::at(place.into()))
    }

    fn at(program: PathBuf) -> Option<Tesseract> {
        let version = printed(&program, "--version")?;
        let version = version.lines().next()?.trim_start_matches("tesseract").trim().to_owned();
        // The first line is a heading. "osd" finds out how a page lies and reads nothing.
        let languages: Vec<String> = printed(&program, "--list-langs")?
            .lines()
            .skip(1)
            .map(|line| line.trim().to_owned())
            .filter(|name| !name.is_empty() && name != "osd")
            .collect();
        (!languages.is_empty()).then_some(Tesseract { program, version, languages })
    }

    /// The text in a picture, a line for each of its lines and an empty one between blocks; `None`: no text worth keeping.
    /// `languages` are some of [`Tesseract::languages`].
    pub fn read(&self, picture: &RgbImage, languages: &[String]) -> Result<Option<String>, Problem> {
        let failed = |what: &str| Problem::new(ProblemCode::Io, format!("Tesseract {what}"));
        if languages.is_empty() || !languages.iter().all(|language| self.languages.contains(language)) {
            return Err(failed(&format!("has no data for {}", languages.join(", "))));
        }
        let mut command = Command::new(&self.program);
        // One page on one core: several are read at the same time.
        command.args(["stdin", "stdout", "-l", &languages.join("+"), "tsv"]).env("OMP_THREAD_LIMIT", "1");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|error| failed(&format!("did not start: {error}")))?;
        humble(&child);
        let answer = converse(&mut child, picture);
        let _ = child.kill();
        let ended = child.wait();
        let table = answer.map_err(|reason| failed(&reason))?;
        match ended {
            // It was killed only if it had not ended by itself, which it does when it closes its output.
            Ok(status) if status.code().is_some_and(|code| code != 0) => {
                Err(failed(&format!("ended with {status}")))
            }
            _ => Ok(text_of(&table)),
        }
    }
}

fn printed(program: &PathBuf, argument: &str) -> Option<String> {
    let output = Command::new(program).arg(argument).stdin(Stdio::null()).output().ok()?;
    let text = if output.stdout.is_empty() { output.stderr } else { output.stdout };
    output.status.success().then(|| String::from_utf8_lossy(&text).into_owned())
}

/// A lower priority, as for reading files.
fn humble(child: &Child) {
    #[cfg(unix)]
    if let Some(id) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::setpriority_process(Some(id), 10);
    }
    let _ = child;
}

/// Hands the picture over and takes the table, within the time.
fn converse(child: &mut Child, picture: &RgbImage) -> Result<String, String> {
    let (Some(mut stdin), Some(mut stdout)) = (child.stdin.take(), child.stdout.take()) else {
        return Err("has no pipes".to_owned());
    };
    let mut header = format!("P6\n{} {}\n255\n", picture.width(), picture.height()).into_bytes();
    header.extend_from_slice(picture.as_raw());
    let (send, table) = channel();
    std::thread::spawn(move || {
        let mut text = String::new();
        let _ = send.send(stdout.read_to_string(&mut text).map(|_| text));
    });
    // It reads all of its input before it prints.
    std::thread::spawn(move || stdin.write_all(&header));
    match table.recv_timeout(TIME) {
        Ok(Ok(text)) => Ok(text),
        Ok(Err(error)) => Err(format!("printed no text: {error}")),
        Err(RecvTimeoutError::Timeout) => Err(format!("took more than {} s", TIME.as_secs())),
        Err(RecvTimeoutError::Disconnected) => Err("stopped".to_owned()),
    }
}

/// The sure words of Tesseract's table: level, page, block, paragraph, line, word, left, top, width, height, confidence, text.
fn text_of(table: &str) -> Option<String> {
    let mut text = String::new();
    let mut last: Option<[&str; 3]> = None;
    let mut words = 0;
    for row in table.lines() {
        let cells: Vec<&str> = row.splitn(12, '\t').collect();
        let &[_, _, block, paragraph, line, _, _, _, _, _, confidence, word] = &cells[..] else { continue };
        let sure = confidence.parse::<f32>().is_ok_and(|confidence| confidence >= SURE);
        let word = word.trim();
        if !sure || word.is_empty() {
            continue;
        }
        let place = [block, paragraph, line];
        match last {
            None => {}
            Some(before) if before == place => text.push(' '),
            Some(before) if before[..2] == place[..2] => text.push('\n'),
            Some(_) => text.push_str("\n\n"),
        }
        last = Some(place);
        text.push_str(word);
        words += usize::from(tells(word));
    }
    (words >= WORDS).then_some(text)
}

/// Whether a word has enough letters to be one. A sign of Chinese, Japanese or Korean is a word or half of one.
fn tells(word: &str) -> bool {
    let letters = word.chars().filter(|c| c.is_alphanumeric());
    letters.map(|c| if c >= '\u{2e80}' { 2 } else { 1 }).sum::<usize>() >= WORD
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sure_words_become_lines() {
        let row = |place: &str, confidence: &str, word: &str| {
            format!("5\t1\t{place}\t1\t0\t0\t9\t9\t{confidence}\t{word}\n")
        };
        let mut table =
            "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n"
                .to_owned();
        table += &row("1\t1\t1", "96.1", "Invoice");
        table += &row("1\t1\t1", "91", "4711");
        table += &row("1\t1\t1", "12", "~}");
        table += &row("1\t1\t2", "88", "roof repair");
        table += &row("2\t1\t1", "93", "Total");
        assert_eq!(text_of(&table).as_deref(), Some("Invoice 4711\nroof repair\n\nTotal"));
    }

    #[test]
    fn grass_is_no_text() {
        let table = "5\t1\t1\t1\t1\t1\t0\t0\t9\t9\t95\tiii\n5\t1\t1\t1\t1\t2\t0\t0\t9\t9\t95\tw\n5\t1\t1\t1\t1\t3\t0\t0\t9\t9\t30\tmeadow\n";
        assert_eq!(text_of(table), None);
        assert_eq!(text_of("rubbish\n\t\t\n"), None);
    }

    #[test]
    fn a_program_that_is_not_there_is_not_found() {
        assert_eq!(Tesseract::at("no-such-program-of-cairn".into()), None);
    }
}
