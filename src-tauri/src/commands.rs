//! What the window may ask. Thin: read the arguments, call the engine off the main thread, map the error.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use cairn_core::{
    Computing, Control, FileId, IndexForm, Indexing, JobId, PassageId, RootId, Settings, Space,
};
use cairn_engine::{Engine, PreviewRequest, api};
use tauri::ipc::Invoke;
use tauri::path::BaseDirectory;
use tauri::{AppHandle, Manager, State, Wry};
use tauri_plugin_dialog::{DialogExt, FilePath};

use crate::error::{CommandError, CommandResult};
use crate::open;

/// The question being answered, so that it can be cancelled.
#[derive(Default)]
pub struct Questions {
    current: Mutex<Option<Control>>,
}

impl Questions {
    /// Takes note of a new question; one asked before is given up.
    fn begin(&self) -> Control {
        let control = Control::new();
        if let Some(before) = self.replace(Some(control.clone())) {
            before.cancel();
        }
        control
    }

    fn cancel(&self) {
        if let Some(control) = self.replace(None) {
            control.cancel();
        }
    }

    fn replace(&self, next: Option<Control>) -> Option<Control> {
        std::mem::replace(&mut *self.current.lock().unwrap_or_else(PoisonError::into_inner), next)
    }
}

type EngineState<'a> = State<'a, Arc<Engine>>;

/// Runs `work` on a thread that may block.
async fn off_main<T: Send + 'static>(
    engine: EngineState<'_>,
    work: impl FnOnce(&Arc<Engine>) -> CommandResult<T> + Send + 'static,
) -> CommandResult<T> {
    let engine = engine.inner().clone();
    tauri::async_runtime::spawn_blocking(move || work(&engine))
        .await
        .map_err(|_| CommandError::internal("Something went wrong in Cairn. Please try again."))?
}

pub fn handler() -> impl Fn(Invoke<Wry>) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        add_folder,
        add_sample,
        ask,
        ask_cancel,
        choose_computing,
        choose_form,
        cluster_items,
        compare_photo_models,
        copy_path,
        device,
        dimensions,
        duplicates,
        evaluate,
        evaluations,
        excludes,
        explain,
        failed_files,
        folders,
        forget_past_searches,
        forget_search,
        found_passages,
        heat,
        job_cancel,
        job_pause,
        job_resume,
        jobs,
        keep_history,
        map,
        measure_dimensions,
        model_get,
        model_import,
        model_import_zip,
        model_measure,
        model_remove,
        model_use,
        model_verify,
        models,
        ocr,
        open_file,
        past_searches,
        photos,
        preview,
        preview_excludes,
        read_first,
        remember_search,
        remove_root,
        rename_search,
        rescan,
        retry_failed,
        reveal_file,
        save_search,
        saved_searches,
        score_photo_models,
        search,
        search_pasted_picture,
        set_excludes,
        set_indexing,
        set_ocr,
        set_settings,
        settings,
        star,
        starred_searches,
        status,
    ]
}

#[tauri::command]
async fn status(engine: EngineState<'_>) -> CommandResult<api::Status> {
    off_main(engine, |engine| Ok(engine.status()?)).await
}

/// Lets the person choose a folder. `false` when they choose none.
#[tauri::command]
async fn add_folder(app: AppHandle, engine: EngineState<'_>) -> CommandResult<bool> {
    let Some(folder) = choose_folder(&app, "Add a folder to your library").await? else { return Ok(false) };
    off_main(engine, move |engine| {
        engine.add_path(&folder)?;
        Ok(true)
    })
    .await
}

#[tauri::command]
async fn add_sample(app: AppHandle, engine: EngineState<'_>) -> CommandResult<()> {
    let folder = sample_folder(&app)?;
    off_main(engine, move |engine| Ok(engine.add_path(&folder)?)).await
}

#[tauri::command]
async fn remove_root(engine: EngineState<'_>, id: RootId) -> CommandResult<()> {
    off_main(engine, move |engine| Ok(engine.remove_root(id)?)).await
}

#[tauri::command]
async fn rescan(engine: EngineState<'_>) -> CommandResult<()> {
    off_main(engine, |engine| Ok(engine.rescan()?)).await
}

#[tauri::command]
async fn excludes(engine: EngineState<'_>) -> CommandResult<api::Excludes> {
    off_main(engine, |engine| Ok(engine.excludes()?)).await
}

#[tauri::command]
async fn preview_excludes(
    engine: EngineState<'_>,
    lines: Vec<String>,
) -> CommandResult<api::ExcludesPreview> {
    off_main(engine, move |engine| Ok(engine.preview_excludes(&lines)?)).await
}

#[tauri::command]
async fn set_excludes(engine: EngineState<'_>, lines: Option<Vec<String>>) -> CommandResult<()> {
    off_main(engine, move |engine| Ok(engine.set_excludes(lines)?)).await
}

/// The folders in a folder of the library: `below` is empty, or what an entry says.
#[tauri::command]
async fn folders(
    engine: EngineState<'_>,
    root: RootId,
    below: String,
) -> CommandResult<Vec<api::FolderView>> {
    off_main(engine, move |engine| Ok(engine.folders(root, &below)?)).await
}

#[tauri::command]
async fn read_first(engine: EngineState<'_>, root: RootId, below: String) -> CommandResult<()> {
    off_main(engine, move |engine| Ok(engine.read_first(root, &below)?)).await
}

#[tauri::command]
async fn set_indexing(engine: EngineState<'_>, indexing: Indexing) -> CommandResult<()> {
    off_main(engine, move |engine| Ok(engine.set_indexing(indexing)?)).await
}

#[tauri::command]
async fn ocr(engine: EngineState<'_>) -> CommandResult<api::OcrView> {
    off_main(engine, |engine| Ok(engine.ocr()?)).await
}

#[tauri::command]
async fn set_ocr(engine: EngineState<'_>, languages: Option<Vec<String>>) -> CommandResult<()> {
    off_main(engine, move |engine| Ok(engine.set_ocr(languages)?)).await
}

#[tauri::command]
async fn jobs(engine: EngineState<'_>) -> CommandResult<Vec<api::JobView>> {
    off_main(engine, |engine| Ok(engine.jobs())).await
}

#[tauri::command]
async fn job_pause(engine: EngineState<'_>, id: JobId) -> CommandResult<()> {
    off_main(engine, move |engine| Ok(engine.job_pause(id)?)).await
}

#[tauri::command]
async fn job_resume(engine: EngineState<'_>, id: JobId) -> CommandResult<()> {
    off_main(engine, move |engine| Ok(engine.job_resume(id)?)).await
}

#[tauri::command]
async fn job_cancel(engine: EngineState<'_>, id: JobId) -> CommandResult<()> {
    off_main(engine, move |engine| Ok(engine.job_cancel(id)?)).await
}

#[tauri::command]
async fn search(engine: EngineState<'_>, request: api::SearchRequest) -> CommandResult<api::SearchResponse> {
    off_main(engine, move |engine| Ok(engine.search(&request)?)).await
}

#[tauri::command]
async fn star(engine: EngineState<'_>, query: String, file: FileId, starred: bool) -> CommandResult<()> {
    off_main(engine, move |engine| Ok(engine.star(&query, file, starred)?)).await
}

#[tauri::command]
async fn starred_searches(engine: EngineState<'_>) -> CommandResult<Vec<api::StarredSearch>> {
    off_main(engine, |engine| Ok(engine.starred_searches()?)).await
}

#[tauri::command]
async fn score_photo_models(engine: EngineState<'_>) -> CommandResult<Vec<api::ModelScore>> {
    off_main(engine, |engine| Ok(engine.score_photo_models()?)).await
}

#[tauri::command]
async fn compare_photo_models(
    engine: EngineState<'_>,
    query: String,
    limit: usize,
) -> CommandResult<Vec<api::ModelHits>> {
    off_main(engine, move |engine| Ok(engine.compare_photo_models(&query, limit)?)).await
}

#[tauri::command]
async fn found_passages(
    engine: EngineState<'_>,
    file: FileId,
    request: api::SearchRequest,
) -> CommandResult<Vec<api::FoundPassage>> {
    off_main(engine, move |engine| Ok(engine.found_passages(file, &request)?)).await
}

#[tauri::command]
async fn explain(
    engine: EngineState<'_>,
    file: FileId,
    request: api::SearchRequest,
) -> CommandResult<api::Explanation> {
    off_main(engine, move |engine| Ok(engine.explain(file, &request)?)).await
}

#[tauri::command]
async fn heat(
    engine: EngineState<'_>,
    file: FileId,
    request: api::SearchRequest,
) -> CommandResult<api::HeatMap> {
    off_main(engine, move |engine| Ok(engine.heat(file, &request)?)).await
}

#[tauri::command]
async fn saved_searches(engine: EngineState<'_>) -> CommandResult<Vec<api::SavedSearch>> {
    off_main(engine, |engine| Ok(engine.saved_searches()?)).await
}

#[tauri::command]
async fn save_search(
    engine: EngineState<'_>,
    name: String,
    request: api::SearchRequest,
) -> CommandResult<()> {
    off_main(engine, move |engine| Ok(engine.save_search(&name, &request)?)).await
}

#[tauri::command]
async fn rename_search(engine: EngineState<'_>, id: i64, name: String) -> CommandResult<()> {
    off_main(engine, move |engine| Ok(engine.rename_search(id, &name)?)).await
}

#[tauri::command]
async fn forget_search(engine: EngineState<'_>, id: i64) -> CommandResult<()> {
    off_main(engine, move |engine| Ok(engine.forget_search(id)?)).await
}

#[tauri::command]
async fn past_searches(engine: EngineState<'_>, limit: usize) -> CommandResult<Vec<String>> {
    off_main(engine, move |engine| Ok(engine.past_searches(limit)?)).await
}

#[tauri::command]
async fn remember_search(engine: EngineState<'_>, query: String) -> CommandResult<()> {
    off_main(engine, move |engine| Ok(engine.remember_search(&query)?)).await
}

#[tauri::command]
async fn forget_past_searches(engine: EngineState<'_>, query: Option<String>) -> CommandResult<()> {
    off_main(engine, move |engine| Ok(engine.forget_past_searches(query.as_deref())?)).await
}

#[tauri::command]
async fn keep_history(engine: EngineState<'_>, keep: bool) -> CommandResult<()> {
    off_main(engine, move |engine| Ok(engine.keep_history(keep)?)).await
}

#[tauri::command]
async fn evaluations(engine: EngineState<'_>) -> CommandResult<api::Evaluations> {
    off_main(engine, |engine| Ok(engine.evaluations()?)).await
}

#[tauri::command]
async fn evaluate(engine: EngineState<'_>) -> CommandResult<()> {
    off_main(engine, |engine| Ok(engine.evaluate()?)).await
}

/// Finds photos that look like a picture that was pasted or dropped on the search box, given by its bytes. No copy of it is kept.
#[tauri::command]
async fn search_pasted_picture(
    engine: EngineState<'_>,
    request: api::SearchRequest,
    picture: Vec<u8>,
) -> CommandResult<api::SearchResponse> {
    off_main(engine, move |engine| Ok(engine.search_like_pasted_picture(&request, &picture)?)).await
}

#[tauri::command]
async fn preview(
    engine: EngineState<'_>,
    file: FileId,
    passage: Option<PassageId>,
    focus: Option<(u32, u32)>,
    query: Option<String>,
) -> CommandResult<api::Preview> {
    let request = PreviewRequest { file, passage, focus, query };
    off_main(engine, move |engine| Ok(engine.preview(&request)?)).await
}

#[tauri::command]
async fn photos(engine: EngineState<'_>, offset: usize, limit: usize) -> CommandResult<api::PhotoPage> {
    off_main(engine, move |engine| Ok(engine.photos(offset, limit)?)).await
}

#[tauri::command]
async fn open_file(engine: EngineState<'_>, file: FileId) -> CommandResult<()> {
    off_main(engine, move |engine| open::open(engine, file)).await
}

#[tauri::command]
async fn reveal_file(engine: EngineState<'_>, file: FileId) -> CommandResult<()> {
    off_main(engine, move |engine| open::reveal(engine, file)).await
}

#[tauri::command]
async fn copy_path(engine: EngineState<'_>, file: FileId) -> CommandResult<()> {
    off_main(engine, move |engine| open::copy_path(engine, file)).await
}

#[tauri::command]
async fn map(engine: EngineState<'_>) -> CommandResult<Arc<api::Map>> {
    off_main(engine, |engine| Ok(engine.map()?)).await
}

#[tauri::command]
async fn cluster_items(
    engine: EngineState<'_>,
    cluster: usize,
    offset: usize,
    limit: usize,
) -> CommandResult<Vec<api::Item>> {
    off_main(engine, move |engine| Ok(engine.cluster_items(cluster, offset, limit)?)).await
}

#[tauri::command]
async fn ask(
    engine: EngineState<'_>,
    questions: State<'_, Questions>,
    question: String,
) -> CommandResult<api::Answer> {
    let control = questions.begin();
    off_main(engine, move |engine| Ok(engine.ask(&question, &control)?)).await
}

#[tauri::command]
async fn ask_cancel(questions: State<'_, Questions>) -> CommandResult<()> {
    questions.cancel();
    Ok(())
}

#[tauri::command]
async fn duplicates(engine: EngineState<'_>) -> CommandResult<Vec<api::DuplicateGroup>> {
    off_main(engine, |engine| Ok(engine.duplicates()?)).await
}

#[tauri::command]
async fn failed_files(
    engine: EngineState<'_>,
    offset: usize,
    limit: usize,
) -> CommandResult<api::FailedPage> {
    off_main(engine, move |engine| Ok(engine.failed_files(offset, limit)?)).await
}

#[tauri::command]
async fn retry_failed(engine: EngineState<'_>, file: Option<FileId>) -> CommandResult<()> {
    off_main(engine, move |engine| Ok(engine.retry_failed(file)?)).await
}

#[tauri::command]
async fn models(engine: EngineState<'_>) -> CommandResult<Vec<api::ModelView>> {
    off_main(engine, |engine| Ok(engine.models())).await
}

#[tauri::command]
async fn model_get(engine: EngineState<'_>, id: String) -> CommandResult<()> {
    off_main(engine, move |engine| Ok(engine.model_get(&id)?)).await
}

/// Lets the person choose the folder that holds the model's files. `false` when they choose none.
#[tauri::command]
async fn model_import(app: AppHandle, engine: EngineState<'_>, id: String) -> CommandResult<bool> {
    let Some(folder) = choose_folder(&app, "Choose the folder with the model's files").await? else {
        return Ok(false);
    };
    off_main(engine, move |engine| {
        engine.model_import(&id, &folder)?;
        Ok(true)
    })
    .await
}

/// As [`model_import`], from a zip archive.
#[tauri::command]
async fn model_import_zip(app: AppHandle, engine: EngineState<'_>, id: String) -> CommandResult<bool> {
    let dialog = app.dialog().file().set_title("Choose the archive with the model's files");
    let dialog = dialog.add_filter("Zip archives", &["zip"]);
    let Some(archive) = chosen(|answer| dialog.pick_file(answer)).await? else { return Ok(false) };
    off_main(engine, move |engine| {
        engine.model_import(&id, &archive)?;
        Ok(true)
    })
    .await
}

#[tauri::command]
async fn model_use(engine: EngineState<'_>, id: String) -> CommandResult<()> {
    off_main(engine, move |engine| Ok(engine.model_use(&id)?)).await
}

/// What is wrong with a model's files, in words; `null` when every one is whole.
#[tauri::command]
async fn model_verify(engine: EngineState<'_>, id: String) -> CommandResult<Option<String>> {
    off_main(engine, move |engine| Ok(engine.model_verify(&id)?)).await
}

#[tauri::command]
async fn model_remove(engine: EngineState<'_>, id: String) -> CommandResult<()> {
    off_main(engine, move |engine| Ok(engine.model_remove(&id)?)).await
}

#[tauri::command]
async fn model_measure(engine: EngineState<'_>, id: String) -> CommandResult<()> {
    off_main(engine, move |engine| Ok(engine.model_measure(&id)?)).await
}

#[tauri::command]
async fn device(engine: EngineState<'_>) -> CommandResult<api::DeviceView> {
    off_main(engine, |engine| Ok(engine.device()?)).await
}

#[tauri::command]
async fn choose_computing(engine: EngineState<'_>, computing: Computing) -> CommandResult<()> {
    off_main(engine, move |engine| Ok(engine.choose_computing(computing)?)).await
}

#[tauri::command]
async fn dimensions(engine: EngineState<'_>) -> CommandResult<Vec<api::DimensionsView>> {
    off_main(engine, |engine| Ok(engine.dimensions()?)).await
}

#[tauri::command]
async fn choose_form(engine: EngineState<'_>, space: Space, form: IndexForm) -> CommandResult<()> {
    off_main(engine, move |engine| Ok(engine.choose_form(space, form)?)).await
}

#[tauri::command]
async fn measure_dimensions(engine: EngineState<'_>) -> CommandResult<()> {
    off_main(engine, |engine| Ok(engine.measure_dimensions()?)).await
}

#[tauri::command]
async fn settings(engine: EngineState<'_>) -> CommandResult<Settings> {
    off_main(engine, |engine| Ok(engine.settings()?)).await
}

#[tauri::command]
async fn set_settings(engine: EngineState<'_>, settings: Settings) -> CommandResult<()> {
    off_main(engine, move |engine| Ok(engine.set_settings(&settings)?)).await
}

/// Installed, the sample lies among the resources; in a build folder, beside the program.
fn sample_folder(app: &AppHandle) -> CommandResult<PathBuf> {
    let installed = app.path().resolve("sample", BaseDirectory::Resource).ok();
    let built = std::env::current_exe().ok().and_then(|program| Some(program.parent()?.join("sample")));
    [installed, built]
        .into_iter()
        .flatten()
        .find(|folder| folder.is_dir())
        .ok_or_else(|| CommandError::user("The sample library is missing. Install Cairn again."))
}

async fn choose_folder(app: &AppHandle, title: &str) -> CommandResult<Option<PathBuf>> {
    let dialog = app.dialog().file().set_title(title);
    chosen(|answer| dialog.pick_folder(answer)).await
}

/// What the person chooses in a dialog that `open` opens.
async fn chosen(
    open: impl FnOnce(Box<dyn FnOnce(Option<FilePath>) + Send>),
) -> CommandResult<Option<PathBuf>> {
    let (sender, mut receiver) = tauri::async_runtime::channel(1);
    open(Box::new(move |path| {
        let _ = sender.blocking_send(path);
    }));
    let Some(Some(path)) = receiver.recv().await else { return Ok(None) };
    path.into_path()
        .map(Some)
        .map_err(|error| CommandError::io("Cairn reads files of this machine only.", error))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::command_names::COMMANDS;

    #[test]
    fn every_command_is_named_granted_and_handled_once() {
        let source = include_str!("commands.rs");
        let mut handled: Vec<&str> = source
            .split("#[tauri::command]\nasync fn ")
            .skip(1)
            .map(|rest| rest.split('(').next().unwrap())
            .filter(|name| !name.contains('"'))
            .collect();
        handled.sort_unstable();
        assert_eq!(handled, COMMANDS);

        let capability: serde_json::Value =
            serde_json::from_str(include_str!("../capabilities/main.json")).unwrap();
        let granted: Vec<String> = capability["permissions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|permission| permission.as_str().unwrap())
            .filter_map(|permission| permission.strip_prefix("allow-"))
            .map(|name| name.replace('-', "_"))
            .collect();
        assert_eq!(granted, COMMANDS);
        assert_eq!(capability["windows"], serde_json::json!(["main"]));
    }
}
