use candle_transformers::models::bert::Config;
use std::path::Path;

use cairn_core::vector;
use candle_core::Device;

use crate::error::{EmbedError, ModelError};
use crate::families::bert::Bert;
use crate::kernels::matrix::Precision;
use crate::registry::{Architecture, ModelEntry};
use crate::store::ModelStore;
use crate::text::{self, Layout};
use crate::tokens::TokenReader;
use crate::transformer::linear;
use crate::weights::{self, Shapes};

/// The longest query that leaves room for a passage, in characters: what is longer is no question but a text.
const MAX_QUERY: usize = 600;

/// Says how well passages answer a query, reading both together: a BERT with one output, on the first token (cross-encoder;
/// Nogueira, Cho 2019, arXiv:1901.04085). More exact than two vectors, and much slower: for the best candidates alone.
pub struct Reranker {
    entry: ModelEntry,
    model: Bert,
    /// `[hidden, hidden]` and `[hidden]`.
    pooler: (Vec<f32>, Vec<f32>),
    /// `[hidden]` and the bias of the one output.
    classifier: (Vec<f32>, f32),
    reader: TokenReader,
}

impl Reranker {
    /// Loads an installed model.
    ///
    /// # Errors
    /// As [`crate::TextEncoder::load`], for an entry of a re-ranker.
    pub fn load(
        store: &ModelStore,
        entry: &ModelEntry,
        precision: Precision,
    ) -> Result<Reranker, ModelError> {
        let folder = store.ready(entry)?;
        let (config, prefix) = check(entry, &folder)?;
        let damaged = |error: candle_core::Error| {
            ModelError::damaged(&folder.join(weights::WEIGHTS), error.to_string())
        };
        let root = weights::open(&folder, &Device::Cpu)?;
        let encoder = if prefix.is_empty() { root.clone() } else { root.pp(prefix) };
        let hidden = config.hidden_size;
        let (weight, bias) = linear(&root.pp("classifier"), hidden, 1).map_err(damaged)?;
        let reader = TokenReader::open_for_pairs(&folder, entry)?;
        reader.fits_vocabulary(config.vocab_size, &folder)?;
        Ok(Reranker {
            entry: entry.clone(),
            model: Bert::load(&encoder, &config, 0, precision).map_err(damaged)?,
            pooler: linear(&encoder.pp("pooler.dense"), hidden, hidden).map_err(damaged)?,
            classifier: (weight, bias.first().copied().unwrap_or_default()),
            reader,
        })
    }

    /// Registry id.
    pub fn model_id(&self) -> &str {
        &self.entry.id
    }

    /// One number for each passage, in the order given: the logit of its answering the query (0: as likely as not).
    ///
    /// # Errors
    /// When a text cannot be cut into tokens or the computation fails.
    pub fn score(&self, query: &str, passages: &[&str]) -> Result<Vec<f32>, EmbedError> {
        let query = &query[..query.floor_char_boundary(MAX_QUERY)];
        let pairs = self.reader.ids_of_pairs(query, passages)?;
        let failed = |reason: String| EmbedError::Compute { model: self.entry.id.clone(), reason };
        let first = self.model.read_pairs(&pairs).map_err(|error| failed(error.to_string()))?;
        let logits: Vec<f32> = first.iter().map(|row| self.logit(row)).collect();
        match logits.iter().all(|logit| logit.is_finite()) {
            true => Ok(logits),
            false => Err(failed("the result is not a number".to_owned())),
        }
    }

    fn logit(&self, first: &[f32]) -> f32 {
        let (weight, bias) = &self.pooler;
        let rows = weight.chunks_exact(first.len()).zip(bias);
        let pooled: Vec<f32> = rows.map(|(row, bias)| (vector::dot(row, first) + bias).tanh()).collect();
        vector::dot(&pooled, &self.classifier.0) + self.classifier.1
    }
}

/// Checks configuration and weights. Gives the configuration and the prefix of the encoder's tensors.
pub(crate) fn check(entry: &ModelEntry, folder: &Path) -> Result<(Config, &'static str), ModelError> {
    let refuse = |reason: &str| Err(ModelError::damaged(&folder.join(weights::CONFIG), reason.to_owned()));
    if entry.architecture != Architecture::Bert {
        return refuse("only re-rankers of the BERT layout are known");
    }
    let (Layout::Bert(config), prefix) = text::check(entry, folder)? else {
        return refuse("it is not of the BERT layout");
    };
    if config.type_vocab_size < 2 {
        return refuse("it cannot tell the query from the passage");
    }
    let hidden = config.hidden_size;
    let dot = if prefix.is_empty() { "" } else { "." };
    let mut shapes = Shapes::new();
    shapes.push((format!("{prefix}{dot}pooler.dense.weight"), vec![hidden, hidden]));
    shapes.push((format!("{prefix}{dot}pooler.dense.bias"), vec![hidden]));
    shapes.push(("classifier.weight".to_owned(), vec![1, hidden]));
    shapes.push(("classifier.bias".to_owned(), vec![1]));
    weights::require(folder, &shapes)?;
    Ok((config, prefix))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::HashMap;

    use candle_core::{DType, IndexOp, Tensor};
    use candle_nn::{Linear, Module, VarBuilder};
    use candle_transformers::models::bert::BertModel;

    use super::*;

    /// The tiny model of the golden tests with a pooler and an output.
    fn tiny(folder: &Path) -> ModelEntry {
        let golden =
            Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(3).unwrap().join("tests/golden/tiny-bert");
        let to = folder.join("tiny-reranker");
        std::fs::create_dir_all(&to).unwrap();
        for name in ["config.json", "tokenizer.json"] {
            std::fs::copy(golden.join(name), to.join(name)).unwrap();
        }
        let mut tensors: HashMap<String, Tensor> =
            candle_core::safetensors::load(golden.join("model.safetensors"), &Device::Cpu).unwrap();
        let made = |count: usize, shape: &[usize]| {
            let values: Vec<f32> =
                (0..count).map(|at| ((at * 7919 % 101) as f32 / 50.0 - 1.0) * 0.4).collect();
            Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
        };
        tensors.insert("pooler.dense.weight".into(), made(32 * 32, &[32, 32]));
        tensors.insert("pooler.dense.bias".into(), made(32, &[32]));
        tensors.insert("classifier.weight".into(), made(32, &[1, 32]));
        tensors.insert("classifier.bias".into(), made(1, &[1]));
        candle_core::safetensors::save(&tensors, to.join("model.safetensors")).unwrap();
        let file = |name: &str| serde_json::json!({ "name": name, "size": null, "sha256": null });
        let files = ["config.json", "tokenizer.json", "model.safetensors"].map(file);
        serde_json::from_value(serde_json::json!({
            "id": "tiny-reranker", "name": "Tiny", "role": "reranker", "architecture": "bert", "repo": "cairn/tiny",
            "files": files,
            "pooling": "cls", "max_tokens": 24, "dims": 32, "licence": "MIT OR Apache-2.0",
            "relevance": { "floor": 0.0, "likely": 0.5, "very_likely": 0.9, "source": "none" },
        }))
        .unwrap()
    }

    /// What stock Candle computes for one pair.
    fn expected(folder: &Path, ids: &[u32], second: usize) -> f32 {
        let weights = weights::open(folder, &Device::Cpu).unwrap();
        let config: Config = weights::read_config(folder).unwrap();
        let bert = BertModel::load(weights.clone(), &config).unwrap();
        let types: Vec<u32> = (0..ids.len()).map(|at| u32::from(at >= second)).collect();
        let row = |values: &[u32]| Tensor::new(values, &Device::Cpu).unwrap().unsqueeze(0).unwrap();
        let hidden = bert.forward(&row(ids), &row(&types), None).unwrap();
        let layer = |at: VarBuilder<'_>, inputs, outputs| {
            let weight = at.get((outputs, inputs), "weight").unwrap();
            Linear::new(weight, Some(at.get(outputs, "bias").unwrap()))
        };
        let pooled = layer(weights.pp("pooler.dense"), 32, 32).forward(&hidden.i((.., 0)).unwrap()).unwrap();
        let logits = layer(weights.pp("classifier"), 32, 1).forward(&pooled.tanh().unwrap()).unwrap();
        logits.to_dtype(DType::F32).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap()[0]
    }

    #[test]
    fn pairs_score_as_stock_candle_scores_them() {
        let models = tempfile::tempdir().unwrap();
        let entry = tiny(models.path());
        let store = ModelStore::new(models.path().to_owned());
        let reranker = Reranker::load(&store, &entry, Precision::F32).unwrap();
        let query = "the roof";
        let long = "a garden and a house ".repeat(20);
        let passages = ["the roof was repaired", "", long.as_str(), "x"];
        let scores = reranker.score(query, &passages).unwrap();
        let pairs = reranker.reader.ids_of_pairs(query, &passages).unwrap();
        let folder = models.path().join("tiny-reranker");
        for ((ids, second), score) in pairs.iter().zip(&scores) {
            assert!(ids.len() <= 24 && *second < ids.len(), "{ids:?} {second}");
            let expected = expected(&folder, ids, *second);
            assert!((score - expected).abs() < 1e-4, "{score} {expected}");
        }
        assert!(scores.iter().any(|score| (score - scores[0]).abs() > 1e-3), "they differ: {scores:?}");
        assert_eq!(reranker.score(query, &passages[..1]).unwrap()[0], scores[0], "neighbours change nothing");
        assert!(reranker.score(&"long ".repeat(1000), &["short"]).is_err() || scores.len() == 4);
    }

    #[test]
    fn what_is_no_reranker_is_refused() {
        let models = tempfile::tempdir().unwrap();
        let entry = tiny(models.path());
        let golden =
            Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(3).unwrap().join("tests/golden/tiny-bert");
        std::fs::copy(
            golden.join("model.safetensors"),
            models.path().join("tiny-reranker/model.safetensors"),
        )
        .unwrap();
        let store = ModelStore::new(models.path().to_owned());
        let error = Reranker::load(&store, &entry, Precision::F32).err().unwrap();
        assert!(error.to_string().contains("pooler"), "{error}");
    }
}
