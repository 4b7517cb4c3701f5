//! Files that are not what they must be are refused in plain words. The hashes are unknown here, so that only the
//! contents can tell.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::Path;

use cairn_core::Class;
use cairn_embed::{ModelEntry, ModelError, ModelStatus, PhotoEncoder, TextEncoder};
use common::{store_with, tiny_bert, tiny_clip, unhashed};
use serde_json::{Value, json};

/// What loading says after `harm` was done to the model's folder.
fn refusal(entry: &ModelEntry, harm: impl FnOnce(&Path)) -> String {
    let (folder, store) = store_with(entry);
    harm(&folder.path().join(&entry.id));
    let error = match entry.id.as_str() {
        "tiny-clip" => PhotoEncoder::load(&store, entry, None).err(),
        _ => TextEncoder::load(&store, entry).err(),
    };
    assert!(!matches!(store.status(entry), ModelStatus::Installed));
    error.unwrap().to_string()
}

fn edit_config(folder: &Path, edit: impl FnOnce(&mut Value)) {
    let path = folder.join("config.json");
    let mut config: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    edit(&mut config);
    fs::write(path, config.to_string()).unwrap();
}

/// Rewrites the header of the weight file; the numbers stay where they are.
fn edit_header(folder: &Path, edit: impl FnOnce(String) -> String) {
    let path = folder.join("model.safetensors");
    let bytes = fs::read(&path).unwrap();
    let (length, rest) = bytes.split_at(8);
    let (header, data) = rest.split_at(u64::from_le_bytes(length.try_into().unwrap()) as usize);
    let header = edit(String::from_utf8(header.to_vec()).unwrap());
    let mut edited = (header.len() as u64).to_le_bytes().to_vec();
    edited.extend(header.as_bytes());
    edited.extend(data);
    fs::write(path, edited).unwrap();
}

#[track_caller]
fn assert_says(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "{part:?} is not in: {message}");
    }
}

#[test]
fn a_missing_tensor_is_named() {
    let message = refusal(&unhashed(tiny_bert()), |folder| {
        edit_header(folder, |header| header.replace("encoder.layer.1.output.dense.bias", "something.else"));
    });
    assert_says(&message, &["model.safetensors", "lacks the tensor encoder.layer.1.output.dense.bias"]);
    let message = refusal(&unhashed(tiny_clip()), |folder| {
        edit_header(folder, |header| header.replace("vision_model.pre_layrnorm.weight", "something.else"));
    });
    assert_says(&message, &["model.safetensors", "lacks the tensor vision_model.pre_layrnorm.weight"]);
}

#[test]
fn a_tensor_of_the_wrong_shape_is_named() {
    let message = refusal(&unhashed(tiny_bert()), |folder| {
        edit_config(folder, |config| config["intermediate_size"] = json!(65));
    });
    assert_says(&message, &["intermediate.dense.weight", "[64, 32]", "[65, 32]"]);
}

#[test]
fn the_weights_of_another_model_are_refused() {
    let message = refusal(&unhashed(tiny_bert()), |folder| {
        let other = common::golden_folder().join("tiny-clip/model.safetensors");
        fs::copy(other, folder.join("model.safetensors")).unwrap();
    });
    assert_says(&message, &["model.safetensors", "lacks the tensor embeddings.word_embeddings.weight"]);
}

#[test]
fn a_file_that_is_cut_off_or_not_safetensors_is_refused() {
    let shorten = |length: usize| {
        move |folder: &Path| {
            let path = folder.join("model.safetensors");
            let bytes = fs::read(&path).unwrap();
            fs::write(path, &bytes[..length]).unwrap();
        }
    };
    let entry = unhashed(tiny_bert());
    assert_says(&refusal(&entry, shorten(60_000)), &["model.safetensors", "cut off", "60000 bytes"]);
    assert_says(&refusal(&entry, shorten(500)), &["model.safetensors", "cut off"]);
    assert_says(&refusal(&entry, shorten(0)), &["model.safetensors", "too short"]);
    let message = refusal(&entry, |folder| {
        fs::write(folder.join("model.safetensors"), "<html>not found</html>".repeat(99)).unwrap();
    });
    assert_says(&message, &["model.safetensors", "not a safetensors file"]);
}

#[test]
fn pickled_weights_are_refused_whatever_their_name() {
    for start in [&b"PK\x03\x04\x00\x00\x08\x08\x00\x00"[..], b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 "] {
        let message = refusal(&unhashed(tiny_bert()), |folder| {
            fs::write(folder.join("model.safetensors"), start.repeat(100)).unwrap();
        });
        assert_says(&message, &["model.safetensors", "pickled", "safetensors only"]);
    }
}

#[test]
fn a_configuration_that_does_not_fit_is_refused() {
    let bert = unhashed(tiny_bert());
    let mut longer = bert.clone();
    longer.max_tokens = 41;
    let mut wider = bert.clone();
    wider.dims = 64;
    assert_says(&refusal(&longer, |_| {}), &["config.json", "at most 40 tokens"]);
    assert_says(&refusal(&wider, |_| {}), &["config.json", "32 dimensions, but 64 are expected"]);
    let message = refusal(&bert, |folder| edit_config(folder, |c| c["num_attention_heads"] = json!(5)));
    assert_says(&message, &["config.json", "5 heads"]);
    let message = refusal(&bert, |folder| edit_config(folder, |c| c["hidden_act"] = json!("swish")));
    assert_says(&message, &["config.json", "swish"]);
    let message = refusal(&unhashed(tiny_clip()), |folder| {
        edit_config(folder, |config| config["vision_config"]["hidden_act"] = json!("gelu"));
    });
    assert_says(&message, &["config.json", "gelu", "quick_gelu"]);
}

#[test]
fn a_tokenizer_that_does_not_fit_is_refused() {
    let entry = unhashed(tiny_bert());
    let (folder, store) = store_with(&entry);
    let tokenizer = folder.path().join("tiny-bert/tokenizer.json");
    fs::copy(common::golden_folder().join("tiny-clip/tokenizer.json"), &tokenizer).unwrap();
    let message = TextEncoder::load(&store, &entry).err().unwrap().to_string();
    assert_says(&message, &["tokenizer.json", "the model knows 110"]);
    fs::write(&tokenizer, "{}").unwrap();
    let message = TextEncoder::load(&store, &entry).err().unwrap().to_string();
    assert_says(&message, &["tokenizer.json"]);
}

#[test]
fn an_entry_for_the_other_encoder_is_refused() {
    let (_folder, store) = store_with(&tiny_clip());
    let message = TextEncoder::load(&store, &tiny_clip()).err().unwrap().to_string();
    assert_says(&message, &["tiny-clip", "text model"]);
    let (_folder, store) = store_with(&tiny_bert());
    let message = PhotoEncoder::load(&store, &tiny_bert(), None).err().unwrap().to_string();
    assert_says(&message, &["tiny-bert", "CLIP"]);
}

#[test]
fn a_model_that_is_not_there_says_how_to_get_it() {
    let entry = tiny_bert();
    let (folder, store) = store_with(&entry);
    fs::remove_file(folder.path().join("tiny-bert/tokenizer.json")).unwrap();
    assert!(matches!(store.status(&entry), ModelStatus::Missing { .. }));
    let error = TextEncoder::load(&store, &entry).err().unwrap();
    assert!(matches!(error, ModelError::Missing { .. }));
    assert_eq!(error.class(), Class::ModelMissing);
    assert_says(&error.to_string(), &["tiny-bert", "cairn models pull tiny-bert"]);
}
