//! Tokens a second of an installed text model, 32 passages of 128 tokens at once:
//! `cargo run --release -p cairn-embed --example speed -- all-minilm-l6-v2 target/models`

use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;

use cairn_embed::{ModelStore, TextEncoder};

const ROWS: usize = 32;
const TOKENS: usize = 128;

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let (Some(id), Some(folder)) = (words.next(), words.next()) else {
        return Err("speed MODEL FOLDER".into());
    };
    let entry = cairn_embed::entry(&id).ok_or("the registry has no such model")?;
    let encoder = TextEncoder::load(&ModelStore::new(PathBuf::from(folder)), entry)?;
    // "the" is one token in every vocabulary of the registry; two tokens are special.
    let passage = "the ".repeat(TOKENS - 2);
    let passages = vec![passage.as_str(); ROWS];
    encoder.embed_passages(&passages)?;
    let mut seconds: Vec<f64> = Vec::new();
    for _ in 0..9 {
        let start = Instant::now();
        encoder.embed_passages(&passages)?;
        seconds.push(start.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    let rate = |seconds: f64| (ROWS * TOKENS) as f64 / seconds;
    println!(
        "{id}, {ROWS} x {TOKENS} tokens: {:.0} tokens/s (median of 9), best {:.0}",
        rate(seconds[4]),
        rate(seconds[0])
    );
    Ok(())
}
