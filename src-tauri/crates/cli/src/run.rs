use std::io::{BufRead, IsTerminal, Write};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use cairn_core::{Computing, Control, Cores, IndexForm, Indexing, KeptDims, Space, Storage};
use cairn_engine::api::{Example, JobKind, JobState, JobView, Likelihood, Mode, Scope, SearchRequest};
use cairn_engine::{Engine, EngineOptions, Folders, LoneEncoder, Precision, eval};

use crate::arguments::{
    Arguments, BenchChoice, Command, ComputingChoice, CoresChoice, DimsChoice, EvalSet, KindChoice,
    ModeChoice, ModelsAction, PrecisionChoice, SpaceChoice, StorageChoice, Switch,
};
use crate::print;

/// Runs one command. `false`: it worked, and found nothing.
pub fn run(arguments: Arguments) -> Result<bool> {
    let folders = match &arguments.library {
        Some(dir) => Folders::below(dir, std::env::var_os("CAIRN_MODELS_DIR").map(Into::into)),
        None => Folders::of_person().context("the system names no home folder; give --library DIR")?,
    };
    let json = arguments.json;
    match arguments.command {
        // These need no library.
        Command::Embed { model, query, precision } => embed(&folders, &model, query, precision.into()),
        Command::Eval { set: EvalSet::Beir { dir, model, dims, precision, runs } } => {
            let settings: Vec<KeptDims> = dims.into_iter().map(Into::into).collect();
            let computing = match precision {
                PrecisionChoice::F32 => Computing::Exact,
                PrecisionChoice::Int8 => Computing::Fast,
            };
            let tell = |step: &str| eprintln!("{step}");
            let (models, model, runs) = (&folders.models, model.as_deref(), runs.as_deref());
            let report = eval::beir(&dir, models, model, computing, &settings, runs, &tell)?;
            print::eval(&report, json)?;
            Ok(true)
        }
        Command::Eval { set: EvalSet::Photos { list, folder, model, labels } } => {
            let task = labels.map_or(eval::PhotoTask::Captions, eval::PhotoTask::Labels);
            let tell = |step: &str| eprintln!("{step}");
            let report = eval::photos(&list, &folder, &folders.models, &model, &task, &tell)?;
            print::eval_photos(&report, json)?;
            Ok(true)
        }
        command => {
            let program = std::env::current_exe().context("finding this program's own file")?;
            let caller = std::thread::current();
            // Whoever watches sleeps until something happens.
            let on_change = Box::new(move |_| caller.unpark());
            let options = EngineOptions { on_change: Some(on_change), ..EngineOptions::new(program) };
            let engine = Engine::open(folders, options)?;
            let result = with_library(&engine, command, json);
            engine.close();
            result
        }
    }
}

fn with_library(engine: &Engine, command: Command, json: bool) -> Result<bool> {
    match command {
        Command::Index { paths, watch } => index(engine, &paths, watch, json),
        Command::Exclude { add, remove, default, preview } => {
            exclude(engine, &add, &remove, default, preview, json)
        }
        Command::Ocr { languages, off } => {
            if off || !languages.is_empty() {
                engine.set_ocr((!off).then_some(languages))?;
                wait(engine, JobKind::Index, json)?;
            }
            print::ocr(&engine.ocr()?, json)?;
            Ok(true)
        }
        Command::Indexing { cores, only_on_mains, gitignore, archives } => {
            let now = engine.settings()?.indexing;
            let on = |choice: Option<Switch>, now| choice.map_or(now, |choice| choice == Switch::On);
            let indexing = Indexing {
                cores: cores.map_or(now.cores, Into::into),
                only_on_mains: on(only_on_mains, now.only_on_mains),
                gitignore: on(gitignore, now.gitignore),
                archives: on(archives, now.archives),
            };
            if indexing != now {
                engine.set_indexing(indexing)?;
                wait(engine, JobKind::Index, json)?;
            }
            print::indexing(&indexing, json)?;
            Ok(true)
        }
        Command::Search { query, kind, mode, limit, weak, sort, diverse, rerank, like, unlike, explain } => {
            let examples = |paths: Vec<PathBuf>| -> Result<Vec<Example>> {
                let example = |path: PathBuf| Ok(Example { file: engine.file_at(&path)?, passage: None });
                paths.into_iter().map(example).collect()
            };
            let request = SearchRequest {
                query,
                scope: kind.into(),
                mode: mode.into(),
                limit,
                at_least: if weak { Likelihood::Weak } else { Likelihood::default() },
                sort: sort.into(),
                diverse,
                rerank,
                like: examples(like)?,
                unlike: examples(unlike)?,
                ..SearchRequest::default()
            };
            let response = engine.search(&request)?;
            print::search(&response, json)?;
            if explain && !json {
                response.plans.iter().for_each(|plan| println!("{plan}"));
            }
            Ok(!response.hits.is_empty())
        }
        Command::Similar { picture, limit } => {
            let request = SearchRequest {
                scope: Scope::Photos,
                at_least: Likelihood::Weak,
                ..SearchRequest::words("", limit)
            };
            let response = engine.search_like_picture(&request, &picture)?;
            print::search(&response, json)?;
            Ok(!response.hits.is_empty())
        }
        Command::Ask { question } => {
            let answer = engine.ask(&question, &Control::new())?;
            print::answer(&answer, json)?;
            Ok(answer.found)
        }
        Command::Clusters => {
            if engine.map()?.updating {
                wait(engine, JobKind::Map, json)?;
            }
            let map = engine.map()?;
            print::clusters(&map, json)?;
            Ok(!map.clusters.is_empty())
        }
        Command::Duplicates => {
            let groups = engine.duplicates()?;
            print::duplicates(&groups, json)?;
            Ok(!groups.is_empty())
        }
        Command::Status => {
            print::status(&engine.status()?, json)?;
            Ok(true)
        }
        Command::Problems => {
            let page = engine.failed_files(0, usize::MAX)?;
            print::problems(&page, json)?;
            Ok(true)
        }
        Command::Dims { dimensions, storage, space } => {
            choose_forms(engine, dimensions, storage, space)?;
            wait(engine, JobKind::Rebuild, json)?;
            print::dimensions(&engine.dimensions()?, json)?;
            Ok(true)
        }
        Command::Doctor => {
            let examined = engine.doctor()?;
            print::examined(&examined, json)?;
            Ok(examined.iter().all(|examined| examined.sound))
        }
        Command::Bench { what: BenchChoice::Index } => {
            engine.measure_dimensions()?;
            wait(engine, JobKind::Measure, json)?;
            let spaces: Vec<_> =
                engine.dimensions()?.into_iter().filter(|space| space.measured.is_some()).collect();
            print::costs(&spaces, json)?;
            Ok(!spaces.is_empty())
        }
        Command::Bench { what: BenchChoice::Search { queries } } => {
            print::typing(&eval::typing(engine, queries)?, json)?;
            Ok(true)
        }
        Command::Models { action } => models(engine, action, json),
        Command::Eval { set: EvalSet::Golden } => {
            engine.evaluate()?;
            wait(engine, JobKind::Measure, json)?;
            print::evaluations(&engine.evaluations()?, json)?;
            Ok(true)
        }
        Command::Embed { .. } | Command::Eval { .. } => bail!("this command needs no library"),
    }
}

fn exclude(
    engine: &Engine,
    add: &[String],
    remove: &[String],
    default: bool,
    preview: bool,
    json: bool,
) -> Result<bool> {
    let now = engine.excludes()?;
    if add.is_empty() && remove.is_empty() && !default {
        print::excludes(&now, json)?;
        return Ok(true);
    }
    let mut lines: Vec<String> = if default { cairn_engine::default_excludes() } else { now.lines };
    lines.retain(|line| !remove.contains(line));
    lines.extend(add.iter().filter(|line| !lines.contains(line)).cloned().collect::<Vec<_>>());
    if preview {
        print::excludes_preview(&engine.preview_excludes(&lines)?, json)?;
        return Ok(true);
    }
    engine.set_excludes((lines != cairn_engine::default_excludes()).then_some(lines))?;
    wait(engine, JobKind::Index, json)?;
    print::excludes(&engine.excludes()?, json)?;
    Ok(true)
}

fn index(engine: &Engine, paths: &[std::path::PathBuf], watch: bool, json: bool) -> Result<bool> {
    if watch {
        engine.watch()?;
    }
    for path in paths {
        engine.add_path(path)?;
    }
    if paths.is_empty() {
        engine.rescan()?;
    }
    wait(engine, JobKind::Index, json)?;
    wait(engine, JobKind::Map, json)?;
    let status = engine.status()?;
    print::status(&status, json)?;
    if watch {
        eprintln!("Watching. Ctrl-C ends it.");
        loop {
            // Until the library changes.
            std::thread::park();
            wait(engine, JobKind::Index, json)?;
        }
    }
    Ok(status.failed == 0)
}

fn models(engine: &Engine, action: ModelsAction, json: bool) -> Result<bool> {
    match action {
        ModelsAction::List => print::models(&engine.models(), json)?,
        ModelsAction::Pull { id } => {
            engine.model_get(&id)?;
            wait(engine, JobKind::Download, json)?;
            wait(engine, JobKind::Index, json)?;
            print::models(&engine.models(), json)?;
        }
        ModelsAction::Remove { id } => {
            engine.model_remove(&id)?;
            print::models(&engine.models(), json)?;
        }
        ModelsAction::Measure { id } => {
            engine.model_measure(&id)?;
            wait(engine, JobKind::Measure, json)?;
            print::models(&engine.models(), json)?;
        }
        ModelsAction::Computing { choice } => {
            if let Some(choice) = choice {
                engine.choose_computing(choice.into())?;
            }
            print::device(&engine.device()?, json)?;
        }
        ModelsAction::Import { id, from } => {
            engine.model_import(&id, &from)?;
            wait(engine, JobKind::Download, json)?;
            wait(engine, JobKind::Index, json)?;
            print::models(&engine.models(), json)?;
        }
        ModelsAction::Use { id } => {
            engine.model_use(&id)?;
            wait(engine, JobKind::Index, json)?;
            print::models(&engine.models(), json)?;
        }
        ModelsAction::Compare { query, limit } => {
            let Some(query) = query else {
                let scores = engine.score_photo_models()?;
                print::scores(&scores, json)?;
                return Ok(!scores.is_empty());
            };
            let compared = engine.compare_photo_models(&query, limit)?;
            print::compared(&compared, json)?;
            return Ok(!compared.is_empty());
        }
        ModelsAction::Verify => return print::verified(&engine.models_verify(), json),
    }
    Ok(true)
}

/// Wants another form of the index of one space, or of every space that has a model.
fn choose_forms(
    engine: &Engine,
    dimensions: Option<DimsChoice>,
    storage: Option<StorageChoice>,
    only: Option<SpaceChoice>,
) -> Result<()> {
    let only = only.map(Space::from);
    for view in engine.dimensions()?.iter().filter(|view| only.is_none_or(|space| space == view.space)) {
        let dims = dimensions.map_or(view.current.dims, Into::into);
        let form = IndexForm { dims, storage: storage.map_or(view.current.storage, Into::into) };
        if form != view.current {
            engine.choose_form(view.space, form)?;
        }
    }
    Ok(())
}

/// Waits until no job of this kind is left, telling on standard error how far it is.
fn wait(engine: &Engine, kind: JobKind, quiet: bool) -> Result<()> {
    // A terminal sees one line change; a log gets a line for each step.
    let live = std::io::stderr().is_terminal();
    let mut last = String::new();
    loop {
        let views: Vec<JobView> = engine.jobs().into_iter().filter(|job| job.kind == kind).collect();
        let Some(job) = views.iter().find(|job| is_unfinished(job)) else {
            if live && !last.is_empty() {
                eprintln!();
            }
            return match views.iter().find(|job| job.state == JobState::Failed) {
                Some(job) => Err(anyhow!("{}", job.error.as_deref().unwrap_or("the job failed"))),
                None => Ok(()),
            };
        };
        let line = if live { print::progress(job) } else { job.phase.clone() };
        if !quiet && line != last {
            if live {
                let pad = last.chars().count().saturating_sub(line.chars().count());
                eprint!("\r{line}{:pad$}", "");
            } else if !line.is_empty() {
                eprintln!("{line}");
            }
            last = line;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn is_unfinished(job: &JobView) -> bool {
    matches!(job.state, JobState::Queued | JobState::Running | JobState::Paused)
}

#[derive(serde::Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum EmbedLine {
    Text { text: String },
    Image { image: std::path::PathBuf },
}

#[derive(serde::Serialize)]
struct VectorLine {
    vector: Vec<f32>,
}

/// Lines wait for one another up to this many, so that the encoder works on batches.
const EMBED_BATCH: usize = 64;

fn embed(folders: &Folders, model: &str, query: bool, precision: Precision) -> Result<bool> {
    let encoder = LoneEncoder::load(&folders.models, model, precision)?;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut texts: Vec<String> = Vec::new();
    for (number, line) in std::io::stdin().lock().lines().enumerate() {
        let line = line.context("reading standard input")?;
        let parsed = serde_json::from_str(&line).with_context(|| {
            format!("line {}: expected {{\"text\": ..}} or {{\"image\": path}}", number + 1)
        })?;
        match parsed {
            EmbedLine::Text { text } => {
                texts.push(text);
                if texts.len() == EMBED_BATCH {
                    write_vectors(&mut out, encoder.embed_texts(&texts, query)?)?;
                    texts.clear();
                }
            }
            EmbedLine::Image { image } => {
                write_vectors(&mut out, encoder.embed_texts(&texts, query)?)?;
                texts.clear();
                write_vectors(&mut out, encoder.embed_images(&[image])?)?;
            }
        }
    }
    write_vectors(&mut out, encoder.embed_texts(&texts, query)?)?;
    out.flush()?;
    Ok(true)
}

fn write_vectors(out: &mut impl Write, vectors: Vec<Vec<f32>>) -> Result<()> {
    for vector in vectors {
        serde_json::to_writer(&mut *out, &VectorLine { vector })?;
        writeln!(out)?;
    }
    Ok(())
}

impl From<KindChoice> for Scope {
    fn from(choice: KindChoice) -> Scope {
        match choice {
            KindChoice::All => Scope::All,
            KindChoice::Text => Scope::Documents,
            KindChoice::Photo => Scope::Photos,
        }
    }
}

impl From<ModeChoice> for Mode {
    fn from(choice: ModeChoice) -> Mode {
        match choice {
            ModeChoice::Hybrid => Mode::Hybrid,
            ModeChoice::Vector => Mode::Vector,
            ModeChoice::Keyword => Mode::Keyword,
        }
    }
}

impl From<CoresChoice> for Cores {
    fn from(choice: CoresChoice) -> Cores {
        match choice {
            CoresChoice::All => Cores::All,
            CoresChoice::Half => Cores::Half,
            CoresChoice::One => Cores::One,
        }
    }
}

impl From<DimsChoice> for KeptDims {
    fn from(choice: DimsChoice) -> KeptDims {
        match choice {
            DimsChoice::Full => KeptDims::Full,
            DimsChoice::D512 => KeptDims::D512,
            DimsChoice::D256 => KeptDims::D256,
            DimsChoice::D128 => KeptDims::D128,
            DimsChoice::D64 => KeptDims::D64,
        }
    }
}

impl From<StorageChoice> for Storage {
    fn from(choice: StorageChoice) -> Storage {
        match choice {
            StorageChoice::F32 => Storage::F32,
            StorageChoice::F16 => Storage::F16,
            StorageChoice::Int8 => Storage::Int8,
            StorageChoice::Binary => Storage::Binary,
        }
    }
}

impl From<SpaceChoice> for Space {
    fn from(choice: SpaceChoice) -> Space {
        match choice {
            SpaceChoice::Text => Space::Text,
            SpaceChoice::Photo => Space::Photo,
        }
    }
}

impl From<ComputingChoice> for Computing {
    fn from(choice: ComputingChoice) -> Computing {
        match choice {
            ComputingChoice::Exact => Computing::Exact,
            ComputingChoice::Fast => Computing::Fast,
        }
    }
}

impl From<PrecisionChoice> for Precision {
    fn from(choice: PrecisionChoice) -> Precision {
        match choice {
            PrecisionChoice::F32 => Precision::F32,
            PrecisionChoice::Int8 => Precision::Int8,
        }
    }
}
