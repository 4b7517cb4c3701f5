use std::path::Path;

use cairn_core::vector;
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{Config, HiddenAct};
use candle_transformers::models::nomic_bert;

use crate::device;
use crate::error::{EmbedError, ModelError};
use crate::families::bert::Bert;
use crate::families::nomic::{self, Nomic};
use crate::kernels::matrix::Precision;
use crate::registry::{Architecture, ModelEntry, Pooling};
use crate::stock::StockEncoder;
use crate::store::ModelStore;
use crate::tokens::{TokenCounter, TokenReader};
use crate::weights::{self, Shapes};

/// Tokens of one batch: enough to keep the processor busy, little enough to stay in its caches and
/// to let other work in between.
const BATCH_TOKENS: usize = 4096;

/// Turns texts into vectors with an encoder of the BERT kind, pooled and normalised as its registry entry says.
///
/// It is owned by one thread, which may hand it on; a [`TokenCounter`] is for everyone else.
pub struct TextEncoder {
    entry: ModelEntry,
    model: Model,
    reader: TokenReader,
    counter: TokenCounter,
}

/// A token of a passage and its part in a cosine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TokenShare {
    /// First byte in the text.
    pub start: usize,
    /// The byte behind its last.
    pub end: usize,
    /// Its part of the cosine; below zero where it speaks against it.
    pub share: f32,
}

/// What computes.
enum Model {
    /// Our own, on the processor.
    Bert(Bert),
    Nomic(Nomic),
    /// Candle's, on other devices and for what ours lack.
    Stock(StockEncoder),
}

/// A checked configuration.
pub(crate) enum Layout {
    Bert(Config),
    XlmRoberta(Config),
    Nomic(nomic_bert::Config),
}

impl Layout {
    fn vocabulary(&self) -> usize {
        match self {
            Layout::Bert(config) | Layout::XlmRoberta(config) => config.vocab_size,
            Layout::Nomic(config) => config.vocab_size,
        }
    }
}

/// The position of the first token in XLM-R: behind that of padding.
fn first_position(config: &Config) -> usize {
    config.pad_token_id + 1
}

impl Model {
    fn load(
        weights: VarBuilder<'_>,
        layout: &Layout,
        max_tokens: usize,
        precision: Precision,
    ) -> candle_core::Result<Model> {
        let here = weights.device().is_cpu();
        match layout {
            Layout::Bert(config) if here && config.hidden_act == HiddenAct::Gelu => {
                Bert::load(&weights, config, 0, precision).map(Model::Bert)
            }
            Layout::XlmRoberta(config) if here => {
                Bert::load(&weights, config, first_position(config), precision).map(Model::Bert)
            }
            Layout::Nomic(config) if here => {
                Nomic::load(&weights, config, max_tokens, precision).map(Model::Nomic)
            }
            _ => StockEncoder::load(weights, layout).map(Model::Stock),
        }
    }

    /// Pooled outputs, one for each sequence, not normalised.
    fn forward(&self, sequences: &[&[u32]], pooling: Pooling) -> candle_core::Result<Vec<Vec<f32>>> {
        match self {
            Model::Bert(model) => model.forward(sequences, pooling),
            Model::Nomic(model) => model.forward(sequences, pooling),
            Model::Stock(model) => model.forward(sequences, pooling),
        }
    }
}

impl TextEncoder {
    /// Loads an installed model.
    ///
    /// # Errors
    /// When it is not installed, when a file is not the one the registry names, when a tensor is missing or has the
    /// wrong shape, or when the entry is not a text model of the BERT layout.
    pub fn load(store: &ModelStore, entry: &ModelEntry) -> Result<TextEncoder, ModelError> {
        TextEncoder::load_with(store, entry, Precision::F32)
    }

    /// Loads an installed model to compute in another precision, where the processor gains by it; else in `f32`, as
    /// [`TextEncoder::precision`] tells.
    ///
    /// # Errors
    /// As [`TextEncoder::load`].
    pub fn load_with(
        store: &ModelStore,
        entry: &ModelEntry,
        precision: Precision,
    ) -> Result<TextEncoder, ModelError> {
        let folder = store.ready(entry)?;
        let (layout, prefix) = check(entry, &folder)?;
        let device = device::pick();
        let builder = weights::open(&folder, &device)?;
        let builder = if prefix.is_empty() { builder } else { builder.pp(prefix) };
        let (model, tokens) = rayon::join(
            || Model::load(builder, &layout, entry.max_tokens, precision),
            || TokenReader::open_with_counter(&folder, entry),
        );
        let model =
            model.map_err(|error| ModelError::damaged(&folder.join(weights::WEIGHTS), error.to_string()))?;
        let (reader, counter) = tokens?;
        reader.fits_vocabulary(layout.vocabulary(), &folder)?;
        Ok(TextEncoder { entry: entry.clone(), model, reader, counter })
    }

    /// Registry id.
    pub fn model_id(&self) -> &str {
        &self.entry.id
    }

    /// What it computes in.
    pub fn precision(&self) -> Precision {
        match &self.model {
            Model::Bert(model) => model.precision(),
            Model::Nomic(model) => model.precision(),
            Model::Stock(_) => Precision::F32,
        }
    }

    /// Components of every vector.
    pub fn dims(&self) -> usize {
        self.entry.dims
    }

    /// Longest passage in tokens, two special ones included; what is longer is cut off.
    pub fn max_tokens(&self) -> usize {
        self.entry.max_tokens
    }

    /// A counter of this model's tokens, for other threads.
    pub fn tokenizer(&self) -> TokenCounter {
        self.counter.clone()
    }

    /// One vector of length one for each text, in the order given. Any number of texts; they are sorted by length and
    /// computed in batches. On the processor a text's vector does not depend on those beside it, to the last bit.
    ///
    /// # Errors
    /// When a text cannot be cut into tokens or the computation fails.
    pub fn embed_passages(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let prefixed = texts.iter().map(|text| format!("{}{text}", self.entry.passage_prefix)).collect();
        let ids = self.reader.ids_of_all(prefixed)?;
        let mut longest_first: Vec<usize> = (0..ids.len()).collect();
        longest_first.sort_by_key(|&text| std::cmp::Reverse(ids[text].len()));

        let mut vectors = vec![Vec::new(); ids.len()];
        let mut rest = longest_first.as_slice();
        while let Some(&longest) = rest.first() {
            let rows = (BATCH_TOKENS / ids[longest].len().max(1)).clamp(1, rest.len());
            let (batch, later) = rest.split_at(rows);
            let rows: Vec<&[u32]> = batch.iter().map(|&text| ids[text].as_slice()).collect();
            for (&text, vector) in batch.iter().zip(self.embed_batch(&rows)?) {
                vectors[text] = vector;
            }
            rest = later;
        }
        Ok(vectors)
    }

    /// The vector of length one for a query, with the prefix that the model wants before queries.
    ///
    /// # Errors
    /// As [`TextEncoder::embed_passages`].
    pub fn embed_query(&self, text: &str) -> Result<Vec<f32>, EmbedError> {
        let ids = self.reader.ids(&format!("{}{text}", self.entry.query_prefix))?;
        let vectors = self.embed_batch(&[&ids])?;
        vectors.into_iter().next().ok_or_else(|| self.failed("no vector"))
    }

    /// What each token of a passage adds to the cosine between the passage and a query's vector, with its byte span in the text.
    /// The shares of special tokens are spread evenly over the others, so that all of them add up to the cosine: the vector
    /// of the passage is the mean of its tokens' last hidden states, divided by its length, and the cosine is linear in them.
    /// The share of a token is what it means in this passage, not what the word means by itself.
    ///
    /// `None`: the model does not pool by the mean, or is not computed by our own encoders; then a passage does not come apart
    /// exactly.
    ///
    /// # Errors
    /// As [`TextEncoder::embed_passages`].
    pub fn shares(&self, text: &str, query: &[f32]) -> Result<Option<Vec<TokenShare>>, EmbedError> {
        let Model::Bert(model) = &self.model else { return Ok(None) };
        if self.entry.pooling != Pooling::Mean || self.entry.standardised {
            return Ok(None);
        }
        let prefix = &self.entry.passage_prefix;
        let (ids, spans) = self.reader.ids_with_spans(&format!("{prefix}{text}"))?;
        let rows = model.rows(&ids).map_err(|error| self.failed(error))?;
        let mut sum = vec![0.0f32; self.entry.dims];
        for row in rows.chunks_exact(self.entry.dims) {
            sum.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
        }
        let length = vector::dot(&sum, &sum).sqrt().max(f32::MIN_POSITIVE);
        let mut shares = Vec::new();
        let mut special = 0.0;
        for (row, span) in rows.chunks_exact(self.entry.dims).zip(spans) {
            let share = vector::dot(row, query) / length;
            match (span.start.checked_sub(prefix.len()), span.end.checked_sub(prefix.len())) {
                (Some(start), Some(end)) if start < end => shares.push(TokenShare { start, end, share }),
                _ => special += share,
            }
        }
        let each = special / shares.len().max(1) as f32;
        shares.iter_mut().for_each(|token| token.share += each);
        Ok(Some(shares))
    }

    fn embed_batch(&self, rows: &[&[u32]]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let mut vectors = self.model.forward(rows, self.entry.pooling).map_err(|error| self.failed(error))?;
        for vector in &mut vectors {
            if self.entry.standardised {
                standardise(vector);
            }
            if !vector.iter().all(|x| x.is_finite()) {
                return Err(self.failed("the result is not a number"));
            }
            vector::normalise(vector);
        }
        Ok(vectors)
    }

    fn failed(&self, reason: impl ToString) -> EmbedError {
        EmbedError::Compute { model: self.entry.id.clone(), reason: reason.to_string() }
    }
}

/// Mean 0 and deviation 1 over the components, as layer normalisation without learnt numbers makes them.
fn standardise(vector: &mut [f32]) {
    let share = 1.0 / vector.len() as f32;
    let mean = vector.iter().sum::<f32>() * share;
    let variance = vector.iter().map(|x| (x - mean).powi(2)).sum::<f32>() * share;
    let scale = 1.0 / (variance + 1e-5).sqrt();
    vector.iter_mut().for_each(|x| *x = (*x - mean) * scale);
}

/// Checks configuration and weights of a text model. Gives the configuration and the prefix of its tensors' names.
pub(crate) fn check(entry: &ModelEntry, folder: &Path) -> Result<(Layout, &'static str), ModelError> {
    let refuse = |reason: String| Err(ModelError::damaged(&folder.join(weights::CONFIG), reason));
    if entry.pooling == Pooling::Projection {
        return refuse(format!("the registry does not describe {} as a text model", entry.id));
    }
    let (layout, dims, positions) = match entry.architecture {
        Architecture::Bert | Architecture::XlmRoberta => {
            let config: Config = weights::read_config(folder)?;
            if config.num_attention_heads == 0
                || !config.hidden_size.is_multiple_of(config.num_attention_heads)
            {
                return refuse(format!("{} heads do not divide its dimensions", config.num_attention_heads));
            }
            let (dims, rows) = (config.hidden_size, config.max_position_embeddings);
            if entry.architecture == Architecture::Bert {
                (Layout::Bert(config), dims, rows)
            } else if config.hidden_act == HiddenAct::Gelu {
                let positions = rows.saturating_sub(first_position(&config));
                (Layout::XlmRoberta(config), dims, positions)
            } else {
                return refuse("its activation is not GELU".to_owned());
            }
        }
        Architecture::NomicBert => {
            let config: nomic_bert::Config = weights::read_config(folder)?;
            if let Some(reason) = nomic::refusal(&config) {
                return refuse(reason);
            }
            let (dims, positions) = (config.n_embd, config.n_positions);
            (Layout::Nomic(config), dims, positions)
        }
        Architecture::Clip | Architecture::MobileNetV4 => {
            return refuse(format!("the registry does not describe {} as a text model", entry.id));
        }
    };
    if dims != entry.dims {
        return refuse(format!("it has {dims} dimensions, but {} are expected", entry.dims));
    }
    if entry.max_tokens < 2 || entry.max_tokens > positions {
        return refuse(format!("it reads at most {positions} tokens"));
    }
    let prefix = match layout {
        Layout::Bert(_) if weights::has(folder, "bert.embeddings.word_embeddings.weight")? => "bert",
        Layout::XlmRoberta(_) if weights::has(folder, "roberta.embeddings.word_embeddings.weight")? => {
            "roberta"
        }
        _ => "",
    };
    let tensors = match &layout {
        Layout::Bert(config) | Layout::XlmRoberta(config) => tensors(config, prefix),
        Layout::Nomic(config) => nomic::tensors(config),
    };
    weights::require(folder, &tensors)?;
    Ok((layout, prefix))
}

/// Every tensor of a BERT encoder. The pooler, which a trained checkpoint may carry, is not used.
fn tensors(config: &Config, prefix: &str) -> Shapes {
    let (hidden, inner) = (config.hidden_size, config.intermediate_size);
    let dot = if prefix.is_empty() { "" } else { "." };
    let mut shapes = Shapes::new();
    let mut tensor =
        |name: String, shape: &[usize]| shapes.push((format!("{prefix}{dot}{name}"), shape.to_vec()));
    let tables = [
        ("word", config.vocab_size),
        ("position", config.max_position_embeddings),
        ("token_type", config.type_vocab_size),
    ];
    for (table, rows) in tables {
        tensor(format!("embeddings.{table}_embeddings.weight"), &[rows, hidden]);
    }
    let mut norms = vec!["embeddings.LayerNorm".to_owned()];
    for index in 0..config.num_hidden_layers {
        let layer = format!("encoder.layer.{index}");
        let maps = [
            ("attention.self.query", hidden, hidden),
            ("attention.self.key", hidden, hidden),
            ("attention.self.value", hidden, hidden),
            ("attention.output.dense", hidden, hidden),
            ("intermediate.dense", inner, hidden),
            ("output.dense", hidden, inner),
        ];
        for (map, rows, columns) in maps {
            tensor(format!("{layer}.{map}.weight"), &[rows, columns]);
            tensor(format!("{layer}.{map}.bias"), &[rows]);
        }
        norms.extend([format!("{layer}.attention.output.LayerNorm"), format!("{layer}.output.LayerNorm")]);
    }
    for norm in norms {
        tensor(format!("{norm}.weight"), &[hidden]);
        tensor(format!("{norm}.bias"), &[hidden]);
    }
    shapes
}
