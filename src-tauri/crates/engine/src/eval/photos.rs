//! Photos by words, on sets with captions or labels.

use std::path::{Path, PathBuf};

use cairn_core::vector;
use cairn_embed::Precision;
use serde::Serialize;

use crate::error::EngineError;
use crate::models::LoneEncoder;

/// Photos decoded and embedded at a time.
const BATCH: usize = 32;

/// What is asked of a photo model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PhotoTask {
    /// Each caption ranks all photos: recall of its own.
    Captions,
    /// Each photo ranks all labels, put into this sentence in place of `{}`: recall of its own (zero-shot
    /// classification).
    Labels(String),
}

/// The quality of a photo model on one set.
#[derive(Debug, Clone, Serialize)]
pub struct PhotoReport {
    /// Photo model.
    pub model: String,
    /// What ranks: "captions rank photos" or "photos rank labels".
    pub task: String,
    /// Photos.
    pub photos: usize,
    /// Captions, or different labels.
    pub texts: usize,
    /// Share of rankings whose own item is among the first 1, 5 and 10.
    pub recall_1: f64,
    /// Among the first 5.
    pub recall_5: f64,
    /// Among the first 10.
    pub recall_10: f64,
}

/// Measures an installed photo model on a list of `photo,text` lines (a first line `image,...` is a heading), each photo a
/// path below `folder`.
///
/// # Errors
/// When the list or a photo cannot be read, or the model is not installed in `models`.
pub fn photos(
    list: &Path,
    folder: &Path,
    models: &Path,
    model: &str,
    task: &PhotoTask,
    tell: &dyn Fn(&str),
) -> Result<PhotoReport, EngineError> {
    let lines = read_list(list)?;
    let encoder = LoneEncoder::load(models, model, Precision::F32)?;
    let names = distinct(lines.iter().map(|(photo, _)| photo));
    let seen = see(&encoder, folder, &names, tell)?;
    let photo_of = |line: &(String, String)| names.binary_search(&line.0).unwrap_or_default();
    let (ranks, texts) = match task {
        PhotoTask::Captions => {
            let captions: Vec<String> = lines.iter().map(|(_, caption)| caption.clone()).collect();
            let read = encoder.embed_texts(&captions, true)?;
            let ranks = lines.iter().zip(&read).map(|(line, caption)| rank(caption, &seen, photo_of(line)));
            (ranks.collect::<Vec<_>>(), captions.len())
        }
        PhotoTask::Labels(sentence) => {
            let labels = distinct(lines.iter().map(|(_, label)| label));
            let sentences: Vec<String> = labels.iter().map(|label| sentence.replace("{}", label)).collect();
            let read = encoder.embed_texts(&sentences, true)?;
            let ranks = lines.iter().map(|line| {
                let own = labels.binary_search(&line.1).unwrap_or_default();
                rank(&seen[photo_of(line)], &read, own)
            });
            (ranks.collect(), labels.len())
        }
    };
    let recall = |k: usize| ranks.iter().filter(|rank| **rank < k).count() as f64 / ranks.len() as f64;
    Ok(PhotoReport {
        model: model.to_owned(),
        task: match task {
            PhotoTask::Captions => "captions rank photos".to_owned(),
            PhotoTask::Labels(_) => "photos rank labels".to_owned(),
        },
        photos: names.len(),
        texts,
        recall_1: recall(1),
        recall_5: recall(5),
        recall_10: recall(10),
    })
}

fn read_list(list: &Path) -> Result<Vec<(String, String)>, EngineError> {
    let text = std::fs::read_to_string(list)
        .map_err(|error| EngineError::io(&format!("read {}", list.display()), error))?;
    let lines: Vec<(String, String)> = text
        .lines()
        .filter_map(|line| line.split_once(','))
        .map(|(photo, text)| (photo.trim().to_owned(), text.trim().trim_matches('"').to_owned()))
        .skip_while(|(photo, _)| photo == "image")
        .collect();
    if lines.is_empty() {
        return Err(EngineError::user(format!("{} has no lines of the form photo,text.", list.display())));
    }
    Ok(lines)
}

fn distinct<'a>(all: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut all: Vec<String> = all.cloned().collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn see(
    encoder: &LoneEncoder,
    folder: &Path,
    names: &[String],
    tell: &dyn Fn(&str),
) -> Result<Vec<Vec<f32>>, EngineError> {
    let mut vectors = Vec::with_capacity(names.len());
    for batch in names.chunks(BATCH) {
        let paths: Vec<PathBuf> = batch.iter().map(|name| folder.join(name)).collect();
        vectors.extend(encoder.embed_images(&paths)?);
        tell(&format!("{} of {} photos", vectors.len(), names.len()));
    }
    Ok(vectors)
}

/// How many items are nearer to the query than its own.
fn rank(query: &[f32], items: &[Vec<f32>], own: usize) -> usize {
    let cosine = vector::dot(query, &items[own]);
    items.iter().filter(|item| vector::dot(query, item) > cosine).count()
}
