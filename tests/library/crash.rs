//! Killed at any moment and started again: nothing lost, nothing twice.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::{Duration, Instant};

use cairn_engine::api::{JobKind, JobState};

use crate::shelf::{Shelf, finish, names, search};

/// Documents with a sentence each that only they hold.
const DOCUMENTS: usize = 60;
/// How often a run is killed; `CAIRN_KILLS=1000` makes it a thousand times.
const KILLS: usize = 50;

fn kills() -> usize {
    std::env::var("CAIRN_KILLS").map_or(KILLS, |kills| kills.parse().expect("CAIRN_KILLS is a number"))
}

/// A person's files that change while Cairn is killed again and again: the name of each, and the parcel that it alone is about.
struct Changing<'s> {
    shelf: &'s Shelf,
    files: BTreeMap<String, String>,
    made: usize,
    state: u64,
}

impl Changing<'_> {
    /// SplitMix64.
    fn random(&mut self, below: usize) -> usize {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % below as u64) as usize
    }

    fn write(&mut self, name: &str) {
        let parcel = format!("zq{}x", self.made);
        let filler = "The weather was mild and the road was dry. ".repeat(8 + self.made % 5);
        self.shelf.write(name, format!("{filler}Parcel number {parcel} was delivered. {filler}"));
        self.files.insert(name.to_owned(), parcel);
        self.made += 1;
    }

    fn any(&mut self) -> String {
        let at = self.random(self.files.len());
        self.files.keys().nth(at).unwrap().clone()
    }

    /// One file is new, one says something else, one moves, one goes.
    fn change(&mut self) {
        let name = format!("{:04}.txt", self.made);
        self.write(&name);
        let name = self.any();
        self.write(&name);
        let (from, to) = (self.any(), format!("moved/{:04}.txt", self.made));
        let parcel = self.files.remove(&from).unwrap();
        let folder = self.shelf.files();
        std::fs::create_dir_all(folder.join("moved")).unwrap();
        std::fs::rename(folder.join(&from), folder.join(&to)).unwrap();
        self.files.insert(to, parcel);
        self.made += 1;
        let name = self.any();
        std::fs::remove_file(folder.join(&name)).unwrap();
        self.files.remove(&name);
    }
}

#[test]
fn killed_runs_lose_nothing_and_do_nothing_twice() {
    let shelf = Shelf::new();
    let mut changing = Changing { shelf: &shelf, files: BTreeMap::new(), made: 0, state: 11 };
    for number in 0..DOCUMENTS {
        changing.write(&format!("{number:04}.txt"));
    }
    let files = shelf.files();
    for _ in 0..kills() {
        changing.change();
        let mut child = shelf
            .command(&["index", files.to_str().unwrap()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // While it opens, looks, reads, embeds, saves.
        std::thread::sleep(Duration::from_millis(10 + changing.random(700) as u64));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let engine = shelf.open();
    engine.rescan().unwrap();
    finish(&engine);
    let status = engine.status().unwrap();
    assert_eq!((status.documents, status.failed, status.pending), (changing.files.len() as u64, 0, 0));
    assert_eq!((status.text.vectors, status.text.waiting), (status.passages, 0));
    for (name, parcel) in &changing.files {
        let found = search(&engine, parcel);
        let name = name.rsplit('/').next().unwrap();
        assert_eq!(names(&found)[0], name, "{parcel}");
        assert_eq!(names(&found).iter().filter(|hit| **hit == name).count(), 1);
    }
    assert!(engine.duplicates().unwrap().is_empty());
    assert!(engine.doctor().unwrap().iter().all(|examined| examined.sound));
}

#[test]
fn killed_while_its_form_changes_an_index_is_whole_in_one_form_or_the_other() {
    let shelf = Shelf::new();
    for number in 0..DOCUMENTS {
        shelf.write(
            &format!("{number:02}.txt"),
            format!("Parcel number zq{number}x was left with the neighbour."),
        );
    }
    assert!(shelf.run(&["index", shelf.files().to_str().unwrap()]).status.success());
    let forms = [["64", "int8"], ["full", "binary"], ["128", "f32"], ["256", "f16"]];
    for (round, [dims, storage]) in forms.iter().cycle().take(12).enumerate() {
        let mut child = shelf
            .command(&["dims", dims, "--storage", storage])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // While it opens, builds, saves, swaps, or just after.
        std::thread::sleep(Duration::from_millis(40 + 37 * round as u64));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let engine = shelf.open();
    finish(&engine);
    let view = &engine.dimensions().unwrap()[0];
    assert!(!view.building && view.vectors == DOCUMENTS as u64);
    assert!(engine.doctor().unwrap().iter().all(|examined| examined.sound));
    let found = search(&engine, "a package for someone who was not at home");
    assert!(names(&found)[0].ends_with(".txt"), "{found:?}");
}

#[test]
fn a_vector_that_is_no_number_fails_the_building_of_an_index_and_does_not_hold_it_up() {
    let shelf = Shelf::new();
    // More than wait in line between those who read vectors and those who put them into the index.
    crate::measure::fill(&shelf, 60);
    let database = rusqlite::Connection::open(shelf.library().join("library.db")).unwrap();
    // All bits set: no number, in whatever form the vectors are kept.
    let damaged = database
        .execute(
            "UPDATE vectors SET data = unhex(replace(hex(zeroblob(length(data))), '00', 'FF'))
             WHERE item_id = (SELECT min(item_id) FROM vectors)",
            [],
        )
        .unwrap();
    assert_eq!(damaged, 1);
    drop(database);
    let engine = shelf.open();
    let begun = Instant::now();
    let job = loop {
        let built = engine
            .jobs()
            .into_iter()
            .find(|job| job.kind == JobKind::Rebuild && job.state != JobState::Running);
        if let Some(job) = built.filter(|job| job.state != JobState::Queued) {
            break job;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "the job waits for ever");
        std::thread::sleep(Duration::from_millis(50));
    };
    assert_eq!(job.state, JobState::Failed, "{job:?}");
    assert!(!search(&engine, "passage of document").hits.is_empty());
}

#[test]
fn a_damaged_index_is_built_again_and_search_answers_meanwhile() {
    let shelf = Shelf::new();
    shelf.write("swim.txt", "We swam in the cold lake before breakfast.");
    shelf.write("tax.txt", "The tax return is due at the end of July.");
    let engine = shelf.open();
    crate::shelf::add(&engine, &shelf.files());
    engine.close();
    drop(engine);

    let index = shelf.library().join("index");
    let snapshots: Vec<_> = std::fs::read_dir(&index)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "index"))
        .collect();
    assert!(!snapshots.is_empty());
    for snapshot in &snapshots {
        let mut bytes = std::fs::read(snapshot).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0x55;
        std::fs::write(snapshot, bytes).unwrap();
    }
    let engine = shelf.open();
    assert_eq!(names(&search(&engine, "bathing in chilly water"))[0], "swim.txt");
    finish(&engine);
    assert_eq!(names(&search(&engine, "bathing in chilly water"))[0], "swim.txt");
    assert!(engine.status().unwrap().text.memory_bytes > 0);
}

#[test]
fn a_held_run_stays_held_over_a_restart_and_a_stopped_one_ends() {
    let shelf = Shelf::new();
    for number in 0..200 {
        shelf.write(&format!("{number}.txt"), format!("Entry {number} of the ledger, paid in cash."));
    }
    let engine = shelf.open();
    engine.add_path(&shelf.files()).unwrap();
    let job = engine.jobs()[0].id;
    engine.job_pause(job).unwrap();
    let paused = |engine: &cairn_engine::Engine| {
        engine.jobs().iter().any(|job| job.state == cairn_engine::api::JobState::Paused)
    };
    assert!(paused(&engine));
    engine.close();
    drop(engine);

    let engine = shelf.open();
    engine.rescan().unwrap();
    assert!(paused(&engine), "{:?}", engine.jobs());
    let job = engine.jobs()[0].id;
    engine.job_resume(job).unwrap();
    finish(&engine);
    assert_eq!(engine.status().unwrap().documents, 200);
}
