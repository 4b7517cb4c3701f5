//! Brings a model into a folder: `cargo run -p cairn-embed --example obtain -- all-minilm-l6-v2 target/models`

use std::error::Error;
use std::path::PathBuf;

use cairn_core::{Control, Progress};
use cairn_embed::ModelStore;

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let (Some(id), Some(folder)) = (words.next(), words.next()) else {
        return Err("obtain MODEL FOLDER".into());
    };
    let entry = cairn_embed::entry(&id).ok_or("the registry has no such model")?;
    let store = ModelStore::new(PathBuf::from(folder));
    store.obtain(entry, &Control::new(), &Progress::default())?;
    println!("{id}: {:?}", store.verify(entry, &Control::new())?);
    Ok(())
}
