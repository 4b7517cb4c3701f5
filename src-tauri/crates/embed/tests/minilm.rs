//! The real all-MiniLM-L6-v2: its vectors and two published tasks, against the reference implementation on the same
//! data (`tests/golden/generate.py minilm`). Skips, and says so, where the model or the data is not at hand.
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use cairn_core::vector::dot;
use cairn_embed::{ModelStatus, ModelStore, Precision, TextEncoder};
use serde::Deserialize;
use serde_json::Value;

const MODEL: &str = "all-minilm-l6-v2";

#[derive(Deserialize)]
struct Reference {
    stsb_dev_spearman: f64,
    stsb_pairs: usize,
    xquad_ndcg_at_10: f64,
    xquad_passages: usize,
    xquad_questions: usize,
    texts: Vec<common::Query>,
}

fn reference() -> Reference {
    serde_json::from_str(&fs::read_to_string(common::golden_folder().join("minilm.json")).unwrap()).unwrap()
}

/// The model in `CAIRN_MODELS_DIR`, else in `models` of the target folder.
fn encoder() -> Option<TextEncoder> {
    encoder_in(Precision::F32)
}

fn encoder_in(precision: Precision) -> Option<TextEncoder> {
    let usual = || Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("models");
    let folder = env::var_os("CAIRN_MODELS_DIR").map_or_else(usual, PathBuf::from);
    let store = ModelStore::with_sources(folder.clone(), common::nowhere());
    let entry = cairn_embed::entry(MODEL).unwrap();
    match store.status(entry) {
        ModelStatus::Missing { .. } => {
            println!("SKIPPED: {MODEL} is not in {}", folder.display());
            None
        }
        _ => Some(TextEncoder::load_with(&store, entry, precision).unwrap()),
    }
}

/// The folder of test data: `CAIRN_DATA`, else `shared/data` beside the repository.
fn data(file: &str) -> Option<PathBuf> {
    let usual = || common::repository().parent().unwrap().join("shared/data");
    let path = env::var_os("CAIRN_DATA").map_or_else(usual, PathBuf::from).join(file);
    if !path.is_file() {
        println!("SKIPPED: there is no {}", path.display());
        return None;
    }
    Some(path)
}

/// Rows of a CSV file in which a field may stand in double quotes.
fn csv(text: &str) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let (mut row, mut field, mut quoted) = (Vec::new(), String::new(), false);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                field.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut field)),
            '\r' if !quoted => {}
            '\n' if !quoted => {
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
            other => field.push(other),
        }
    }
    rows
}

/// Ranks from 0, the mean rank for equal values.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    for equal in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let first = order.iter().position(|index| *index == equal[0]).unwrap();
        let mean = first as f64 + (equal.len() - 1) as f64 / 2.0;
        equal.iter().for_each(|&index| ranks[index] = mean);
    }
    ranks
}

fn pearson(a: &[f64], b: &[f64]) -> f64 {
    let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
    let (ma, mb) = (mean(a), mean(b));
    let sum = |f: &dyn Fn(f64, f64) -> f64| a.iter().zip(b).map(|(x, y)| f(x - ma, y - mb)).sum::<f64>();
    sum(&|x, y| x * y) / (sum(&|x, _| x * x) * sum(&|_, y| y * y)).sqrt()
}

fn gain(rank: usize) -> f64 {
    1.0 / (rank as f64 + 2.0).log2()
}

#[test]
fn real_vectors_are_those_of_the_reference() {
    let Some(encoder) = encoder() else { return };
    assert_eq!((encoder.model_id(), encoder.dims(), encoder.max_tokens()), (MODEL, 384, 256));
    let expected = reference().texts;
    let texts: Vec<&str> = expected.iter().map(|text| text.text.as_str()).collect();
    for (vector, expected) in encoder.embed_passages(&texts).unwrap().iter().zip(&expected) {
        let cosine = common::cosine(vector, &expected.vector);
        let distance = common::distance(vector, &expected.vector);
        println!("{:.20}: cosine {cosine:.9}, largest difference {distance:.2e}", expected.text);
        assert!(cosine >= 0.99999 && distance < 1e-4, "{}: {cosine} {distance}", expected.text);
    }
}

#[test]
fn eight_bits_give_nearly_the_same_vectors() {
    let (Some(exact), Some(fast)) = (encoder(), encoder_in(Precision::Int8)) else { return };
    let Some(path) = data("text/stsb-multi-mt/stsb-en-dev.csv") else { return };
    if fast.precision() == Precision::F32 {
        println!("SKIPPED: this processor does not multiply in eight bits");
        return;
    }
    let rows = csv(&fs::read_to_string(path).unwrap());
    let texts: Vec<&str> = rows.iter().step_by(3).map(|row| row[0].as_str()).collect();
    let vectors = exact.embed_passages(&texts).unwrap().into_iter().zip(fast.embed_passages(&texts).unwrap());
    let cosines: Vec<f64> = vectors.map(|(a, b)| common::cosine(&a, &b)).collect();
    let mean = cosines.iter().sum::<f64>() / cosines.len() as f64;
    let least = cosines.iter().copied().fold(1.0, f64::min);
    println!("{} sentences in eight bits: cosine {mean:.5}, least {least:.5}", texts.len());
    assert!(mean >= 0.995, "{mean}");
}

#[test]
fn sentence_similarity_is_that_of_the_reference() {
    let (Some(path), Some(encoder)) = (data("text/stsb-multi-mt/stsb-en-dev.csv"), encoder()) else { return };
    let reference = reference();
    let rows = csv(&fs::read_to_string(path).unwrap());
    assert_eq!(rows.len(), reference.stsb_pairs);
    let column = |index: usize| rows.iter().map(|row| row[index].as_str()).collect::<Vec<_>>();
    let left = encoder.embed_passages(&column(0)).unwrap();
    let right = encoder.embed_passages(&column(1)).unwrap();
    let cosines: Vec<f64> = left.iter().zip(&right).map(|(a, b)| f64::from(dot(a, b))).collect();
    let judged: Vec<f64> = column(2).iter().map(|score| score.parse().unwrap()).collect();
    let spearman = pearson(&ranks(&cosines), &ranks(&judged));
    println!("STS-B en dev: Spearman {spearman:.5}, reference {:.5}", reference.stsb_dev_spearman);
    assert!((spearman - reference.stsb_dev_spearman).abs() < 0.002, "{spearman}");
}

#[test]
fn passage_retrieval_is_that_of_the_reference() {
    let (Some(path), Some(encoder)) = (data("text/xquad/xquad.en.articles00-23.json"), encoder()) else {
        return;
    };
    let reference = reference();
    let file: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let list = |value: &Value, name: &str| value[name].as_array().unwrap().clone();
    let (mut passages, mut questions) = (Vec::<String>::new(), Vec::<(String, BTreeSet<usize>)>::new());
    for paragraph in list(&file, "data").iter().flat_map(|article| list(article, "paragraphs")) {
        let text = paragraph["context"].as_str().unwrap().to_owned();
        let index = passages.iter().position(|known| *known == text).unwrap_or(passages.len());
        if index == passages.len() {
            passages.push(text);
        }
        for question in list(&paragraph, "qas") {
            let text = question["question"].as_str().unwrap().to_owned();
            match questions.iter_mut().find(|(known, _)| *known == text) {
                Some((_, answers)) => drop(answers.insert(index)),
                None => questions.push((text, BTreeSet::from([index]))),
            }
        }
    }
    assert_eq!((passages.len(), questions.len()), (reference.xquad_passages, reference.xquad_questions));
    let vectors = encoder.embed_passages(&passages.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
    let mut total = 0.0;
    for (question, answers) in &questions {
        let query = encoder.embed_query(question).unwrap();
        let mut order: Vec<usize> = (0..vectors.len()).collect();
        order.sort_by(|&a, &b| dot(&query, &vectors[b]).total_cmp(&dot(&query, &vectors[a])));
        let found: f64 = order
            .iter()
            .take(10)
            .enumerate()
            .filter(|(_, p)| answers.contains(p))
            .map(|(r, _)| gain(r))
            .sum();
        total += found / (0..answers.len().min(10)).map(gain).sum::<f64>();
    }
    let ndcg = total / questions.len() as f64;
    println!("XQuAD en, 24 articles: nDCG@10 {ndcg:.5}, reference {:.5}", reference.xquad_ndcg_at_10);
    assert!((ndcg - reference.xquad_ndcg_at_10).abs() < 0.002, "{ndcg}");
}
