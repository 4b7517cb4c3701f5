//! What is the same, and what nearly is, on real files: `CAIRN_DATA` names a folder of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cairn_engine::api::Sameness;

use crate::shelf::{Shelf, add, finish};

fn data(part: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("CAIRN_DATA").map(|data| Path::new(&data).join(part));
    let folder = folder.filter(|folder| folder.is_dir());
    if folder.is_none() {
        println!("skipped: CAIRN_DATA names no folder with {part}");
    }
    folder
}

#[test]
fn one_photo_in_many_formats_and_orientations_is_one_group() {
    let (Some(hoppers), Some(turned)) =
        (data("hostile/pillow-test-images"), data("photos/exif-samples/jpg/orientation"))
    else {
        return;
    };
    let shelf = Shelf::new();
    for entry in std::fs::read_dir(hoppers).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        if name.starts_with("hopper") {
            shelf.write(&name, std::fs::read(entry.path()).unwrap());
        }
    }
    for entry in std::fs::read_dir(turned).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        shelf.write(&name, std::fs::read(entry.path()).unwrap());
    }
    let engine = shelf.open();
    add(&engine, &shelf.files());
    finish(&engine);
    let groups: Vec<BTreeSet<String>> = engine
        .duplicates()
        .unwrap()
        .into_iter()
        .filter(|group| group.sameness == Sameness::Looks)
        .map(|group| group.items.into_iter().map(|item| item.name).collect())
        .collect();
    println!("{groups:#?}");
    let of = |name: &str| groups.iter().find(|group| group.contains(name)).cloned().unwrap_or_default();
    for shape in ["landscape", "portrait"] {
        let all: BTreeSet<String> = (1..=8).map(|number| format!("{shape}_{number}.jpg")).collect();
        assert_eq!(of(&format!("{shape}_1.jpg")), all);
    }
    let hopper = of("hopper.png");
    assert!(hopper.iter().all(|name| name.starts_with("hopper")), "{hopper:?}");
    for name in ["hopper.bmp", "hopper.tif", "hopper_orientation_6.jpg", "hopper_orientation_7.webp"] {
        assert!(hopper.contains(name), "{name}: {hopper:?}");
    }
}

/// Real states of 92 pages: each is proposed as another state of its own page, and of no other.
#[test]
fn revisions_of_a_page_are_grouped_and_pages_are_kept_apart() {
    let Some(revisions) = data("neardup/tauri-revisions") else { return };
    let shelf = Shelf::new();
    let mut pages = 0;
    for page in std::fs::read_dir(revisions).unwrap().flatten().filter(|page| page.path().is_dir()) {
        pages += 1;
        let page_name = page.file_name().into_string().unwrap();
        for file in std::fs::read_dir(page.path()).unwrap().flatten() {
            let name = file.file_name().into_string().unwrap();
            shelf.write(&format!("{page_name}/{name}"), std::fs::read(file.path()).unwrap());
        }
    }
    let engine = shelf.open_bare();
    add(&engine, &shelf.files());
    let mut by_band: BTreeMap<String, usize> = BTreeMap::new();
    let mut grouped = BTreeSet::new();
    for group in engine.duplicates().unwrap() {
        let of: BTreeSet<String> = group.items.iter().map(|item| item.folder.clone()).collect();
        assert_eq!(of.len(), 1, "different pages: {group:?}");
        *by_band.entry(format!("{:?}", group.sameness)).or_default() += group.items.len() - 1;
        grouped.extend(of);
    }
    println!("{by_band:?}; {} of {pages} pages", grouped.len());
    // A page whose only other state has little in common with it is rightly alone.
    assert!(grouped.len() * 100 >= pages * 85, "{} of {pages}", grouped.len());
}
