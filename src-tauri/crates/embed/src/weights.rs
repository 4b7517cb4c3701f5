//! Weight files: only safetensors, and only with exactly the tensors that the architecture has.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use candle_core::{DType, Device};
use candle_nn::VarBuilder;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::error::ModelError;
use crate::registry::{Architecture, ModelEntry, Role};
use crate::{clip, rerank, text, tower};

pub(crate) const WEIGHTS: &str = "model.safetensors";
pub(crate) const CONFIG: &str = "config.json";

/// No header of a real model comes near.
const MAX_HEADER: u64 = 64 << 20;

#[derive(Deserialize)]
struct TensorInfo {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: (u64, u64),
}

/// The names and shapes of tensors.
pub(crate) type Shapes = Vec<(String, Vec<usize>)>;

/// Whether configuration and weights are those of the entry's architecture. Reads headers only.
pub(crate) fn check_layout(entry: &ModelEntry, folder: &Path) -> Result<(), ModelError> {
    match entry.architecture {
        Architecture::Bert | Architecture::XlmRoberta | Architecture::NomicBert => {
            if entry.role == Role::Reranker {
                return rerank::check(entry, folder).map(|_| ());
            }
            text::check(entry, folder).map(|_| ())
        }
        Architecture::Clip => clip::check(entry, folder).map(|_| ()),
        Architecture::MobileNetV4 => tower::check(entry, folder).map(|_| ()),
    }
}

/// Refuses PyTorch's pickle format by its first bytes: opening one can run a program.
pub(crate) fn refuse_pickle(path: &Path) -> Result<(), ModelError> {
    let mut start = Vec::new();
    File::open(path).and_then(|file| file.take(9).read_to_end(&mut start)).map_err(ModelError::io(path))?;
    // A safetensors file begins with the length of its header, which may look like pickle's two bytes; then comes `{`.
    let pickle = matches!(start.as_slice(), [0x80, 2..=5, ..]) && start.get(8) != Some(&b'{');
    if pickle || start.starts_with(b"PK\x03\x04") {
        let reason = "it holds pickled weights, which can run programs; Cairn reads safetensors only";
        return Err(ModelError::damaged(path, reason));
    }
    Ok(())
}

/// Reads a JSON file of the model.
pub(crate) fn read_config<T: DeserializeOwned>(folder: &Path) -> Result<T, ModelError> {
    let path = folder.join(CONFIG);
    let text = std::fs::read_to_string(&path).map_err(ModelError::io(&path))?;
    serde_json::from_str(&text).map_err(|error| ModelError::damaged(&path, error.to_string()))
}

/// Checks that the weight file is whole and holds every tensor of `expected` in its shape.
pub(crate) fn require(folder: &Path, expected: &Shapes) -> Result<(), ModelError> {
    let path = folder.join(WEIGHTS);
    let tensors = read_header(&path)?;
    for (name, shape) in expected {
        let Some(tensor) = tensors.get(name) else {
            return Err(ModelError::damaged(&path, format!("it lacks the tensor {name}")));
        };
        if tensor.shape != *shape {
            let reason = format!("the tensor {name} has the shape {:?} instead of {shape:?}", tensor.shape);
            return Err(ModelError::damaged(&path, reason));
        }
        if !matches!(tensor.dtype.as_str(), "F32" | "F16" | "BF16") {
            let reason = format!("the tensor {name} holds {}, not floating point numbers", tensor.dtype);
            return Err(ModelError::damaged(&path, reason));
        }
    }
    Ok(())
}

/// Whether the weight file has a tensor of this name.
pub(crate) fn has(folder: &Path, name: &str) -> Result<bool, ModelError> {
    Ok(read_header(&folder.join(WEIGHTS))?.contains_key(name))
}

fn read_header(path: &Path) -> Result<HashMap<String, TensorInfo>, ModelError> {
    refuse_pickle(path)?;
    let refuse = |reason: &str| ModelError::damaged(path, reason);
    let mut file = File::open(path).map_err(ModelError::io(path))?;
    let bytes = file.metadata().map_err(ModelError::io(path))?.len();
    let mut length = [0u8; 8];
    file.read_exact(&mut length).map_err(|_| refuse("it is too short to be a safetensors file"))?;
    let length = u64::from_le_bytes(length);
    if length > MAX_HEADER || length > bytes {
        return Err(refuse("it is not a safetensors file, or it is cut off"));
    }
    let mut header = Vec::new();
    file.take(length).read_to_end(&mut header).map_err(ModelError::io(path))?;
    let entries: HashMap<String, serde_json::Value> =
        serde_json::from_slice(&header).map_err(|_| refuse("it is not a safetensors file"))?;
    let mut tensors = HashMap::new();
    for (name, value) in entries {
        if name != "__metadata__" {
            let info: TensorInfo = serde_json::from_value(value)
                .map_err(|error| refuse(&format!("the tensor {name} is not described well: {error}")))?;
            tensors.insert(name, info);
        }
    }
    let end = tensors.values().map(|tensor| tensor.data_offsets.1).max().unwrap_or(0);
    match 8 + length + end {
        whole if bytes < whole => Err(refuse(&format!("it is cut off: {bytes} bytes instead of {whole}"))),
        _ => Ok(tensors),
    }
}

/// The tensors of a checked file, as `f32`.
pub(crate) fn open(folder: &Path, device: &Device) -> Result<VarBuilder<'static>, ModelError> {
    let path = folder.join(WEIGHTS);
    // SAFETY: the map is undefined behaviour only if the file changes under it. It lies in Cairn's own store, where
    // files are replaced by renaming and never written to.
    unsafe { VarBuilder::from_mmaped_safetensors(&[&path], DType::F32, device) }
        .map_err(|error| ModelError::damaged(&path, error.to_string()))
}
