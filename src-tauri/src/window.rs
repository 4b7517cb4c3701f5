use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use cairn_engine::{Engine, EngineOptions, Folders};
use tauri::{AppHandle, DragDropEvent, Manager, RunEvent, WebviewWindowBuilder, WindowEvent};
use tauri_plugin_dialog::{DialogExt, MessageDialogKind};

use crate::commands::{self, Questions};
use crate::{events, thumbnails};

/// Runs the window until it is closed.
pub fn run() -> ExitCode {
    let app = tauri::Builder::default()
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_opener::init())
        .register_asynchronous_uri_scheme_protocol("thumb", |context, request, responder| {
            let Some(engine) = context.app_handle().try_state::<Arc<Engine>>() else { return };
            let engine = engine.inner().clone();
            tauri::async_runtime::spawn_blocking(move || {
                responder.respond(thumbnails::answer(&engine, &request));
            });
        })
        .invoke_handler(commands::handler())
        .setup(|app| {
            match open_engine(app.handle()) {
                Ok(engine) => {
                    app.manage(engine);
                    app.manage(Questions::default());
                    open_window(app.handle())?;
                }
                Err(message) => explain_and_exit(app.handle(), message),
            }
            Ok(())
        })
        .on_window_event(|window, event| {
            if let WindowEvent::DragDrop(event) = event {
                on_drag(window.app_handle(), event);
            }
        })
        .build(tauri::generate_context!());
    match app {
        Ok(app) => {
            app.run(|app, event| {
                if let RunEvent::Exit = event
                    && let Some(engine) = app.try_state::<Arc<Engine>>()
                {
                    engine.close();
                }
            });
            ExitCode::SUCCESS
        }
        Err(error) => {
            tracing::error!(%error, "the window could not be made");
            ExitCode::FAILURE
        }
    }
}

fn open_engine(app: &AppHandle) -> Result<Arc<Engine>, String> {
    let folders = Folders::of_person().ok_or("The system names no home folder. Set CAIRN_DATA_DIR.")?;
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut options = EngineOptions::new(program);
    let handle = app.clone();
    options.on_change = Some(Box::new(move |generation| events::library_changed(&handle, generation)));
    let engine = Arc::new(Engine::open(folders, options).map_err(|error| error.to_string())?);
    let at_work = engine.clone();
    // Not here: watching begins by listing every folder, and the window waits for this.
    tauri::async_runtime::spawn_blocking(move || {
        if let Err(error) = at_work.watch() {
            tracing::warn!(%error, "changes are found when Cairn starts");
        }
        // What changed while Cairn was closed is found at once; a person need not ask for it.
        if let Err(error) = at_work.rescan() {
            tracing::error!(%error, "the folders could not be looked at");
        }
    });
    Ok(engine)
}

fn open_window(app: &AppHandle) -> tauri::Result<()> {
    let config = app.config().app.windows.first().cloned().unwrap_or_default();
    WebviewWindowBuilder::from_config(app, &config)?.build()?;
    Ok(())
}

fn explain_and_exit(app: &AppHandle, message: String) {
    tracing::error!(message, "the library could not be opened");
    let handle = app.clone();
    app.dialog()
        .message(message)
        .title("Cairn cannot open its library")
        .kind(MessageDialogKind::Error)
        .show(move |_| handle.exit(1));
}

fn on_drag(app: &AppHandle, event: &DragDropEvent) {
    match event {
        DragDropEvent::Enter { .. } => events::drop_hover(app, true),
        DragDropEvent::Leave => events::drop_hover(app, false),
        DragDropEvent::Drop { paths, .. } => {
            events::drop_hover(app, false);
            let (app, paths) = (app.clone(), paths.clone());
            tauri::async_runtime::spawn_blocking(move || add_dropped(&app, &paths));
        }
        _ => {}
    }
}

fn add_dropped(app: &AppHandle, paths: &[PathBuf]) {
    let Some(engine) = app.try_state::<Arc<Engine>>() else { return };
    let mut added = 0;
    for path in paths {
        match engine.add_path(path) {
            Ok(()) => added += 1,
            Err(error) => events::problem(app, &error.to_string()),
        }
    }
    if added > 0 {
        events::done(app, if added == 1 { "Added to your library." } else { "All added to your library." });
    }
}
