//! The text encoder against the reference implementation, and against itself.
#![allow(clippy::unwrap_used)]

mod common;

use cairn_embed::{Architecture, ModelEntry, Pooling, Precision, TextEncoder, TokenCounter};
use common::{cosine, distance, families, golden, store_with, text_encoder, tiny_bert};

fn with_pooling(pooling: Pooling) -> ModelEntry {
    ModelEntry { pooling, ..tiny_bert() }
}

#[test]
fn vectors_are_those_of_the_reference() {
    let golden = golden().bert;
    let texts: Vec<&str> = golden.texts.iter().map(|text| text.text.as_str()).collect();
    for pooling in [Pooling::Mean, Pooling::Cls] {
        let encoder = text_encoder(&with_pooling(pooling));
        assert_eq!(encoder.dims(), golden.dims);
        let vectors = encoder.embed_passages(&texts).unwrap();
        let (mut worst_cosine, mut worst_distance) = (1.0f64, 0.0f32);
        for (vector, text) in vectors.iter().zip(&golden.texts) {
            let expected = if pooling == Pooling::Mean { &text.mean } else { &text.cls };
            worst_cosine = worst_cosine.min(cosine(vector, expected));
            worst_distance = worst_distance.max(distance(vector, expected));
        }
        println!("{pooling:?}: cosine {worst_cosine:.9}, largest difference {worst_distance:.2e}");
        assert!(worst_cosine >= 0.99999, "{pooling:?}: {worst_cosine}");
        assert!(worst_distance < 1e-4, "{pooling:?}: {worst_distance}");
    }
}

#[test]
fn further_encoders_give_the_vectors_of_the_reference() {
    for (entry, golden) in families() {
        let texts: Vec<&str> = golden.texts.iter().map(|text| text.text.as_str()).collect();
        let mut kinds = vec![(Pooling::Mean, false), (Pooling::Cls, false)];
        if golden.texts.iter().all(|text| !text.standardised.is_empty()) {
            kinds.push((Pooling::Mean, true));
        }
        for (pooling, standardised) in kinds {
            let encoder = text_encoder(&ModelEntry { pooling, standardised, ..entry.clone() });
            let vectors = encoder.embed_passages(&texts).unwrap();
            let (mut worst_cosine, mut worst_distance) = (1.0f64, 0.0f32);
            for (vector, text) in vectors.iter().zip(&golden.texts) {
                let expected = match (pooling, standardised) {
                    (_, true) => &text.standardised,
                    (Pooling::Cls, _) => &text.cls,
                    _ => &text.mean,
                };
                worst_cosine = worst_cosine.min(cosine(vector, expected));
                worst_distance = worst_distance.max(distance(vector, expected));
                let alone = encoder.embed_query(&text.text).unwrap();
                assert_eq!(alone, *vector, "{}: {:?} alone", entry.id, text.text);
            }
            println!("{}, {pooling:?}: cosine {worst_cosine:.9}, off by {worst_distance:.2e}", entry.id);
            assert!(worst_cosine >= 0.99999 && worst_distance < 1e-4, "{}: {worst_cosine}", entry.id);
        }
    }
}

#[test]
fn in_eight_bits_every_encoder_gives_nearly_the_same() {
    for (entry, golden) in families().into_iter().chain([(tiny_bert(), golden().bert)]) {
        let (_folder, store) = store_with(&entry);
        let fast = TextEncoder::load_with(&store, &entry, Precision::Int8).unwrap();
        if fast.precision() == Precision::F32 {
            println!("SKIPPED: this processor does not compute in eight bits");
            return;
        }
        let exact = TextEncoder::load(&store, &entry).unwrap();
        let texts: Vec<&str> = golden.texts.iter().map(|text| text.text.as_str()).collect();
        let pairs =
            fast.embed_passages(&texts).unwrap().into_iter().zip(exact.embed_passages(&texts).unwrap());
        let cosines: Vec<f64> = pairs.map(|(a, b)| cosine(&a, &b)).collect();
        let mean = cosines.iter().sum::<f64>() / cosines.len() as f64;
        println!("{}: {mean:.6}", entry.id);
        assert!((0.995..1.0).contains(&mean), "{}: {mean}", entry.id);
    }
}

#[test]
fn further_encoders_refuse_what_is_not_theirs() {
    for (entry, _) in families() {
        let (_folder, store) = store_with(&entry);
        let positions = if entry.architecture == Architecture::XlmRoberta { 38 } else { 40 };
        let too_long = ModelEntry { max_tokens: positions + 1, ..entry.clone() };
        let error = TextEncoder::load(&store, &too_long).err().unwrap().to_string();
        assert!(error.contains(&format!("it reads at most {positions} tokens")), "{error}");
        let (architecture, reason) = match entry.architecture {
            Architecture::XlmRoberta => (Architecture::NomicBert, "dimensions"),
            _ => (Architecture::XlmRoberta, "missing field"),
        };
        let error =
            TextEncoder::load(&store, &ModelEntry { architecture, ..entry }).err().unwrap().to_string();
        assert!(error.contains(reason), "{error}");
    }
}

#[test]
fn a_batch_its_order_and_its_padding_change_nothing() {
    let golden = golden().bert;
    // Enough for several batches of different lengths.
    let texts: Vec<String> = (0..400)
        .map(|i| format!("{} {}", golden.texts[i % golden.texts.len()].text, "dog ".repeat(i % 19)))
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    for pooling in [Pooling::Mean, Pooling::Cls] {
        let encoder = text_encoder(&with_pooling(pooling));
        let together = encoder.embed_passages(&texts).unwrap();
        let reversed: Vec<&str> = texts.iter().rev().copied().collect();
        let mut turned = encoder.embed_passages(&reversed).unwrap();
        turned.reverse();
        for ((text, vector), other) in texts.iter().zip(&together).zip(&turned) {
            let alone = encoder.embed_passages(&[text]).unwrap().remove(0);
            assert!(distance(vector, &alone) < 1e-5, "{text}");
            assert!(distance(vector, other) < 1e-5, "{text}");
        }
    }
}

#[test]
fn every_vector_has_length_one_and_no_text_gives_no_vector() {
    let encoder = text_encoder(&tiny_bert());
    for vector in encoder.embed_passages(&["", "roof", "two dogs run on a beach"]).unwrap() {
        assert!((vector.iter().map(|x| x * x).sum::<f32>() - 1.0).abs() < 1e-5);
    }
    assert_eq!(encoder.embed_passages(&[]).unwrap(), Vec::<Vec<f32>>::new());
}

#[test]
fn the_prefixes_of_the_registry_are_put_before_queries_and_passages() {
    let plain = text_encoder(&tiny_bert());
    let entry =
        ModelEntry { query_prefix: "a quick ".into(), passage_prefix: "the line ".into(), ..tiny_bert() };
    let prefixed = text_encoder(&entry);
    let expected = plain.embed_passages(&["a quick dog", "the line dog"]).unwrap();
    assert!(distance(&prefixed.embed_query("dog").unwrap(), &expected[0]) < 1e-6);
    assert!(distance(&prefixed.embed_passages(&["dog"]).unwrap()[0], &expected[1]) < 1e-6);
    assert!(distance(&expected[0], &expected[1]) > 1e-3);
}

#[test]
fn token_spans_are_bytes_of_the_whole_text() {
    let golden = golden().bert;
    let entry = tiny_bert();
    let (_folder, store) = store_with(&entry);
    let counters =
        [TokenCounter::load(&store, &entry).unwrap(), TextEncoder::load(&store, &entry).unwrap().tokenizer()];
    for counter in counters {
        for text in &golden.texts {
            let spans = counter.offsets(&text.text);
            assert_eq!(spans, text.spans, "{:?}", text.text);
            assert!(spans.iter().all(|&(from, to)| text.text.get(from..to).is_some()), "{:?}", text.text);
        }
        // The tokenizer's file asks to cut at 6 tokens and the model at 24: a counter does neither.
        assert_eq!(counter.offsets(&"dog ".repeat(100)).len(), 100);
    }
}

#[test]
fn a_counter_works_on_another_thread_while_the_encoder_moves_too() {
    let encoder = text_encoder(&tiny_bert());
    let counter = encoder.tokenizer();
    let vectors = std::thread::spawn(move || encoder.embed_passages(&["roof"]).unwrap());
    let spans = std::thread::spawn(move || counter.offsets("roof repair"));
    assert_eq!(spans.join().unwrap(), [(0, 4), (5, 11)]);
    assert_eq!(vectors.join().unwrap().len(), 1);
}
