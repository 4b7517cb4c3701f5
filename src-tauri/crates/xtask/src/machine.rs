//! What this machine must have, and getting what it lacks.
//!
//! Looked for is the thing itself (a program, a library that `pkg-config` knows), not a package, so a machine that
//! has it from elsewhere is left alone.

use std::io::{IsTerminal, Write};
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::shell;

/// What the machine is wanted for.
#[derive(Clone, Copy)]
pub struct Wanted {
    /// Show the window although there is no display.
    pub virtual_display: bool,
    /// Drive the window from outside.
    pub window_driver: bool,
    /// Tesseract, which reads text in pictures.
    pub tesseract: bool,
}

enum Thing {
    Program(&'static str),
    Library(&'static str),
    /// Data of Tesseract for a language.
    Language(&'static str),
}

/// One thing that Linux must have.
struct Need {
    thing: Thing,
    reason: &'static str,
    apt: &'static str,
    dnf: &'static str,
    pacman: &'static str,
    zypper: &'static str,
}

const BUILD: &[Need] = &[
    Need {
        thing: Thing::Program("c++"),
        reason: "C++ compiler, for the vector index",
        apt: "g++",
        dnf: "gcc-c++",
        pacman: "gcc",
        zypper: "gcc-c++",
    },
    Need {
        thing: Thing::Program("pkg-config"),
        reason: "finds the libraries below",
        apt: "pkg-config",
        dnf: "pkgconf-pkg-config",
        pacman: "pkgconf",
        zypper: "pkg-config",
    },
    Need {
        thing: Thing::Library("webkit2gtk-4.1"),
        reason: "web view that draws the window (with GTK)",
        apt: "libwebkit2gtk-4.1-dev",
        dnf: "webkit2gtk4.1-devel",
        pacman: "webkit2gtk-4.1",
        zypper: "webkit2gtk3-devel",
    },
    Need {
        thing: Thing::Library("dbus-1"),
        reason: "desktop settings such as light and dark",
        apt: "libdbus-1-dev",
        dnf: "dbus-devel",
        pacman: "dbus",
        zypper: "dbus-1-devel",
    },
];

const VIRTUAL_DISPLAY: Need = Need {
    thing: Thing::Program("Xvfb"),
    reason: "display in memory, where there is no screen",
    apt: "xvfb",
    dnf: "xorg-x11-server-Xvfb",
    pacman: "xorg-server-xvfb",
    zypper: "xorg-x11-server-Xvfb",
};

const WINDOW_DRIVER: Need = Need {
    thing: Thing::Program("WebKitWebDriver"),
    reason: "drives the window in the tests",
    apt: "webkit2gtk-driver",
    dnf: "/usr/bin/WebKitWebDriver",
    pacman: "webkit2gtk-4.1",
    zypper: "/usr/bin/WebKitWebDriver",
};

const TESSERACT: [Need; 2] = [
    Need {
        thing: Thing::Language("eng"),
        reason: "reads text in pictures, in the tests",
        apt: "tesseract-ocr",
        dnf: "tesseract",
        pacman: "tesseract-data-eng",
        zypper: "tesseract-ocr",
    },
    Need {
        thing: Thing::Language("deu"),
        reason: "German text in pictures",
        apt: "tesseract-ocr-deu",
        dnf: "tesseract-langpack-deu",
        pacman: "tesseract-data-deu",
        zypper: "tesseract-ocr-traineddata-german",
    },
];

/// A program that installs packages.
struct Packager {
    program: &'static str,
    install: &'static str,
    package: fn(&Need) -> &'static str,
}

/// Only the first is called; for the others the command is shown.
const PACKAGERS: [Packager; 4] = [
    Packager { program: "apt-get", install: "apt-get install", package: |need| need.apt },
    Packager { program: "dnf", install: "dnf install", package: |need| need.dnf },
    Packager { program: "pacman", install: "pacman -S --needed", package: |need| need.pacman },
    Packager { program: "zypper", install: "zypper install", package: |need| need.zypper },
];

impl Need {
    fn is_met(&self) -> bool {
        match self.thing {
            Thing::Program(name) => shell::has_program(name),
            Thing::Library(name) => shell::output("pkg-config", &["--exists", name]).is_some(),
            Thing::Language(name) => shell::output("tesseract", &["--list-langs"])
                .is_some_and(|list| list.lines().any(|line| line == name)),
        }
    }
}

/// Checks Node and the system; installs what is missing where that is possible, and says what to install elsewhere.
pub fn prepare(wanted: Wanted, yes: bool) -> Result<()> {
    check_node()?;
    if cfg!(target_os = "linux") {
        prepare_linux(wanted, yes)
    } else if cfg!(target_os = "macos") {
        check_macos()
    } else {
        check_windows();
        Ok(())
    }
}

/// Whether a window can be shown to a person.
pub fn has_display() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

fn prepare_linux(wanted: Wanted, yes: bool) -> Result<()> {
    let display = wanted.virtual_display.then_some(&VIRTUAL_DISPLAY);
    let driver = wanted.window_driver.then_some(&WINDOW_DRIVER);
    let tesseract: &[Need] = if wanted.tesseract { &TESSERACT } else { &[] };
    let missing = || {
        let needs = BUILD.iter().chain(display).chain(driver).chain(tesseract);
        needs.filter(|need| !need.is_met()).collect::<Vec<_>>()
    };

    let needs = missing();
    if needs.is_empty() {
        return Ok(());
    }
    let found = PACKAGERS.iter().find(|packager| shell::has_program(packager.program));
    let packager = found.unwrap_or(&PACKAGERS[0]);
    println!("Missing on this machine:");
    for need in &needs {
        println!("  {:<24} {}", (packager.package)(need), need.reason);
    }
    let packages: Vec<&str> = needs.iter().map(|need| (packager.package)(need)).collect();
    let by_hand = format!("{} {}", packager.install, packages.join(" "));
    if found.is_none_or(|packager| packager.program != "apt-get") {
        bail!("install them as root, then call again. The names may differ on this system:\n  {by_hand}");
    }
    if !yes && !agreed()? {
        bail!("nothing was installed. To do it yourself, as root:\n  {by_hand}");
    }
    apt_install(&packages, &by_hand)?;
    if let Some(need) = missing().first() {
        bail!("{} was installed, and yet this is missing: {}", need.apt, need.reason);
    }
    Ok(())
}

/// Asks whether to install; where nobody can answer, whoever started this has answered.
fn agreed() -> Result<bool> {
    if !std::io::stdin().is_terminal() {
        return Ok(true);
    }
    print!("Install them now? [y/N] ");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

fn apt_install(packages: &[&str], by_hand: &str) -> Result<()> {
    let is_root = shell::output("id", &["-u"]).as_deref() == Some("0");
    if !is_root && !shell::has_program("sudo") {
        bail!("installing needs root, and there is no sudo. As root:\n  {by_hand}");
    }
    let apt = |arguments: &[&str]| {
        let mut words = Vec::new();
        if !is_root {
            words.push("sudo");
        }
        words.extend(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).args(arguments).stdin(if is_root {
            Stdio::null()
        } else {
            Stdio::inherit()
        });
        command
    };
    // Package lists may be absent or old. Where they cannot be refreshed, the packages may still be at hand.
    if let Err(error) = shell::run(&mut apt(&["update", "--quiet"])) {
        eprintln!("warning: {error:#}");
    }
    let mut install = apt(&["install", "--quiet", "--yes", "--no-install-recommends"]);
    shell::run(install.args(packages))
}

/// The pages are built with Node; its oldest usable versions are those that Vite names.
fn check_node() -> Result<()> {
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    for (program, least) in [("node", 20), (npm, 10)] {
        let found = shell::output(program, &["--version"]);
        let major = found.as_deref().and_then(major_version);
        if major.is_none_or(|major| major < least) {
            let found = found.unwrap_or_else(|| "none".to_owned());
            bail!(
                "{program} {least} or newer is needed to build the window's pages; found: {found}. \
                 Install Node.js 20.19 or newer (https://nodejs.org), which brings npm along"
            );
        }
    }
    Ok(())
}

fn major_version(text: &str) -> Option<u32> {
    text.trim_start_matches('v').split('.').next()?.parse().ok()
}

fn check_macos() -> Result<()> {
    if shell::output("xcode-select", &["-p"]).is_none() {
        bail!("the compiler of macOS is missing. Install it, then call again:\n  xcode-select --install");
    }
    Ok(())
}

/// Rust itself needs the compiler of Visual Studio here, so only the web view can be missing.
fn check_windows() {
    let folder = std::env::var("ProgramFiles(x86)").unwrap_or_else(|_| r"C:\Program Files (x86)".to_owned());
    if !std::path::Path::new(&folder).join(r"Microsoft\EdgeWebView\Application").is_dir() {
        eprintln!(
            "warning: Microsoft Edge WebView2 was not found; the window needs it. Windows 11 has it; for Windows 10:\n  \
             winget install Microsoft.EdgeWebView2Runtime"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_node_and_npm_are_read() {
        assert_eq!(major_version("v20.20.2"), Some(20));
        assert_eq!(major_version("11.19.1"), Some(11));
        assert_eq!(major_version("nonsense"), None);
    }
}
