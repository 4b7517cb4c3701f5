//! A model inside a zip archive that a person brings to a machine without a network.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use cairn_core::Control;
use zip::ZipArchive;

use crate::error::ModelError;
use crate::registry::ModelEntry;

/// No file of a model is larger where its size is not known.
const MOST: u64 = 8 << 30;
/// Bytes between two looks at whether to stop.
const PIECE: usize = 1 << 20;

/// Unpacks the model's files, whatever folder of the archive they are in, into `room`. Of each no more is unpacked than it
/// should have.
pub(crate) fn unpack(
    archive: &Path,
    entry: &ModelEntry,
    room: &Path,
    control: &Control,
) -> Result<(), ModelError> {
    let refuse = |reason: String| ModelError::Damaged {
        path: archive.to_owned(),
        reason,
        remedy: format!("Name a zip archive that holds the files of {}.", entry.repo),
    };
    let file = File::open(archive).map_err(ModelError::io(archive))?;
    let mut zip = ZipArchive::new(file).map_err(|error| refuse(error.to_string()))?;
    for file in &entry.files {
        let is_it = |name: &str| name.rsplit(['/', '\\']).next() == Some(file.source_name());
        let names = zip.file_names().flatten();
        let Some(name) = names.map(String::from).find(|name| is_it(name)) else {
            return Err(refuse(format!("it holds no {}", file.source_name())));
        };
        let packed = zip.by_name(&name).map_err(|error| refuse(format!("{name}: {error}")))?;
        // One byte more than there may be tells a file that is too long, without unpacking all of it.
        let mut packed = packed.take(file.size.unwrap_or(MOST) + 1);
        let path = room.join(file.source_name());
        let mut target = File::create(&path).map_err(ModelError::io(&path))?;
        let mut piece = vec![0; PIECE];
        loop {
            control.checkpoint()?;
            let read = packed.read(&mut piece).map_err(|error| refuse(format!("{name}: {error}")))?;
            if read == 0 {
                break;
            }
            target.write_all(&piece[..read]).map_err(ModelError::io(&path))?;
        }
    }
    Ok(())
}
