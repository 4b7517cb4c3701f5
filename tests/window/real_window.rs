//! One person's first hour with Cairn: every step stands on what the one before has left in the library.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use cairn_tests::window::{Element, Key, Window, WindowOptions};
use serde::Deserialize;

use crate::watch;

/// For what a click shows at once; generous, for a machine that is busy.
const SOON: Duration = Duration::from_secs(120);
/// For what has to be read, embedded or built first.
const WORK: Duration = Duration::from_secs(900);

const VIEWS: [&str; 7] = ["search", "photos", "map", "ask", "duplicates", "library", "settings"];

/// A question to the sample library, `assets/sample-questions.json`.
#[derive(Deserialize)]
struct Question {
    /// `meaning`: none of its words stands in the passage; `question`, `unanswerable`, `photo`.
    group: String,
    query: String,
    /// Name of the file that answers it.
    expect: Option<String>,
    /// What the answer says.
    answer: Option<String>,
}

impl Question {
    /// The first one of a group.
    fn of(group: &str) -> Result<Self> {
        let path = cairn_tests::repository().join("assets/sample-questions.json");
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let all: Vec<Self> = serde_json::from_str(&text).with_context(|| path.display().to_string())?;
        all.into_iter()
            .find(|question| question.group == group)
            .with_context(|| format!("no {group} question"))
    }

    fn expected(&self) -> Result<&str> {
        self.expect.as_deref().with_context(|| format!("{:?} expects no file", self.query))
    }
}

type Step = (&'static str, fn(&Window) -> Result<()>);

const FIRST_DAY: &[Step] = &[
    ("an empty library says what to do", first_run),
    ("the sample library is read", sample_library_is_read),
    ("a passage is found by its meaning", passage_is_found_by_meaning),
    ("photos are found and shown", photos_are_found_and_shown),
    ("the map has groups that can be entered", map_has_groups_that_can_be_entered),
    ("a question without an answer is told so", question_without_an_answer_is_told),
    ("a question is answered with its source", question_is_answered_with_its_source),
    ("64 dimensions are chosen and answer", dimensions_can_be_changed),
    ("keys lead everywhere", keys_lead_everywhere),
    ("every view is accessible by light", |window| every_view_is_accessible(window, "light")),
    ("every view is accessible in the dark", |window| every_view_is_accessible(window, "dark")),
    ("nothing went wrong unseen", watch::nothing_wrong),
];

const NEXT_DAY: &[Step] = &[
    ("a passage is found again", passage_is_found_by_meaning),
    ("the choice of dimensions is kept", dimensions_are_kept),
    ("nothing went wrong unseen", watch::nothing_wrong),
];

#[test]
fn a_person_finds_asks_and_comes_back() -> Result<()> {
    let library = tempfile::tempdir()?;
    let options = WindowOptions::cairn(library.path())?;
    for day in [FIRST_DAY, NEXT_DAY] {
        let window = Window::open(&options)?;
        watch::begin(&window)?;
        for (what, step) in day {
            let start = Instant::now();
            step(&window).context(*what)?;
            println!("{what} ({:.1} s)", start.elapsed().as_secs_f32());
        }
        window.close()?;
    }
    Ok(())
}

#[test]
fn what_is_dropped_on_the_window_is_read_and_found() -> Result<()> {
    let library = tempfile::tempdir()?;
    let person = tempfile::tempdir()?;
    let sample = cairn_tests::repository().join("assets/sample");
    let meant = Question::of("meaning")?;
    let folder = copy_folder_of(&sample, meant.expected()?, person.path())?;
    let window = Window::open(&WindowOptions::cairn(library.path())?)?;
    watch::begin(&window)?;
    window.wait_for(&id("add-sample"), SOON)?;
    window.drop_path(&folder)?;
    window.wait_gone(&id("add-sample"), SOON)?;
    library_is_read(&window)?;
    passage_is_found_by_meaning(&window)?;
    watch::nothing_wrong(&window)?;
    window.close()
}

/// Copies the folder below `from` that holds a file of this name to `to`, without what lies deeper.
fn copy_folder_of(from: &Path, name: &str, to: &Path) -> Result<PathBuf> {
    let mut waiting = vec![from.to_owned()];
    while let Some(folder) = waiting.pop() {
        let paths: Vec<PathBuf> =
            folder.read_dir()?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
        if paths.iter().any(|path| path.file_name().is_some_and(|file| file == name)) {
            let copy = to.join(folder.file_name().context("a folder without a name")?);
            std::fs::create_dir(&copy)?;
            for file in paths.iter().filter(|path| path.is_file()) {
                std::fs::copy(file, copy.join(file.file_name().unwrap_or_default()))?;
            }
            return Ok(copy);
        }
        waiting.extend(paths.into_iter().filter(|path| path.is_dir()));
    }
    bail!("{name} is not in {}", from.display())
}

fn first_run(window: &Window) -> Result<()> {
    window.wait_for(&id("view-search"), SOON)?;
    window.wait_for(&id("add-folder"), SOON)?;
    let search = window.wait_for(&id("search-box"), SOON)?;
    ensure!(search.role()? == "searchbox", "the search box is a {}", search.role()?);
    ensure!(!search.label()?.is_empty(), "the search box has no name");
    photograph(window, "first-run")
}

fn sample_library_is_read(window: &Window) -> Result<()> {
    window.wait_for(&id("add-sample"), SOON)?.click()?;
    window.wait_gone(&id("add-sample"), SOON)?;
    library_is_read(window)
}

fn library_is_read(window: &Window) -> Result<()> {
    // Reading and embedding are separate pieces of work: the sums are shown when none is left.
    window.wait_until("the library is read", WORK, |w| {
        let text = w.find(&id("view-search"))?.context("no search view")?.text()?;
        let at_work = w.find(&id("job-card"))?.is_some();
        Ok((!at_work && text.contains("can be searched") && !text.contains("still to be read")).then_some(()))
    })
}

fn passage_is_found_by_meaning(window: &Window) -> Result<()> {
    let meant = Question::of("meaning")?;
    go(window, "search")?;
    type_into(&window.wait_for(&id("search-box"), SOON)?, &meant.query)?;
    // Vectors may still be on their way. The list does not move under somebody who reads it; it offers to search again.
    window.wait_until("the passage is the first hit", WORK, |w| {
        if let Some(refresh) = w.find(&id("search-refresh"))? {
            refresh.click()?;
        }
        w.find(&id("hit"))?.context("no hit")?.click()?;
        let preview = w.wait_for(&id("preview"), SOON)?.text()?;
        ensure!(preview.contains(meant.expected()?), "the first hit opens {preview:?}");
        Ok(Some(()))
    })?;
    let passage = marked_passage(window)?;
    let told = words(&meant.query).find(|word| words(&passage).any(|other| other == *word));
    ensure!(told.is_none(), "{told:?} of the query stands in the passage: this proves nothing about meaning");
    Ok(())
}

fn photos_are_found_and_shown(window: &Window) -> Result<()> {
    let meant = Question::of("photo")?;
    type_into(&window.wait_for(&id("search-box"), SOON)?, &meant.query)?;
    window.wait_until("the photo is found", SOON, |w| {
        let found = w.find_all(&id("hit-photo"))?.iter().map(Element::label).collect::<Result<Vec<_>>>()?;
        let expected = meant.expected()?;
        ensure!(found.iter().any(|name| name.starts_with(expected)), "{expected} is not among {found:?}");
        Ok(Some(()))
    })?;
    go(window, "photos")?;
    window.wait_for(&id("photo-tile"), SOON)?;
    // The pictures come through the window's own scheme, which its policy has to allow.
    window.wait_until("every picture in sight is drawn", SOON, |w| {
        let script = "const images = [...document.querySelectorAll('[data-testid=photo-tile] img')];
            return images.length > 0 && images.every((image) => image.complete && image.naturalWidth > 0)";
        Ok((w.execute(script, &[])? == true).then_some(()))
    })?;
    window.wait_for(&id("photo-tile"), SOON)?.click()?;
    window.wait_for(&format!("{} img", id("preview-photo")), SOON)?;
    // From a photo to those that look like it, and back to an empty search.
    window.wait_for(&id("preview-similar"), SOON)?.click()?;
    let like = window.wait_for(&id("search-like"), SOON)?;
    window.wait_for(&id("hit-photo"), SOON)?;
    photograph(window, "similar")?;
    like.click()?;
    window.wait_gone(&id("search-like"), SOON)
}

fn map_has_groups_that_can_be_entered(window: &Window) -> Result<()> {
    go(window, "map")?;
    window.wait_for(&id("map-canvas"), WORK)?;
    let groups = window.find_all(&id("map-cluster"))?;
    ensure!(groups.len() >= 2, "{} groups on the map", groups.len());
    groups[0].click()?;
    window.wait_for(&id("map-item"), SOON)?.click()?;
    window.wait_for(&id("preview"), SOON)?;
    window.wait_for(&id("map-back"), SOON)?.click()?;
    window.wait_for(&id("map-cluster"), SOON)?;
    Ok(())
}

fn question_is_answered_with_its_source(window: &Window) -> Result<()> {
    let question = Question::of("question")?;
    ask(window, &question.query)?;
    window.wait_for_text(&id("ask-answer"), question.answer.as_deref().context("no answer")?, SOON)?;
    window.wait_for(&id("ask-citation"), SOON)?.click()?;
    window.wait_for_text(&id("preview"), question.expected()?, SOON)?;
    ensure!(!marked_passage(window)?.trim().is_empty(), "the source is open, and nothing in it is marked");
    Ok(())
}

fn question_without_an_answer_is_told(window: &Window) -> Result<()> {
    ask(window, &Question::of("unanswerable")?.query)?;
    window.wait_for(&id("ask-none"), SOON)?;
    ensure!(window.find(&id("ask-answer"))?.is_none(), "an answer and \"not in your files\" at once");
    Ok(())
}

fn dimensions_can_be_changed(window: &Window) -> Result<()> {
    go(window, "settings")?;
    window.wait_for(&id("measure-dimensions"), SOON)?.click()?;
    window.wait_for(&id("measured"), WORK)?;
    window.wait_for(&id("form-text-d64-int8"), SOON)?.click()?;
    window.wait_for_text(&id("dims-current-text"), "64 dimensions, int8", WORK)?;
    ensure!(
        window.wait_for(&id("form-text-d64-int8"), SOON)?.attribute("aria-pressed")?.as_deref()
            == Some("true"),
        "64 dimensions are in use, and their row does not say so"
    );
    window.execute("document.querySelector('[data-section=dimensions]').scrollIntoView()", &[])?;
    photograph(window, "dimensions")?;
    passage_is_found_by_meaning(window)
}

fn dimensions_are_kept(window: &Window) -> Result<()> {
    go(window, "settings")?;
    window.wait_for_text(&id("dims-current-text"), "64 dimensions, int8", SOON)?;
    Ok(())
}

fn keys_lead_everywhere(window: &Window) -> Result<()> {
    go(window, "library")?;
    window.keys(&[Key::Control, Key::Char('k')])?;
    window.wait_until("Ctrl+K leads to the search box", SOON, |w| {
        let focused = w.execute("return document.activeElement?.dataset.testid", &[])?;
        Ok((focused == "search-box").then_some(()))
    })?;
    window.keys(&[Key::Escape])?;
    window.keys(&[Key::Control, Key::Char('2')])?;
    window.wait_for(&id("view-photos"), SOON)?;
    Ok(())
}

fn every_view_is_accessible(window: &Window, theme: &str) -> Result<()> {
    go(window, "settings")?;
    window.wait_for(&id(&format!("theme-{theme}")), SOON)?.click()?;
    passage_is_found_by_meaning(window)?;
    for view in VIEWS {
        go(window, view)?;
        window.wait_until("nothing moves", SOON, |w| {
            let script = "return document.getAnimations().every((one) => one.playState !== 'running')";
            Ok((w.execute(script, &[])? == true).then_some(()))
        })?;
        photograph(window, &format!("{view}-{theme}"))?;
        watch::accessible(window, &format!("{view}, {theme}"))?;
    }
    Ok(())
}

fn ask(window: &Window, question: &str) -> Result<()> {
    go(window, "ask")?;
    let field = window.wait_for(&id("ask-box"), SOON)?;
    type_into(&field, question)?;
    window.keys(&[Key::Enter])
}

fn go(window: &Window, view: &str) -> Result<()> {
    window.wait_for(&id(&format!("nav-{view}")), SOON)?.click()?;
    window.wait_for(&id(&format!("view-{view}")), SOON)?;
    Ok(())
}

/// Replaces what stands in a field, as a person does.
fn type_into(field: &Element<'_>, text: &str) -> Result<()> {
    field.clear()?;
    field.type_text(text)
}

/// The text of the passage that the preview has marked.
fn marked_passage(window: &Window) -> Result<String> {
    let css = format!("{} .passage", id("preview-text"));
    window.wait_for(&css, SOON)?;
    window.find_all(&css)?.iter().map(Element::text).collect()
}

fn photograph(window: &Window, name: &str) -> Result<()> {
    let path = cairn_tests::screenshots()?.join(format!("{name}.png"));
    window.screenshot(&path)
}

fn id(test_id: &str) -> String {
    format!("[data-testid=\"{test_id}\"]")
}

/// The words of a text that carry meaning, in lower case.
fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    let letters = |c: char| !c.is_alphanumeric();
    text.split(letters).filter(|word| word.chars().count() > 3).map(str::to_lowercase)
}
