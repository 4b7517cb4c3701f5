//! Text encoders as candle-transformers has them: padded batches, on any device. The reference for our own, too.

use candle_core::{DType, Device, IndexOp, Result, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::BertModel;
use candle_transformers::models::nomic_bert::NomicBertModel;
use candle_transformers::models::xlm_roberta::{self, XLMRobertaModel};

use crate::registry::Pooling;
use crate::text::Layout;

pub(crate) struct StockEncoder {
    network: Network,
    /// What fills up short sequences. It is masked; XLM-R tells positions by it as well.
    padding: u32,
    device: Device,
}

enum Network {
    Bert(BertModel),
    XlmRoberta(XLMRobertaModel),
    Nomic(NomicBertModel),
}

impl StockEncoder {
    pub(crate) fn load(weights: VarBuilder<'_>, layout: &Layout) -> Result<StockEncoder> {
        let device = weights.device().clone();
        let mut padding = 0;
        let network = match layout {
            Layout::Bert(config) => Network::Bert(BertModel::load(weights, config)?),
            Layout::XlmRoberta(config) => {
                padding = config.pad_token_id as u32;
                let config = xlm_roberta::Config {
                    hidden_size: config.hidden_size,
                    layer_norm_eps: config.layer_norm_eps,
                    attention_probs_dropout_prob: 0.0,
                    hidden_dropout_prob: 0.0,
                    num_attention_heads: config.num_attention_heads,
                    position_embedding_type: "absolute".to_owned(),
                    intermediate_size: config.intermediate_size,
                    hidden_act: candle_nn::Activation::Gelu,
                    num_hidden_layers: config.num_hidden_layers,
                    vocab_size: config.vocab_size,
                    max_position_embeddings: config.max_position_embeddings,
                    type_vocab_size: config.type_vocab_size,
                    pad_token_id: padding,
                };
                Network::XlmRoberta(XLMRobertaModel::new(&config, weights)?)
            }
            Layout::Nomic(config) => Network::Nomic(NomicBertModel::load(weights, config)?),
        };
        Ok(StockEncoder { network, padding, device })
    }

    /// One pooled vector for each sequence of token ids, not normalised.
    pub(crate) fn forward(&self, sequences: &[&[u32]], pooling: Pooling) -> Result<Vec<Vec<f32>>> {
        let longest = sequences.iter().map(|row| row.len()).max().unwrap_or(0);
        let shape = (sequences.len(), longest);
        let padded = |padding: u32, value: fn(u32) -> u32| -> Vec<u32> {
            let cells = sequences.iter().flat_map(|row| {
                let padding = std::iter::repeat_n(padding, longest - row.len());
                row.iter().map(move |&id| value(id)).chain(padding)
            });
            cells.collect()
        };
        let ids = Tensor::from_vec(padded(self.padding, |id| id), shape, &self.device)?;
        let whole = Tensor::from_vec(padded(0, |_| 1), shape, &self.device)?;
        let mask = whole.to_dtype(DType::F32)?;
        let types = ids.zeros_like()?;
        let outputs = match &self.network {
            Network::Bert(model) => model.forward(&ids, &types, Some(&mask))?,
            Network::XlmRoberta(model) => model.forward(&ids, &mask, &types, None, None, None)?,
            Network::Nomic(model) => model.forward(&ids, Some(&types), Some(&whole))?,
        };
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
