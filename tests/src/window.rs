//! The real window, driven from outside: a virtual display, the driver that comes with WebKitGTK, and the program itself.
//!
//! Nothing is mocked and nothing is skipped: where a program is missing, opening the window fails and says what to do.
//! Waiting is polling with a generous deadline, so a slow machine makes a test slower and not red.

use std::ffi::OsString;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail, ensure};
use base64::Engine;
use serde_json::{Value, json};

use crate::webdriver::{Refused, Session, element_argument, element_ids};

/// Between two looks at something that is waited for.
const POLL: Duration = Duration::from_millis(40);

/// For programs to come up: a cold start on a loaded machine takes many seconds.
const START: Duration = Duration::from_secs(60);

const REMEDY: &str = "`cargo xtask test` installs and builds what the window tests need";

/// The program to open and what it is given.
#[derive(Debug, Clone)]
pub struct WindowOptions {
    /// The program; it must show its page in WebKitGTK and allow automation.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Its environment, beside what every run gets.
    pub environment: Vec<(String, OsString)>,
    /// Width and height of the display, in pixels.
    pub display: (u32, u32),
}

impl WindowOptions {
    /// Cairn's window (`$CAIRN_APP`, or the program beside the running test) on the library in `data_dir`.
    pub fn cairn(data_dir: &Path) -> Result<Self> {
        let program = match std::env::var_os("CAIRN_APP") {
            Some(program) => program.into(),
            None => crate::programs()?.join("cairn-app"),
        };
        ensure!(program.is_file(), "{} is missing: {REMEDY}", program.display());
        let environment = vec![
            ("CAIRN_DATA_DIR".into(), data_dir.into()),
            ("CAIRN_MODELS_DIR".into(), crate::models()?.into()),
        ];
        Ok(Self { program, arguments: Vec::new(), environment, display: (1360, 860) })
    }
}

/// An open window. Dropping it ends the program, the driver and the display; dropped without having been closed, by a
/// test that failed, it leaves a picture and the program's words behind. It lives no longer than the thread it was opened on.
#[derive(Debug)]
pub struct Window {
    session: Session,
    display: String,
    closed: bool,
    // Dropped in this order: without its display no program of the session can outlive the window.
    _driver: Process,
    _display: Process,
    _folder: tempfile::TempDir,
    log: PathBuf,
}

/// An element of the page.
#[derive(Debug)]
pub struct Element<'w> {
    window: &'w Window,
    id: String,
}

/// A key that a person can press.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// A character.
    Char(char),
    /// Control.
    Control,
    /// Shift.
    Shift,
    /// Alt.
    Alt,
    /// Return.
    Enter,
    /// Escape.
    Escape,
    /// Tab.
    Tab,
    /// Backspace.
    Backspace,
    /// Cursor up.
    Up,
    /// Cursor down.
    Down,
    /// Cursor left.
    Left,
    /// Cursor right.
    Right,
}

impl Key {
    /// The code point that stands for the key, <https://www.w3.org/TR/webdriver2/#keyboard-actions>.
    fn code(self) -> char {
        match self {
            Key::Char(c) => c,
            Key::Control => '\u{e009}',
            Key::Shift => '\u{e008}',
            Key::Alt => '\u{e00a}',
            Key::Enter => '\u{e007}',
            Key::Escape => '\u{e00c}',
            Key::Tab => '\u{e004}',
            Key::Backspace => '\u{e003}',
            Key::Up => '\u{e013}',
            Key::Down => '\u{e015}',
            Key::Left => '\u{e012}',
            Key::Right => '\u{e014}',
        }
    }
}

impl Window {
    /// Starts a display, the driver and the program, and waits for its page.
    pub fn open(options: &WindowOptions) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let log = folder.path().join("program.log");
        let (display, number) = start_display(options.display)?;
        let (driver, port) = start_driver(options, &number, &log)?;
        let capabilities = json!({
            "webkitgtk:browserOptions": { "binary": options.program, "args": options.arguments }
        });
        let session = Session::open(port, &capabilities)
            .with_context(|| format!("{} did not open:\n{}", options.program.display(), read(&log)))?;
        let window = Self {
            session,
            display: number,
            closed: false,
            _driver: driver,
            _display: display,
            _folder: folder,
            log,
        };
        window.wait_until("the page is loaded", START, |w| {
            let state = w.execute("return document.readyState", &[])?;
            Ok((state == "complete").then_some(()))
        })?;
        Ok(window)
    }

    /// Closes the window as a person would; the program ends with its last window, and this waits for that.
    pub fn close(mut self) -> Result<()> {
        self.session.delete("/window")?;
        self.closed = true;
        Ok(())
    }

    /// The first element for a CSS selector, if there is one now.
    pub fn find(&self, css: &str) -> Result<Option<Element<'_>>> {
        Ok(self.find_all(css)?.into_iter().next())
    }

    /// All elements for a CSS selector, in the order of the page.
    pub fn find_all(&self, css: &str) -> Result<Vec<Element<'_>>> {
        let answer = self.session.post("/elements", &json!({ "using": "css selector", "value": css }))?;
        Ok(element_ids(&answer).into_iter().map(|id| Element { window: self, id }).collect())
    }

    /// Waits for an element that can be seen.
    pub fn wait_for(&self, css: &str, timeout: Duration) -> Result<Element<'_>> {
        self.wait_until(&format!("{css} can be seen"), timeout, |w| {
            let Some(element) = w.find(css)? else { return Ok(None) };
            Ok(element.is_displayed()?.then_some(element))
        })
    }

    /// Waits until no element for a CSS selector is left.
    pub fn wait_gone(&self, css: &str, timeout: Duration) -> Result<()> {
        self.wait_until(&format!("{css} is gone"), timeout, |w| Ok(w.find(css)?.is_none().then_some(())))
    }

    /// Waits until an element contains a text, and returns its whole text.
    pub fn wait_for_text(&self, css: &str, part: &str, timeout: Duration) -> Result<String> {
        self.wait_until(&format!("{css} says {part:?}"), timeout, |w| {
            let Some(element) = w.find(css)? else { return Ok(None) };
            let text = element.text()?;
            if text.contains(part) { Ok(Some(text)) } else { bail!("it says {text:?}") }
        })
    }

    /// Looks again and again until `look` has something. An error of `look` (an element that has just gone, say) counts
    /// as "not yet"; the last one is told when the time is up. Only a session that is over ends the wait early.
    pub fn wait_until<'w, T>(
        &'w self,
        what: &str,
        timeout: Duration,
        mut look: impl FnMut(&'w Self) -> Result<Option<T>>,
    ) -> Result<T> {
        let start = Instant::now();
        loop {
            let last = match look(self) {
                Ok(Some(found)) => return Ok(found),
                Ok(None) => anyhow!("nothing"),
                Err(error) if is_over(&error) => {
                    return Err(
                        error.context(format!("waiting until {what}; the program said:\n{}", self.log()))
                    );
                }
                Err(error) => error,
            };
            if start.elapsed() > timeout {
                bail!("waited {timeout:?} in vain until {what}; last: {last:#}");
            }
            std::thread::sleep(POLL);
        }
    }

    /// Runs a function body in the page with `arguments` and returns its value; a promise is waited for.
    pub fn execute(&self, script: &str, arguments: &[Value]) -> Result<Value> {
        self.session.post("/execute/sync", &json!({ "script": script, "args": arguments }))
    }

    /// Presses the keys one after the other, then lets go of all: `[Control, Char('k')]` is Ctrl+K.
    pub fn keys(&self, keys: &[Key]) -> Result<()> {
        let down = keys.iter().map(|key| json!({ "type": "keyDown", "value": key.code() }));
        let up = keys.iter().rev().map(|key| json!({ "type": "keyUp", "value": key.code() }));
        let actions: Vec<Value> = down.chain(up).collect();
        self.session.post(
            "/actions",
            &json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": actions }] }),
        )?;
        Ok(())
    }

    /// Drags a file or folder from another program to the middle of the window and lets go.
    pub fn drop_path(&self, path: &Path) -> Result<()> {
        let size = self.execute("return [innerWidth, innerHeight]", &[])?;
        let middle = |side: usize| size[side].as_u64().and_then(|pixels| u16::try_from(pixels / 2).ok());
        let at = middle(0).zip(middle(1)).context("a window without a size")?;
        crate::drop::drop_path(&self.display, path, at)
    }

    /// Saves what the window shows as PNG, once everything so far is painted; folders are made.
    pub fn screenshot(&self, path: &Path) -> Result<()> {
        let painted =
            "return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))";
        self.execute(painted, &[])?;
        let answer = self.session.get("/screenshot")?;
        let text = answer.as_str().context("a screenshot that is no text")?;
        let png = base64::engine::general_purpose::STANDARD.decode(text)?;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, png).with_context(|| path.display().to_string())
    }

    /// Sets width and height of the window.
    pub fn set_size(&self, width: u32, height: u32) -> Result<()> {
        self.session.post("/window/rect", &json!({ "width": width, "height": height }))?;
        Ok(())
    }

    /// Title of the page.
    pub fn title(&self) -> Result<String> {
        string(self.session.get("/title")?)
    }

    /// Address of the page.
    pub fn url(&self) -> Result<String> {
        string(self.session.get("/url")?)
    }

    /// Goes to an address.
    pub fn go(&self, url: &str) -> Result<()> {
        self.session.post("/url", &json!({ "url": url }))?;
        Ok(())
    }

    /// Whatever the program and the driver have written to their standard streams.
    pub fn log(&self) -> String {
        read(&self.log)
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        if !self.closed {
            self.leave_evidence();
            let _ = self.session.delete("");
        }
    }
}

impl Window {
    /// After a failed test: the last picture, and what the program said.
    fn leave_evidence(&self) {
        let saved = crate::screenshots().map_err(Into::into).and_then(|folder| {
            let path = folder.join(format!("failure-{}.png", std::process::id()));
            self.screenshot(&path).map(|()| path)
        });
        match saved {
            Ok(path) => eprintln!("the window at the time of failure: {}", path.display()),
            Err(error) => eprintln!("no picture of the window: {error:#}"),
        }
        eprintln!("the program said:\n{}", self.log());
    }
}

impl Element<'_> {
    /// The text as a person sees it. (The driver's own notion leaves out lines that end in an ellipsis.)
    pub fn text(&self) -> Result<String> {
        string(self.property("innerText")?)
    }

    /// An attribute, if the element has it.
    pub fn attribute(&self, name: &str) -> Result<Option<String>> {
        Ok(self.get(&format!("/attribute/{name}"))?.as_str().map(str::to_owned))
    }

    /// A property of the DOM object, such as `value` or `checked`.
    pub fn property(&self, name: &str) -> Result<Value> {
        self.get(&format!("/property/{name}"))
    }

    /// The role that assistive technology is told.
    pub fn role(&self) -> Result<String> {
        string(self.get("/computedrole")?)
    }

    /// The name that assistive technology is told.
    pub fn label(&self) -> Result<String> {
        string(self.get("/computedlabel")?)
    }

    /// Whether a person can see it, after scrolling.
    pub fn is_displayed(&self) -> Result<bool> {
        Ok(self.get("/displayed")? == true)
    }

    /// Whether it can be used.
    pub fn is_enabled(&self) -> Result<bool> {
        Ok(self.get("/enabled")? == true)
    }

    /// Scrolls to it and clicks its middle.
    pub fn click(&self) -> Result<()> {
        self.post("/click", &json!({}))
    }

    /// Empties a field.
    pub fn clear(&self) -> Result<()> {
        self.post("/clear", &json!({}))
    }

    /// Focuses it and types.
    pub fn type_text(&self, text: &str) -> Result<()> {
        self.post("/value", &json!({ "text": text }))
    }

    /// Runs a function body whose first argument is this element.
    pub fn execute(&self, script: &str) -> Result<Value> {
        self.window.execute(script, &[element_argument(&self.id)])
    }

    fn get(&self, path: &str) -> Result<Value> {
        self.window.session.get(&format!("/element/{}{path}", self.id))
    }

    fn post(&self, path: &str, body: &Value) -> Result<()> {
        self.window.session.post(&format!("/element/{}{path}", self.id), body)?;
        Ok(())
    }
}

/// A child that does not outlive its owner.
#[derive(Debug)]
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A program that the kernel ends with the thread that started it: a test that is killed drops nothing.
fn bound_to_this_thread(program: &str) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--", program]);
    command
}

/// A virtual display with a number that nobody else has.
fn start_display((width, height): (u32, u32)) -> Result<(Process, String)> {
    let mut child = bound_to_this_thread("Xvfb")
        .args(["-displayfd", "1", "-nolisten", "tcp", "-screen", "0", &format!("{width}x{height}x24")])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .context("setpriv (part of util-linux) did not start")?;
    let output = child.stdout.take();
    let process = Process(child);
    let mut number = String::new();
    BufReader::new(output.context("Xvfb without output")?).read_line(&mut number)?;
    ensure!(!number.trim().is_empty(), "Xvfb (a display without a screen) gave no display: {REMEDY}");
    Ok((process, format!(":{}", number.trim())))
}

/// The driver, listening on a free port. Everything that the program needs to know is in the driver's environment.
fn start_driver(options: &WindowOptions, display: &str, log: &Path) -> Result<(Process, u16)> {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
    let output = File::create(log)?;
    let child = bound_to_this_thread("WebKitWebDriver")
        .arg(format!("--port={port}"))
        .env("DISPLAY", display)
        .env_remove("WAYLAND_DISPLAY")
        .env("GDK_BACKEND", "x11")
        .env("TAURI_AUTOMATION", "true")
        .env("TAURI_WEBVIEW_AUTOMATION", "true")
        .env("NO_AT_BRIDGE", "1")
        .env("LIBGL_ALWAYS_SOFTWARE", "1")
        .envs(options.environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output)
        .spawn()
        .context("setpriv (part of util-linux) did not start")?;
    let mut driver = Process(child);
    let start = Instant::now();
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        if let Some(status) = driver.0.try_wait()? {
            bail!(
                "WebKitWebDriver (drives the window) ended at once ({status}): {REMEDY}. It said: {}",
                read(log)
            );
        }
        ensure!(start.elapsed() < START, "WebKitWebDriver did not listen within {START:?}: {}", read(log));
        std::thread::sleep(POLL);
    }
    Ok((driver, port))
}

/// Whether an error says that the program or the driver has ended.
fn is_over(error: &anyhow::Error) -> bool {
    match error.downcast_ref::<Refused>() {
        Some(refused) => matches!(refused.code.as_str(), "invalid session id" | "no such window"),
        None => error.downcast_ref().is_some_and(|error| !matches!(error, ureq::Error::Timeout(_))),
    }
}

fn read(log: &Path) -> String {
    std::fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

fn string(value: Value) -> Result<String> {
    match value {
        Value::String(text) => Ok(text),
        other => bail!("text expected, got {other}"),
    }
}
