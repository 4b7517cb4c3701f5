//! BERT as candle-transformers has it: padded batches, on any device. The reference for our own, too.

use candle_core::{DType, Device, IndexOp, Result, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{BertModel, Config};

use crate::registry::Pooling;

pub(crate) struct StockBert {
    model: BertModel,
    device: Device,
}

impl StockBert {
    pub(crate) fn load(weights: VarBuilder<'_>, config: &Config) -> Result<StockBert> {
        let device = weights.device().clone();
        Ok(StockBert { model: BertModel::load(weights, config)?, device })
    }

    /// One pooled vector for each sequence of token ids, not normalised.
    pub(crate) fn forward(&self, sequences: &[&[u32]], pooling: Pooling) -> Result<Vec<Vec<f32>>> {
        let longest = sequences.iter().map(|row| row.len()).max().unwrap_or(0);
        let shape = (sequences.len(), longest);
        // Padding is masked, so its id does not matter.
        let padded = |value: fn(u32) -> u32| -> Vec<u32> {
            let cells = sequences.iter().flat_map(|row| {
                let padding = std::iter::repeat_n(0, longest - row.len());
                row.iter().map(move |&id| value(id)).chain(padding)
            });
            cells.collect()
        };
        let ids = Tensor::from_vec(padded(|id| id), shape, &self.device)?;
        let mask = Tensor::from_vec(padded(|_| 1), shape, &self.device)?.to_dtype(DType::F32)?;
        let outputs = self.model.forward(&ids, &ids.zeros_like()?, Some(&mask))?;
        let pooled = match pooling {
            Pooling::Mean => {
                let sums = outputs.broadcast_mul(&mask.unsqueeze(2)?)?.sum(1)?;
                sums.broadcast_div(&mask.sum_keepdim(1)?)?
            }
            Pooling::Cls | Pooling::Projection => outputs.i((.., 0, ..))?,
        };
        pooled.to_vec2()
    }
}
