//! How each answer looks on a terminal, or as JSON.

use anyhow::Result;
use cairn_core::{Computing, Cores, IndexForm, Indexing};
use cairn_engine::VerifiedModel;
use cairn_engine::api::{
    Answer, DeviceView, DimensionsView, DuplicateGroup, Evaluations, Examined, Excludes, ExcludesPreview,
    FailedPage, JobView, Likelihood, Map, Marked, ModelHits, ModelScore, ModelView, OcrView, Presets,
    Sameness, SearchResponse, SpaceStatus, Status,
};
use cairn_engine::eval::{BeirReport, Comparison, PhotoReport, TypingReport};
use serde::Serialize;

fn as_json(value: &impl Serialize) -> Result<()> {
    println!("{}", serde_json::to_string_pretty(value)?);
    Ok(())
}

pub fn progress(job: &JobView) -> String {
    let in_bytes = job.unit == "bytes";
    let count = match (job.total, in_bytes) {
        (0, _) => String::new(),
        (total, true) => format!(": {} of {}", bytes(job.done), bytes(total)),
        (total, false) => format!(": {} of {total} {}", job.done, job.unit),
    };
    let rate = match (job.rate > 0.0, in_bytes) {
        (false, _) => String::new(),
        (true, true) => format!(", {}/s", bytes(job.rate as u64)),
        (true, false) => format!(", {:.1}/s", job.rate),
    };
    let left = job.eta_s.map(|seconds| format!(", about {} left", duration(seconds))).unwrap_or_default();
    format!("{}{count}{rate}{left}", job.phase)
}

fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 90.0 => format!("{s:.0} s"),
        s if s < 5400.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}

fn bytes(count: u64) -> String {
    const UNITS: [&str; 4] = ["B", "kB", "MB", "GB"];
    let mut value = count as f64;
    let mut unit = 0;
    while value >= 1000.0 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    let digits = usize::from(unit > 0);
    format!("{value:.digits$} {}", UNITS.get(unit).copied().unwrap_or_default())
}

pub fn search(response: &SearchResponse, json: bool) -> Result<()> {
    if json {
        return as_json(response);
    }
    for hit in &response.hits {
        let page = hit.page.map(|page| format!(", page {page}")).unwrap_or_default();
        println!(
            "{:.2} {:<11} {} ({}{page})",
            hit.score,
            word(hit.likelihood),
            hit.title,
            place(&hit.folder, &hit.name)
        );
        if let Some(snippet) = &hit.snippet {
            println!("     {}", marked(snippet));
        }
    }
    for file in &response.unread {
        let why = if file.waits { "waits to be read" } else { "cannot be read" };
        println!("by name only: {} ({why})", place(&file.folder, &file.name));
    }
    if response.weak_hidden > 0 {
        println!("{} weaker results hidden; --weak shows them.", response.weak_hidden);
    }
    notes(&response.notes);
    println!("{} documents, {} photos, {:.0} ms", response.documents, response.photos, response.took_ms);
    Ok(())
}

pub fn indexing(indexing: &Indexing, json: bool) -> Result<()> {
    if json {
        return as_json(indexing);
    }
    let cores = match indexing.cores {
        Cores::All => "all cores, at a low priority",
        Cores::Half => "half of the cores",
        Cores::One => "one core",
    };
    let on = |switch| if switch { "yes" } else { "no" };
    println!("Processor: {cores}.");
    println!("Only while plugged in: {}.", on(indexing.only_on_mains));
    println!("Leaves out what a .gitignore names: {}.", on(indexing.gitignore));
    println!("Reads inside archives: {}.", on(indexing.archives));
    Ok(())
}

pub fn evaluations(evaluations: &Evaluations, json: bool) -> Result<()> {
    if json {
        return as_json(evaluations);
    }
    let Some(now) = evaluations.past.last() else { return Ok(()) };
    println!("{} starred searches. {}", now.queries.len(), now.setup);
    for row in &now.rows {
        println!(
            "{:<8} nDCG@10 {:.3}  Recall@10 {:.3}  MRR@10 {:.3}  {:.0} ms, p95 {:.0} ms",
            format!("{:?}", row.mode).to_lowercase(),
            row.ndcg_10,
            row.recall_10,
            row.mrr_10,
            row.p50_ms,
            row.p95_ms
        );
    }
    if let Some(change) = &evaluations.change {
        println!(
            "Since the last time nDCG@10 {:+.3}: {} searches better, {} worse; chance gives as much with p = {:.3}.",
            change.ndcg_10, change.better, change.worse, change.p
        );
    }
    Ok(())
}

fn place(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder} / {name}") }
}

fn word(likelihood: Likelihood) -> &'static str {
    match likelihood {
        Likelihood::Weak => "weak",
        Likelihood::Possible => "possible",
        Likelihood::Likely => "likely",
        Likelihood::VeryLikely => "very likely",
    }
}

/// The text on one line, matches between asterisks.
fn marked(snippet: &Marked) -> String {
    let units: Vec<u16> = snippet.text.encode_utf16().collect();
    let mut out = String::new();
    let mut at = 0;
    for &(start, end) in &snippet.marks {
        let (start, end) = (start as usize, end as usize);
        let Some((plain, hit)) = units.get(at..start).zip(units.get(start..end)) else { break };
        out += &String::from_utf16_lossy(plain);
        out += "*";
        out += &String::from_utf16_lossy(hit);
        out += "*";
        at = end;
    }
    out += &String::from_utf16_lossy(units.get(at..).unwrap_or_default());
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn notes(notes: &[String]) {
    notes.iter().for_each(|note| println!("Note: {note}"));
}

pub fn answer(answer: &Answer, json: bool) -> Result<()> {
    if json {
        return as_json(answer);
    }
    if !answer.found {
        println!("Not in your files.");
    }
    for sentence in &answer.sentences {
        println!(
            "{} [{}]",
            sentence.text.split_whitespace().collect::<Vec<_>>().join(" "),
            sentence.source + 1
        );
    }
    for (number, source) in answer.sources.iter().enumerate() {
        let page = source.page.map(|page| format!(", page {page}")).unwrap_or_default();
        println!("[{}] {} ({}{page})", number + 1, source.title, source.folder);
    }
    notes(&answer.notes);
    println!("Looked at {} of {} passages, {:.0} ms", answer.looked_at, answer.passages, answer.took_ms);
    Ok(())
}

pub fn clusters(map: &Map, json: bool) -> Result<()> {
    if json {
        return as_json(map);
    }
    for cluster in &map.clusters {
        println!("{:>7}  {}", cluster.count, cluster.label);
    }
    notes(&map.notes);
    Ok(())
}

pub fn scores(scores: &[ModelScore], json: bool) -> Result<()> {
    if json {
        return as_json(&scores);
    }
    for ModelScore { name, stars, found, .. } in scores {
        println!("{name}: {found} of {stars} starred photos among the first ten");
    }
    Ok(())
}

pub fn duplicates(groups: &[DuplicateGroup], json: bool) -> Result<()> {
    if json {
        return as_json(&groups);
    }
    for group in groups {
        println!(
            "{}",
            match group.sameness {
                Sameness::Exact => "The same file:",
                Sameness::Looks => "Photos that look nearly the same:",
                Sameness::Same => "Documents that say the same:",
                Sameness::NearlySame => "Documents that say nearly the same:",
                Sameness::Revision => "Documents of which one is another state of the other:",
            }
        );
        for item in &group.items {
            println!("  {}", place(&item.folder, &item.name));
        }
        println!();
    }
    Ok(())
}

pub fn status(status: &Status, json: bool) -> Result<()> {
    if json {
        return as_json(status);
    }
    for root in &status.roots {
        let state = if root.online { "" } else { " (not reachable now)" };
        println!(
            "{}{state}: {} read, {} waiting, {} could not be read",
            root.display, root.ready, root.pending, root.failed
        );
    }
    println!("{} documents with {} passages, {} photos", status.documents, status.passages, status.photos);
    println!("{} files waiting, {} could not be read", status.pending, status.failed);
    println!("text   {}", space(&status.text));
    println!("photos {}", space(&status.photo));
    println!("database {}, thumbnails {}", bytes(status.database_bytes), bytes(status.thumbnail_bytes));
    println!("library in {}, models in {}", status.library_dir, status.models_dir);
    Ok(())
}

fn space(space: &SpaceStatus) -> String {
    let Some(model) = &space.model else { return "no model installed".into() };
    let rotated = if space.rotated { ", rotated" } else { "" };
    format!(
        "{model}: {} vectors, {} waiting, {} of {} dimensions{rotated}, {} in memory, {} on disk",
        space.vectors,
        space.waiting,
        space.dims,
        space.full_dims,
        bytes(space.memory_bytes),
        bytes(space.disk_bytes)
    )
}

pub fn problems(page: &FailedPage, json: bool) -> Result<()> {
    if json {
        return as_json(page);
    }
    for file in &page.files {
        println!("{}: {}", place(&file.folder, &file.name), file.problem.sentence);
    }
    println!("{} files", page.total);
    Ok(())
}

pub fn ocr(ocr: &OcrView, json: bool) -> Result<()> {
    if json {
        return as_json(ocr);
    }
    match &ocr.version {
        Some(version) => println!("Tesseract {version} reads {}", ocr.languages.join(", ")),
        None => println!("Tesseract was not found on this computer"),
    }
    match &ocr.chosen {
        Some(languages) => println!("Text in photos is read: {}", languages.join(", ")),
        None => println!("Text in photos is not read"),
    }
    println!("{} photos with text, {} not looked through", ocr.photos_with_text, ocr.photos_waiting);
    Ok(())
}

pub fn excludes(excludes: &Excludes, json: bool) -> Result<()> {
    if json {
        return as_json(excludes);
    }
    excludes.lines.iter().for_each(|line| println!("{line}"));
    Ok(())
}

pub fn excludes_preview(preview: &ExcludesPreview, json: bool) -> Result<()> {
    if json {
        return as_json(preview);
    }
    preview.examples.iter().for_each(|path| println!("{path}"));
    println!("{} files would leave the library; on disk they stay", preview.files);
    Ok(())
}

pub fn dimensions(spaces: &[DimensionsView], json: bool) -> Result<()> {
    if json {
        return as_json(&spaces);
    }
    for space in spaces {
        println!("{}, {} vectors of {}", space.space.name(), space.vectors, space.name);
        for choice in &space.choices {
            let mark = if choice.form == space.current { "*" } else { " " };
            println!(
                "{mark} {:>5} dimensions {:>7} {:>10} in memory {:>10} on disk",
                choice.dims,
                choice.form.storage.name(),
                bytes(choice.memory_bytes),
                bytes(choice.disk_bytes)
            );
        }
    }
    Ok(())
}

pub fn device(device: &DeviceView, json: bool) -> Result<()> {
    if json {
        return as_json(device);
    }
    let computing = match device.computing {
        Computing::Exact => "exact",
        Computing::Fast => "fast",
    };
    println!("{} ({}), {computing}", device.device, device.detail);
    for line in [&device.reason, &device.fast_unavailable].into_iter().filter(|line| !line.is_empty()) {
        println!("{line}");
    }
    Ok(())
}

pub fn models(models: &[ModelView], json: bool) -> Result<()> {
    if json {
        return as_json(&models);
    }
    for model in models {
        let state = match (model.active, model.installed) {
            (true, _) => "at work",
            (false, true) => "installed",
            (false, false) => "not installed",
        };
        let speed =
            model.speed.as_ref().map(|speed| format!("{:.0}/s", speed.per_second)).unwrap_or_default();
        println!(
            "{:<30} {:<5} {:>4} d  {state:<13} {speed:>7} {}",
            model.id, model.role, model.dims, model.remedy
        );
        if !model.warning.is_empty() {
            println!("    {}", model.warning);
        }
    }
    Ok(())
}

pub fn verified(models: &[VerifiedModel], json: bool) -> Result<bool> {
    if json {
        as_json(&models)?;
    } else {
        for model in models {
            println!("{:<24} {}", model.id, model.problem.as_deref().unwrap_or("whole"));
        }
    }
    Ok(models.iter().all(|model| model.problem.is_none()))
}

pub fn eval(report: &BeirReport, json: bool) -> Result<()> {
    if json {
        return as_json(report);
    }
    println!(
        "{}: {} documents, {} passages, {} queries, model {}",
        report.set, report.documents, report.passages, report.queries, report.model
    );
    println!(
        "{:<8} {:>5} {:>8} {:>10} {:>11} {:>7}",
        "mode", "dims", "nDCG@10", "Recall@10", "Recall@100", "MRR@10"
    );
    for row in &report.rows {
        println!(
            "{:<8} {:>5} {:>8.4} {:>10.4} {:>11.4} {:>7.4}",
            row.mode, row.dims, row.ndcg_10, row.recall_10, row.recall_100, row.mrr_10
        );
    }
    for Comparison { of, with, difference, better, worse, p } in &report.comparisons {
        println!("{of} against {with}: nDCG@10 {difference:+.4}, {better} better, {worse} worse, p = {p:.4}");
    }
    Ok(())
}

pub fn typing(report: &TypingReport, json: bool) -> Result<()> {
    if json {
        return as_json(report);
    }
    println!(
        "{} passages, {} photos: {} queries typed, {} keystrokes; p50 {:.1} ms, p95 {:.1} ms, slowest {:.1} ms{}",
        report.passages,
        report.photos,
        report.queries,
        report.keystrokes,
        report.p50_ms,
        report.p95_ms,
        report.slowest_ms,
        report.memory_bytes.map(|memory| format!("; {} of memory", bytes(memory))).unwrap_or_default()
    );
    Ok(())
}

pub fn eval_photos(report: &PhotoReport, json: bool) -> Result<()> {
    if json {
        return as_json(report);
    }
    println!("{}: {} photos, {} texts, model {}", report.task, report.photos, report.texts, report.model);
    println!("{:>9} {:>9} {:>9}", "Recall@1", "Recall@5", "Recall@10");
    println!("{:>9.4} {:>9.4} {:>9.4}", report.recall_1, report.recall_5, report.recall_10);
    Ok(())
}

pub fn compared(models: &[ModelHits], json: bool) -> Result<()> {
    if json {
        return as_json(&models);
    }
    for model in models {
        println!("{} ({} photos seen)", model.name, model.seen);
        for hit in &model.hits {
            println!("  {:.3} {} / {}", hit.score, hit.folder, hit.name);
        }
    }
    Ok(())
}

pub fn examined(examined: &[Examined], json: bool) -> Result<()> {
    if json {
        return as_json(&examined);
    }
    for examined in examined {
        println!("{}: {}", examined.what, examined.told.join("; "));
    }
    Ok(())
}

pub fn costs(spaces: &[DimensionsView], json: bool) -> Result<()> {
    if json {
        return as_json(&spaces);
    }
    for space in spaces {
        let Some(measured) = &space.measured else { continue };
        let rotated = if space.rotated { "rotated" } else { "not rotated" };
        println!(
            "{} vectors of {}: {} of {} measured with {} queries made of them and {} starred ones, {rotated}",
            space.space.name(),
            space.name,
            measured.vectors,
            measured.of_vectors,
            measured.queries,
            measured.starred
        );
        println!(
            "{:>5} {:>7} {:>10} {:>10} {:>10} {:>10} {:>9} {:>9}",
            "dims", "storage", "memory", "recall@10", "candidates", "re-scored", "p50 ms", "p95 ms"
        );
        for choice in &space.choices {
            let Some(cost) = &choice.cost else { continue };
            let preset = preset(&measured.presets, choice.form);
            println!(
                "{:>5} {:>7} {:>10} {:>10.4} {:>10} {:>10.4} {:>9.3} {:>9.3} {preset}",
                choice.dims,
                choice.form.storage.name(),
                bytes(choice.memory_bytes),
                cost.recall,
                cost.candidates,
                cost.rescored_recall,
                cost.p50_ms,
                cost.p95_ms
            );
        }
    }
    Ok(())
}

fn preset(presets: &Presets, form: IndexForm) -> String {
    let named = [("exact", presets.exact), ("balanced", presets.balanced), ("smallest", presets.smallest)];
    let names: Vec<&str> = named.into_iter().filter(|(_, one)| *one == form).map(|(name, _)| name).collect();
    names.join(", ")
}
