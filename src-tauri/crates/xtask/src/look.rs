//! `cargo xtask run`: from a bare machine to Cairn's window, or, without a display, to a picture of it.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::RunArguments;
use crate::build::{self, Programs};
use crate::machine::{self, Wanted};
use crate::picture::VirtualDisplay;
use crate::shell::{self, Process};

/// For the window to be drawn: a cold start without a graphics card takes seconds.
const PAINT: Duration = Duration::from_secs(90);

/// Sets the machine up, builds, and shows Cairn.
pub fn run(arguments: &RunArguments) -> Result<()> {
    let on_screen = machine::has_display() && !arguments.no_window;
    let virtual_display = !on_screen && !arguments.no_window;
    machine::prepare(Wanted { virtual_display, window_driver: false, tesseract: false }, arguments.yes)?;
    build::pages()?;
    shell::run(&mut shell::cargo(&build::programs_arguments(arguments.release)))?;
    let programs = build::built(arguments.release)?;

    if on_screen {
        build::text_model(&programs, None);
        println!("\nCairn's window opens. The command line is {}", programs.cairn.display());
        return shell::run(&mut Command::new(&programs.window));
    }
    let models = shell::target()?.join("models");
    build::text_model(&programs, Some(&models));
    let folder = shell::target()?.join("look");
    let library = folder.join("library");
    if library.exists() {
        std::fs::remove_dir_all(&library).with_context(|| library.display().to_string())?;
    }
    std::fs::create_dir_all(&library)?;
    command_line(&programs, &library, &models)?;
    if virtual_display {
        println!("\n== The window, on a display in memory");
        let picture = folder.join("window.png");
        photograph(&programs, &library, &models, &picture)?;
        println!("A picture of the window: {}", picture.display());
    }
    Ok(())
}

/// The journey of a person, by the command line: add the sample, look at it, find by meaning, ask.
fn command_line(programs: &Programs, library: &Path, models: &Path) -> Result<()> {
    println!("\n== Cairn by its command line, on a temporary library with the sample documents and photos");
    // The words of the first search do not stand in the letter that it finds.
    let journey: [&[&str]; 5] = [
        &["index", "assets/sample"],
        &["status"],
        &["search", "contractor's estimate for shingles"],
        &["search", "sailing boat"],
        &["ask", "How much did the repair of the roof cost in all?"],
    ];
    for step in journey {
        let mut cairn = Command::new(&programs.cairn);
        cairn.arg("--library").arg(library).args(step);
        cairn.env("CAIRN_MODELS_DIR", models).current_dir(shell::repository());
        println!();
        // 1: nothing found, which is an answer; anything above is an error.
        let status = shell::status(&mut cairn)?;
        if status.code().is_none_or(|code| code > 1) {
            bail!("`{}` failed ({status})", shell::shown(&cairn));
        }
    }
    Ok(())
}

/// Opens the window on a display in memory, waits until it is drawn, and saves a picture.
fn photograph(programs: &Programs, library: &Path, models: &Path, picture: &Path) -> Result<()> {
    let folder = picture.parent().context("a picture in no folder")?;
    let display = VirtualDisplay::start(folder, 1360, 860)?;
    let window = Command::new(&programs.window)
        .env("CAIRN_DATA_DIR", library)
        .env("CAIRN_MODELS_DIR", models)
        .env("DISPLAY", &display.name)
        .env("GDK_BACKEND", "x11")
        // No accessibility bus, no graphics card: without these hints WebKitGTK may wait, or stay blank.
        .env("NO_AT_BRIDGE", "1")
        .env("LIBGL_ALWAYS_SOFTWARE", "1")
        .stdin(Stdio::null())
        .spawn()
        .with_context(|| programs.window.display().to_string())?;
    let mut window = Process(window);

    let start = Instant::now();
    let mut before = None;
    loop {
        std::thread::sleep(Duration::from_millis(500));
        if let Some(status) = window.0.try_wait()? {
            bail!("the window closed by itself ({status})");
        }
        let now = display.picture()?;
        if now.shows_something() && before.as_ref() == Some(&now) {
            return std::fs::write(picture, now.png()).with_context(|| picture.display().to_string());
        }
        if start.elapsed() > PAINT {
            bail!("the window was not drawn within {PAINT:?}");
        }
        before = Some(now);
    }
}
