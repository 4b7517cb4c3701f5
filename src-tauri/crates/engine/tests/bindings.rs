//! The window's TypeScript types are those of `cairn_engine::api`: generated, committed, and checked here.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use cairn_engine::api;
use ts_rs::{Config, TS};

/// Set to write the types instead of checking them.
const UPDATE: &str = "CAIRN_UPDATE_BINDINGS";

fn generate(to: &Path) {
    let config = Config::new().with_large_int("number").with_out_dir(to);
    macro_rules! export {
        ($($type:ty),* $(,)?) => { $(<$type>::export_all(&config).unwrap();)* };
    }
    export!(
        api::Answer,
        api::Evaluations,
        api::Explanation,
        api::FoundPassage,
        api::HeatMap,
        api::SavedSearch,
        api::DeviceView,
        api::DimensionsView,
        api::DuplicateGroup,
        api::Chip,
        api::OcrView,
        api::Excludes,
        api::ExcludesPreview,
        api::FailedPage,
        api::FolderView,
        api::Item,
        api::JobView,
        api::Map,
        api::ModelHits,
        api::ModelScore,
        api::ModelView,
        api::PhotoPage,
        api::Preview,
        api::SearchRequest,
        api::SearchResponse,
        api::SettingsView,
        api::StarredSearch,
        api::Status,
    );
    let names: Vec<String> = contents(to).into_keys().map(|name| name.replace(".ts", "")).collect();
    let index: String =
        names.iter().map(|name| format!("export type {{ {name} }} from './{name}';\n")).collect();
    fs::write(to.join("index.ts"), index).unwrap();
}

/// The files of a folder by name.
fn contents(folder: &Path) -> BTreeMap<String, String> {
    let Ok(entries) = fs::read_dir(folder) else { return BTreeMap::new() };
    entries
        .map(|entry| {
            let path = entry.unwrap().path();
            (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(path).unwrap())
        })
        .collect()
}

#[test]
fn types_of_the_window_are_those_of_the_engine() {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../ui/src/lib/backend/bindings");
    if std::env::var_os(UPDATE).is_some() {
        let _ = fs::remove_dir_all(&committed);
        fs::create_dir_all(&committed).unwrap();
        generate(&committed);
        return;
    }
    let fresh = tempfile::tempdir().unwrap();
    generate(fresh.path());
    assert_eq!(
        contents(&committed),
        contents(fresh.path()),
        "the types differ; run {UPDATE}=1 cargo test -p cairn-engine --test bindings"
    );
}
