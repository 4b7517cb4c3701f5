//! Weights that are only to be had in PyTorch's format, which is pickle: rewritten once as safetensors.
//!
//! Pickle is a program that builds objects. Candle's reader follows the few instructions that tensors need and notes calls
//! without making them, so nothing in the file is ever run.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use cairn_core::Control;
use candle_core::pickle::PthTensors;
use candle_core::{CpuStorage, DType, Device, Storage, Tensor};
use serde_json::{Map, json};

use crate::error::ModelError;

/// Writes the floating point tensors of a pickle file as safetensors.
///
/// # Errors
/// When the file is not one of PyTorch's, holds no such tensors, or the disk refuses.
pub(crate) fn to_safetensors(from: &Path, to: &mut impl Write, control: &Control) -> Result<(), ModelError> {
    let refuse = |reason: String| ModelError::damaged(from, reason);
    let tensors = PthTensors::new(from, None).map_err(|error| refuse(error.to_string()))?;
    let mut named: Vec<(&String, &'static str, usize, Vec<usize>)> = Vec::new();
    for (name, info) in tensors.tensor_infos() {
        let kind = match info.dtype {
            DType::F32 => ("F32", 4),
            DType::F16 => ("F16", 2),
            DType::BF16 => ("BF16", 2),
            _ => continue,
        };
        named.push((name, kind.0, kind.1, info.layout.shape().dims().to_vec()));
    }
    if named.is_empty() {
        return Err(refuse("it holds no weights".to_owned()));
    }
    named.sort();
    let (mut header, mut end) = (Map::new(), 0usize);
    for (name, dtype, bytes, shape) in &named {
        let start = end;
        end += bytes * shape.iter().product::<usize>();
        let described = json!({ "dtype": dtype, "shape": shape, "data_offsets": [start, end] });
        header.insert((*name).clone(), described);
    }
    let mut header = serde_json::Value::Object(header).to_string().into_bytes();
    header.resize(header.len().next_multiple_of(8), b' ');

    let mut to = BufWriter::new(to);
    let written = (|| {
        to.write_all(&(header.len() as u64).to_le_bytes())?;
        to.write_all(&header)?;
        for (name, ..) in &named {
            control.checkpoint().map_err(|_| io::Error::from(io::ErrorKind::Interrupted))?;
            let tensor = tensors.get(name).and_then(|tensor| tensor.map(contiguous).transpose());
            let tensor = tensor.map_err(io::Error::other)?;
            let tensor = tensor.ok_or_else(|| io::Error::other(format!("the tensor {name} is not there")))?;
            write_numbers(&tensor, &mut to)?;
        }
        to.flush()
    })();
    control.checkpoint()?;
    written.map_err(|error: io::Error| refuse(error.to_string()))
}

fn contiguous(tensor: Tensor) -> candle_core::Result<Tensor> {
    // A view begins somewhere in its storage; a copy begins at its beginning.
    tensor.to_device(&Device::Cpu)?.force_contiguous()
}

fn write_numbers(tensor: &Tensor, to: &mut impl Write) -> io::Result<()> {
    let (storage, _) = tensor.storage_and_layout();
    match &*storage {
        Storage::Cpu(CpuStorage::F32(numbers)) => {
            numbers.iter().try_for_each(|x| to.write_all(&x.to_le_bytes()))
        }
        Storage::Cpu(CpuStorage::F16(numbers)) => {
            numbers.iter().try_for_each(|x| to.write_all(&x.to_le_bytes()))
        }
        Storage::Cpu(CpuStorage::BF16(numbers)) => {
            numbers.iter().try_for_each(|x| to.write_all(&x.to_le_bytes()))
        }
        _ => Err(io::Error::other("a tensor is of another kind than its description")),
    }
}
