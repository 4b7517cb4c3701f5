//! The command line: the same library, JSON for programs, exit codes for scripts.

use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;

use crate::shelf::{Shelf, sample, tiny_clip};

fn json(output: &std::process::Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stdout)))
}

#[test]
fn a_library_is_made_searched_and_asked() {
    let shelf = Shelf::new();
    let documents = sample().join("Documents");
    let indexed = shelf.run(&["index", documents.to_str().unwrap(), "--json"]);
    assert_eq!(indexed.status.code(), Some(0), "{indexed:?}");
    assert_eq!(json(&indexed)["failed"], 0);

    let found = shelf.run(&["search", "parasites killing honeybees", "--json", "--limit", "1"]);
    assert_eq!(found.status.code(), Some(0));
    assert_eq!(json(&found)["hits"][0]["name"], "bee-log.txt");
    assert_eq!(shelf.run(&["search", "qqxyzzy", "--mode", "keyword"]).status.code(), Some(1));

    let answer = shelf.run(&["ask", "How heavy was the pumpkin?"]);
    assert_eq!(answer.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&answer.stdout).contains("23.4 kg"), "{answer:?}");

    let dims = shelf.run(&["dims", "128", "--json"]);
    assert_eq!(json(&dims)[0]["current"], serde_json::json!({"dims": "d128", "storage": "f16"}));
    assert_eq!(json(&shelf.run(&["status", "--json"]))["text"]["dims"], 128);
    let clusters = shelf.run(&["clusters", "--json"]);
    assert!(json(&clusters)["clusters"].as_array().unwrap().len() > 1);
    let models = json(&shelf.run(&["models", "list", "--json"]));
    let installed: Vec<&str> = models
        .as_array()
        .unwrap()
        .iter()
        .filter(|model| model["installed"] == true)
        .map(|model| model["id"].as_str().unwrap())
        .collect();
    assert_eq!(installed, ["all-minilm-l6-v2", "cairn-photo-3"]);
    assert_eq!(shelf.run(&["models", "verify"]).status.code(), Some(0));
    let missing = shelf.run(&["models", "use", "clip-vit-base-patch32"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("not installed"), "{missing:?}");
}

#[test]
fn the_doctor_finds_a_damaged_index_and_repairs_it() {
    let shelf = Shelf::new();
    shelf.run(&["index", sample().join("Documents").to_str().unwrap()]);
    let healthy = shelf.run(&["doctor", "--json"]);
    assert_eq!(healthy.status.code(), Some(0), "{healthy:?}");
    let examined = json(&healthy);
    assert_eq!((&examined[0]["what"], &examined[0]["told"][0]), (&"database".into(), &"whole".into()));
    assert!(examined[1]["told"][0].as_str().unwrap().contains("all in the index as stored"), "{examined}");

    let folder = shelf.library().join("index");
    let snapshots: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(!snapshots.is_empty());
    for snapshot in &snapshots {
        let mut bytes = std::fs::read(snapshot).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(snapshot, bytes).unwrap();
    }
    assert!(shelf.run(&["doctor"]).status.code().is_some_and(|code| code < 2));
    let again = shelf.run(&["doctor"]);
    assert_eq!(again.status.code(), Some(0), "{again:?}");
}

#[test]
fn dimensions_and_storages_are_measured_on_the_library() {
    let shelf = Shelf::new();
    assert_eq!(shelf.run(&["bench", "index"]).status.code(), Some(1), "an empty library");
    shelf.run(&["index", sample().join("Documents").to_str().unwrap()]);
    let measured = json(&shelf.run(&["bench", "index", "--json"]));
    let choices = measured[0]["choices"].as_array().unwrap();
    assert_eq!(choices.len(), 4 * 4, "four lengths, four storages");
    assert_eq!(choices[0]["form"], serde_json::json!({"dims": "full", "storage": "f32"}));
    for choice in choices {
        let cost = &choice["cost"];
        assert!(cost["rescored_recall"].as_f64() >= cost["recall"].as_f64(), "{cost}");
        assert!(cost["rescored_recall"].as_f64().unwrap() >= 0.99, "{cost}");
    }
    let balanced = &measured[0]["measured"]["presets"]["balanced"];
    assert!(choices.iter().any(|choice| choice["form"] == *balanced), "{balanced}");
}

#[test]
fn typing_is_timed_on_the_library_itself() {
    let shelf = Shelf::new();
    shelf.write("letter.txt", "A letter about the orchard and its pears.");
    assert!(shelf.run(&["index", shelf.files().to_str().unwrap()]).status.success());
    let timed = shelf.run(&["bench", "search", "--queries", "3", "--json"]);
    let report: serde_json::Value = serde_json::from_slice(&timed.stdout).unwrap();
    // "letter orchard pears", from its second character on.
    assert_eq!((report["passages"].as_u64(), report["keystrokes"].as_u64()), (Some(1), Some(19)), "{report}");
    assert!(report["p95_ms"].as_f64() >= report["p50_ms"].as_f64());
}

#[test]
fn a_search_explains_how_vectors_were_searched_in_every_form() {
    let shelf = Shelf::new();
    shelf.run(&["index", sample().join("Documents").to_str().unwrap()]);
    let explained = |said: &str| {
        let output = shelf.run(&["search", "fungus ruined the crop", "--explain"]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("Passages: Looked at each of") && text.contains(said), "{text}");
    };
    explained("384 dimensions as f16");
    shelf.run(&["dims", "64", "--storage", "binary", "--space", "text"]);
    explained("64 dimensions as binary");
    let computing = json(&shelf.run(&["models", "computing", "fast", "--json"]));
    assert_eq!(computing["computing"], "fast");
    explained("64 dimensions as binary");
    let forms = json(&shelf.run(&["dims", "--json"]));
    assert_eq!(forms[0]["before"], serde_json::json!({"dims": "full", "storage": "f16"}));
    assert_eq!(
        forms[1]["current"],
        serde_json::json!({"dims": "full", "storage": "f16"}),
        "photos are left as they are"
    );
}

#[test]
fn a_model_can_be_measured_and_only_one_that_is_not_needed_is_removed() {
    let shelf = Shelf::new();
    let measured = json(&shelf.run(&["models", "measure", "all-minilm-l6-v2", "--json"]));
    let models = measured.as_array().unwrap();
    let minilm = models.iter().find(|model| model["id"] == "all-minilm-l6-v2").unwrap();
    assert!(minilm["speed"]["per_second"].as_f64().unwrap() > 0.0, "{minilm}");
    for id in ["all-minilm-l6-v2", "cairn-photo-3"] {
        let refused = shelf.run(&["models", "remove", id]);
        assert_eq!(refused.status.code(), Some(2), "{id}");
        assert!(String::from_utf8_lossy(&refused.stderr).contains("at work"), "{refused:?}");
    }
}

#[test]
fn lines_become_vectors() {
    let shelf = Shelf::new();
    let mut child = shelf
        .command(&["embed", "--model", "all-minilm-l6-v2"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(b"{\"text\": \"a dog\"}\n{\"text\": \"a puppy\"}\n{\"text\": \"tax law\"}\n")
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let vectors: Vec<Vec<f32>> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            line["vector"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap() as f32).collect()
        })
        .collect();
    assert_eq!(vectors.iter().map(Vec::len).collect::<Vec<_>>(), [384, 384, 384]);
    let cosine = cairn_core::vector::cosine;
    assert!(cosine(&vectors[0], &vectors[1]) > cosine(&vectors[0], &vectors[2]) + 0.2);
}

/// No weights of a real photo model can be had everywhere: a tiny one with random weights in the real layout goes
/// the whole way from import to search. What it finds means nothing; that it finds does.
#[test]
fn a_photo_model_that_is_imported_embeds_and_searches_photos() {
    let shelf = Shelf::new();
    let (golden, registry) = (tiny_clip(), shelf.registry_with_tiny_clip());
    let models = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let output = shelf
            .command(arguments)
            .env("CAIRN_MODELS_DIR", models.path())
            .env("CAIRN_MODELS_REGISTRY", &registry)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {output:?}");
        json(&output)
    };
    let photos = sample().join("Photos");
    run(&["index", photos.to_str().unwrap(), "--json"]);
    run(&["models", "import", "tiny-clip", golden.to_str().unwrap(), "--json"]);
    let status = run(&["status", "--json"]);
    assert_eq!(status["photo"]["model"], "tiny-clip");
    assert_eq!(
        (&status["photo"]["vectors"], &status["photo"]["waiting"]),
        (&status["photos"], &Value::from(0))
    );
    let found = run(&["search", "zebra", "--kind", "photo", "--mode", "vector", "--limit", "500", "--json"]);
    let hits = found["hits"].as_array().unwrap();
    let collapsed: usize = hits.iter().map(|hit| hit["alike"].as_array().unwrap().len()).sum();
    assert_eq!(Value::from(hits.len() + collapsed), status["photos"]);
    assert!(hits.iter().all(|hit| hit["channels"]["photo_cosine"].is_number() && hit["family"] == "photo"));
    assert_eq!(found["notes"], serde_json::json!([]));
    let map = run(&["clusters", "--json"]);
    assert_eq!(Value::from(map["files"].as_array().unwrap().len()), status["photos"]);
}

#[test]
fn what_is_read_and_when_is_chosen() {
    let shelf = Shelf::new();
    shelf.write("a/notes.log", "Notes about the quarry.");
    shelf.write("a/.gitignore", "*.log");
    shelf.write("a/film.mp4", b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom");
    shelf.run(&["index", shelf.files().to_str().unwrap()]);
    let chosen = shelf.run(&["indexing", "--gitignore", "on", "--cores", "half", "--json"]);
    let expected = serde_json::json!({
        "cores": "half", "only_on_mains": false, "gitignore": true, "archives": false
    });
    assert_eq!(json(&chosen), expected, "{chosen:?}");
    assert_eq!(json(&shelf.run(&["indexing", "--json"])), expected);
    let found = shelf.run(&["search", "film", "--mode", "keyword"]);
    assert!(String::from_utf8_lossy(&found.stdout).contains("film.mp4 (cannot be read)"), "{found:?}");
    assert_eq!(json(&shelf.run(&["status", "--json"]))["documents"], 0);
}

/// The tiny model of the golden tests as a re-ranker: with a pooler and one output, whose numbers are made up.
fn tiny_reranker(folder: &Path) {
    let golden = cairn_tests::repository().join("tests/golden/tiny-bert");
    std::fs::create_dir_all(folder).unwrap();
    for name in ["config.json", "tokenizer.json"] {
        std::fs::copy(golden.join(name), folder.join(name)).unwrap();
    }
    let bytes = std::fs::read(golden.join("model.safetensors")).unwrap();
    let (length, rest) = bytes.split_at(8);
    let length = u64::from_le_bytes(length.try_into().unwrap()) as usize;
    let mut header: serde_json::Map<String, Value> = serde_json::from_slice(&rest[..length]).unwrap();
    let mut data = rest[length..].to_vec();
    for (name, shape) in [
        ("pooler.dense.weight", vec![32, 32]),
        ("pooler.dense.bias", vec![32]),
        ("classifier.weight", vec![1, 32]),
        ("classifier.bias", vec![1]),
    ] {
        let begin = data.len();
        for at in 0..shape.iter().product::<usize>() {
            data.extend((((at * 7919 % 101) as f32 / 50.0 - 1.0) * 0.4).to_le_bytes());
        }
        let tensor =
            serde_json::json!({ "dtype": "F32", "shape": shape, "data_offsets": [begin, data.len()] });
        header.insert(name.to_owned(), tensor);
    }
    let header = serde_json::to_vec(&header).unwrap();
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header);
    file.extend(data);
    std::fs::write(folder.join("model.safetensors"), file).unwrap();
}

#[test]
fn the_best_passages_are_read_again_where_a_reranker_is_installed() {
    let shelf = Shelf::new();
    for (name, text) in
        [("a", "the roof was repaired"), ("b", "the roof of a house in the garden"), ("c", "a house")]
    {
        shelf.write(&format!("{name}.txt"), text);
    }
    let models = tempfile::tempdir().unwrap();
    let file = |name: &str| serde_json::json!({ "name": name, "size": null, "sha256": null });
    let files = ["config.json", "tokenizer.json", "model.safetensors"].map(file);
    let registry = serde_json::json!({ "models": [{
        "id": "tiny-reranker", "name": "Tiny", "role": "reranker", "architecture": "bert", "repo": "cairn/tiny",
        "files": files, "pooling": "cls", "max_tokens": 24, "dims": 32, "licence": "MIT OR Apache-2.0",
        "relevance": { "floor": 0.1, "likely": 0.5, "very_likely": 0.9, "source": "none" },
    }] });
    let path = models.path().join("registry.json");
    std::fs::write(&path, registry.to_string()).unwrap();
    let run = |arguments: &[&str]| {
        let mut command = shelf.command(arguments);
        command.env("CAIRN_MODELS_DIR", models.path()).env("CAIRN_MODELS_REGISTRY", &path);
        json(&command.output().unwrap())
    };
    run(&["index", shelf.files().to_str().unwrap(), "--json"]);
    let again = || {
        let found = run(&["search", "roof house", "--weak", "--rerank", "--json"]);
        found["hits"].as_array().unwrap().clone()
    };
    assert!(again().iter().all(|hit| hit["channels"]["reranked"].is_null()), "it is not there yet");
    tiny_reranker(&models.path().join("tiny-reranker"));
    let hits = again();
    assert_eq!(hits.len(), 3);
    let likely = |hit: &Value| hit["channels"]["reranked"].as_f64().unwrap();
    assert!(hits.iter().all(|hit| (0.0..=1.0).contains(&likely(hit))), "{hits:?}");
    assert!(likely(&hits[0]) != likely(&hits[1]), "{hits:?}");
    assert!(hits.is_sorted_by(|a, b| a["score"].as_f64() >= b["score"].as_f64()));
    assert_eq!(run(&["status", "--json"])["reranker"], "tiny-reranker");
    let first = run(&["search", "roof house", "--weak", "--json"]);
    assert!(first["hits"][0]["channels"]["reranked"].is_null(), "only when asked");
}
