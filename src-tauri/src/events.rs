//! Events are small facts; the window asks for what it needs to know.

use serde::Serialize;
use tauri::{AppHandle, Emitter};

#[derive(Clone, Serialize)]
struct LibraryChanged {
    generation: u64,
}

#[derive(Clone, Serialize)]
struct DropHover {
    over: bool,
}

#[derive(Clone, Serialize)]
struct Toast<'a> {
    message: &'a str,
    tone: &'a str,
}

pub fn library_changed(app: &AppHandle, generation: u64) {
    emit(app, "library-changed", LibraryChanged { generation });
}

pub fn drop_hover(app: &AppHandle, over: bool) {
    emit(app, "drop-hover", DropHover { over });
}

pub fn problem(app: &AppHandle, message: &str) {
    emit(app, "toast", Toast { message, tone: "problem" });
}

pub fn done(app: &AppHandle, message: &str) {
    emit(app, "toast", Toast { message, tone: "done" });
}

fn emit(app: &AppHandle, name: &str, payload: impl Serialize + Clone) {
    if let Err(error) = app.emit(name, payload) {
        tracing::warn!(name, %error, "an event did not reach the window");
    }
}
