use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use tokenizers::{Encoding, Tokenizer, TruncationParams, TruncationStrategy};

use crate::error::{EmbedError, ModelError};
use crate::registry::ModelEntry;
use crate::store::ModelStore;

/// Counts and places a model's tokens in a text, so that passages can be cut to what the model reads. Cheap to
/// clone; usable from any thread while the encoder is busy.
#[derive(Clone)]
pub struct TokenCounter {
    tokenizer: Arc<Tokenizer>,
}

impl TokenCounter {
    /// Loads only the tokenizer of an installed model.
    ///
    /// # Errors
    /// When the model is not installed or its tokenizer cannot be read.
    pub fn load(store: &ModelStore, entry: &ModelEntry) -> Result<TokenCounter, ModelError> {
        TokenCounter::open(&store.ready(entry)?)
    }

    fn open(folder: &Path) -> Result<TokenCounter, ModelError> {
        Ok(TokenCounter { tokenizer: Arc::new(open(folder)?) })
    }

    /// The byte span of every token of `text`, in order: no special tokens, nothing cut off. Empty for a text that
    /// the tokenizer cannot read.
    pub fn offsets(&self, text: &str) -> Vec<(usize, usize)> {
        self.tokenizer.encode(text, false).map(|encoding| encoding.get_offsets().to_vec()).unwrap_or_default()
    }
}

/// Turns texts into the ids a model reads: special tokens added, cut to a length, not padded.
pub(crate) struct TokenReader {
    tokenizer: Tokenizer,
    model: String,
}

impl TokenReader {
    pub(crate) fn open(folder: &Path, entry: &ModelEntry) -> Result<TokenReader, ModelError> {
        TokenReader::open_with_counter(folder, entry).map(|(reader, _)| reader)
    }

    /// With a counter of the same tokens; the file is read once.
    pub(crate) fn open_with_counter(
        folder: &Path,
        entry: &ModelEntry,
    ) -> Result<(TokenReader, TokenCounter), ModelError> {
        let counter = TokenCounter::open(folder)?;
        let mut tokenizer = Tokenizer::clone(&counter.tokenizer);
        let limit = TruncationParams { max_length: entry.max_tokens, ..TruncationParams::default() };
        tokenizer
            .with_truncation(Some(limit))
            .map_err(|error| ModelError::damaged(&folder.join(FILE), error.to_string()))?;
        Ok((TokenReader { tokenizer, model: entry.id.clone() }, counter))
    }

    /// For two texts in one sequence, of which the second is cut.
    pub(crate) fn open_for_pairs(folder: &Path, entry: &ModelEntry) -> Result<TokenReader, ModelError> {
        let mut reader = TokenReader::open(folder, entry)?;
        let limit = TruncationParams {
            max_length: entry.max_tokens,
            strategy: TruncationStrategy::OnlySecond,
            ..TruncationParams::default()
        };
        reader
            .tokenizer
            .with_truncation(Some(limit))
            .map_err(|error| ModelError::damaged(&folder.join(FILE), error.to_string()))?;
        Ok(reader)
    }

    /// Refuses a tokenizer whose ids go beyond the model's table of `rows`.
    pub(crate) fn fits_vocabulary(&self, rows: usize, folder: &Path) -> Result<(), ModelError> {
        let tokens = self.tokenizer.get_vocab_size(true);
        if tokens > rows {
            let reason = format!("it has {tokens} tokens, but the model knows {rows}");
            return Err(ModelError::damaged(&folder.join(FILE), reason));
        }
        Ok(())
    }

    pub(crate) fn ids(&self, text: &str) -> Result<Vec<u32>, EmbedError> {
        let encoding = self.tokenizer.encode_fast(text, true).map_err(|error| self.refusal(&*error))?;
        Ok(encoding.get_ids().to_vec())
    }

    /// With the byte span of each token; that of a special one is empty.
    pub(crate) fn ids_with_spans(&self, text: &str) -> Result<(Vec<u32>, Vec<Range<usize>>), EmbedError> {
        let encoding = self.tokenizer.encode(text, true).map_err(|error| self.refusal(&*error))?;
        let spans = encoding.get_offsets().iter().zip(encoding.get_special_tokens_mask());
        let spans = spans.map(|(&(start, end), &special)| if special == 1 { 0..0 } else { start..end });
        Ok((encoding.get_ids().to_vec(), spans.collect()))
    }

    /// Two texts as one sequence each, with the place where the second begins. What is too long is cut off the second.
    pub(crate) fn ids_of_pairs(
        &self,
        first: &str,
        seconds: &[&str],
    ) -> Result<Vec<(Vec<u32>, usize)>, EmbedError> {
        let pairs = seconds.iter().map(|second| (first.to_owned(), (*second).to_owned())).collect();
        let encodings: Vec<Encoding> = self
            .tokenizer
            .encode_batch_fast::<(String, String)>(pairs, true)
            .map_err(|error| self.refusal(&*error))?;
        let second = |encoding: &Encoding| encoding.get_type_ids().iter().position(|kind| *kind == 1);
        Ok(encodings
            .iter()
            .map(|encoding| (encoding.get_ids().to_vec(), second(encoding).unwrap_or(encoding.len())))
            .collect())
    }

    pub(crate) fn ids_of_all(&self, texts: Vec<String>) -> Result<Vec<Vec<u32>>, EmbedError> {
        let encodings =
            self.tokenizer.encode_batch_fast(texts, true).map_err(|error| self.refusal(&*error))?;
        Ok(encodings.iter().map(|encoding| encoding.get_ids().to_vec()).collect())
    }

    fn refusal(&self, error: &dyn std::error::Error) -> EmbedError {
        EmbedError::Tokens { model: self.model.clone(), reason: error.to_string() }
    }
}

const FILE: &str = "tokenizer.json";

/// A tokenizer without the truncation and padding that its file may carry (that of MiniLM cuts to 128 tokens).
fn open(folder: &Path) -> Result<Tokenizer, ModelError> {
    let path = folder.join(FILE);
    let refuse = |error: tokenizers::Error| ModelError::damaged(&path, error.to_string());
    let mut tokenizer = Tokenizer::from_file(&path).map_err(refuse)?;
    tokenizer.with_truncation(None).map_err(refuse)?;
    tokenizer.with_padding(None);
    Ok(tokenizer)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// The tokenizer of the real CLIP model, where the folder of test models is at hand.
    #[test]
    fn a_real_clip_tokenizer_cuts_and_keeps_its_last_token() {
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(3).unwrap();
        let folder = repository.with_file_name("shared/models/clip-vit-base-patch32-tokenizer-only");
        if !folder.is_dir() {
            println!("SKIPPED: there is no {}", folder.display());
            return;
        }
        let entry =
            crate::read_registry(None).unwrap().into_iter().find(|e| e.id.starts_with("clip")).unwrap();
        let reader = TokenReader::open(&folder, &entry).unwrap();
        let ids = reader.ids("a photo of a cat").unwrap();
        assert_eq!(ids, [49406, 320, 1125, 539, 320, 2368, 49407]);
        let ids = reader.ids(&"a photo of a cat ".repeat(40)).unwrap();
        assert_eq!((ids.len(), ids[76]), (77, 49407));
        let error = reader.fits_vocabulary(49_407, &folder).unwrap_err();
        assert!(error.to_string().contains("tokenizer.json"), "{error}");
    }
}
