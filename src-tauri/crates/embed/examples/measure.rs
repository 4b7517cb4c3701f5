//! The times of a text model, for `tests/bench/embed.py`, which `cargo xtask bench embed` calls. Answers each line of its
//! input with one line.

use std::error::Error;
use std::fs;
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use cairn_embed::{ModelEntry, ModelStore, Precision, TextEncoder};
use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{BertModel, Config};
use tokenizers::Tokenizer;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Stock Candle on one padded batch, as its own example has it.
struct Stock {
    model: BertModel,
    tokenizer: Tokenizer,
}

impl Stock {
    fn load(folder: &Path) -> Result<Stock> {
        let config: Config = serde_json::from_str(&fs::read_to_string(folder.join("config.json"))?)?;
        let weights = candle_core::safetensors::load(folder.join("model.safetensors"), &Device::Cpu)?;
        let model = BertModel::load(VarBuilder::from_tensors(weights, DType::F32, &Device::Cpu), &config)?;
        let mut tokenizer = Tokenizer::from_file(folder.join("tokenizer.json")).map_err(|e| e.to_string())?;
        tokenizer.with_truncation(None).map_err(|e| e.to_string())?.with_padding(None);
        Ok(Stock { model, tokenizer })
    }

    /// Texts of equal length.
    fn embed(&self, texts: &[&str]) -> Result<()> {
        let ids = texts.iter().map(|text| self.tokenizer.encode_fast(*text, true));
        let ids = ids.map(|text| Ok(Tensor::new(text.map_err(|e| e.to_string())?.get_ids(), &Device::Cpu)?));
        let ids = Tensor::stack(&ids.collect::<Result<Vec<_>>>()?, 0)?;
        let mask = ids.ones_like()?.to_dtype(DType::F32)?;
        self.model.forward(&ids, &ids.zeros_like()?, Some(&mask))?.mean(1)?.to_vec2::<f32>()?;
        Ok(())
    }
}

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [store, id, cases, max_tokens] = words.as_slice() else {
        return Err("measure STORE MODEL CASES.json MAX_TOKENS".into());
    };
    let store = ModelStore::new(PathBuf::from(store));
    let mut entry = cairn_embed::entry(id).ok_or("the registry has no such model")?.clone();
    entry.max_tokens = max_tokens.parse()?;
    let cases: Vec<Vec<String>> = serde_json::from_str(&fs::read_to_string(cases)?)?;
    let encoders = [Precision::F32, Precision::Int8].map(|p| TextEncoder::load_with(&store, &entry, p));
    let [exact, fast] = encoders;
    let (exact, fast) = (exact?, fast?);
    let encoder = |kind: &str| if kind == "int8" { &fast } else { &exact };
    let stock = Stock::load(&store.folder().join(id))?;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let answer = match words.as_slice() {
            ["processor"] => processor(),
            ["load", kind] => {
                let precision = if *kind == "int8" { Precision::Int8 } else { Precision::F32 };
                seconds(1, || load_and_embed(&store, &entry, precision))?.to_string()
            }
            ["time", kind, case, times] => {
                let texts = &cases[case.parse::<usize>()?];
                let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
                let run = || match *kind {
                    "stock" => stock.embed(&texts),
                    kind => encoder(kind).embed_passages(&texts).map(drop).map_err(Into::into),
                };
                seconds(times.parse()?, run)?.to_string()
            }
            ["vectors", kind, texts, out] => {
                let texts: Vec<Vec<String>> = serde_json::from_str(&fs::read_to_string(texts)?)?;
                let texts: Vec<&str> = texts[0].iter().map(String::as_str).collect();
                let bytes = encoder(kind).embed_passages(&texts)?.concat();
                fs::write(out, bytes.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>())?;
                "done".to_owned()
            }
            _ => return Err(format!("what is {line:?}?").into()),
        };
        println!("{answer}");
        std::io::stdout().flush()?;
    }
    Ok(())
}

fn load_and_embed(store: &ModelStore, entry: &ModelEntry, precision: Precision) -> Result<()> {
    TextEncoder::load_with(store, entry, precision)?.embed_query("a roof")?;
    Ok(())
}

/// The mean of `times` runs.
fn seconds(times: u32, run: impl Fn() -> Result<()>) -> Result<f64> {
    let start = Instant::now();
    for _ in 0..times {
        run()?;
    }
    Ok(start.elapsed().as_secs_f64() / f64::from(times))
}

/// What the processor can do that matters here.
fn processor() -> String {
    #[cfg(target_arch = "x86_64")]
    {
        let known = [
            ("AVX-512", is_x86_feature_detected!("avx512f")),
            ("AVX-512 VNNI", is_x86_feature_detected!("avx512vnni")),
            ("AVX2", is_x86_feature_detected!("avx2")),
        ];
        known.iter().filter(|known| known.1).map(|known| known.0).collect::<Vec<_>>().join(", ")
    }
    #[cfg(not(target_arch = "x86_64"))]
    std::env::consts::ARCH.to_owned()
}
