//! The forward pass of each family of encoders on the processor: which layers of a [`crate::transformer::Transformer`] it has, and how tokens
//! (or patches) enter it and vectors leave it.

use std::ops::Range;

use candle_core::{CpuStorage, Result, Storage, Tensor, bail};

use crate::registry::Pooling;

pub(crate) mod bert;
pub(crate) mod clip;
pub(crate) mod nomic;

/// Rows become the embeddings of token ids, `[vocabulary, hidden]`, plus those of their positions; with fewer positions than
/// tokens (one, for a model that has none) the last one goes on.
fn look_up(
    words: &Tensor,
    sequences: &[&[u32]],
    positions: &[f32],
    hidden: usize,
    rows: &mut [f32],
) -> Result<()> {
    let (storage, _) = words.storage_and_layout();
    let Storage::Cpu(CpuStorage::F32(words)) = &*storage else { bail!("the embeddings are not f32") };
    let last = positions.len() / hidden - 1;
    let mut rows = rows.chunks_exact_mut(hidden);
    for sequence in sequences {
        for ((at, &id), row) in sequence.iter().enumerate().zip(&mut rows) {
            let start = id as usize * hidden;
            let Some(word) = words.get(start..start + hidden) else { bail!("there is no token {id}") };
            let position = &positions[at.min(last) * hidden..][..hidden];
            for ((x, word), position) in row.iter_mut().zip(word).zip(position) {
                *x = word + position;
            }
        }
    }
    Ok(())
}

/// One vector of the rows of a sequence.
fn pool(rows: &[f32], range: &Range<usize>, hidden: usize, pooling: Pooling) -> Vec<f32> {
    let rows = &rows[range.start * hidden..range.end * hidden];
    let mut pooled = rows[..hidden].to_vec();
    if pooling == Pooling::Mean {
        for row in rows.chunks_exact(hidden).skip(1) {
            pooled.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
        }
        pooled.iter_mut().for_each(|x| *x /= range.len() as f32);
    }
    pooled
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::path::Path;

    use candle_core::Device;

    use super::*;
    use crate::kernels::matrix::Precision;
    use crate::stock::StockEncoder;
    use crate::text::Layout;
    use crate::weights;

    /// What stock Candle makes, too, is what graphics devices compute.
    #[test]
    fn stock_candle_agrees_on_every_family() {
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(3).unwrap().join("tests/golden");
        let sequences: Vec<Vec<u32>> = [1, 2, 9, 24]
            .map(|length| (0..length).map(|at| 3 + (at * at * 7 + length) % 60).collect())
            .into();
        let slices: Vec<&[u32]> = sequences.iter().map(Vec::as_slice).collect();
        for family in ["tiny-xlm-r", "tiny-nomic"] {
            let folder = golden.join(family);
            let open = || weights::open(&folder, &Device::Cpu).unwrap();
            let layout = match family {
                "tiny-nomic" => Layout::Nomic(weights::read_config(&folder).unwrap()),
                _ => Layout::XlmRoberta(weights::read_config(&folder).unwrap()),
            };
            let stock = StockEncoder::load(open(), &layout).unwrap();
            for pooling in [Pooling::Mean, Pooling::Cls] {
                let expected = stock.forward(&slices, pooling).unwrap();
                let made = match &layout {
                    Layout::Nomic(config) => {
                        let model = nomic::Nomic::load(&open(), config, 40, Precision::F32).unwrap();
                        model.forward(&slices, pooling).unwrap()
                    }
                    Layout::Bert(config) | Layout::XlmRoberta(config) => {
                        let model = bert::Bert::load(&open(), config, 2, Precision::F32).unwrap();
                        model.forward(&slices, pooling).unwrap()
                    }
                };
                for (made, expected) in made.iter().flatten().zip(expected.iter().flatten()) {
                    assert!((made - expected).abs() < 2e-4, "{family}: {made} instead of {expected}");
                }
            }
        }
    }
}
