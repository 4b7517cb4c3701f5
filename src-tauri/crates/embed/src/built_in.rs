//! Models that travel with the program.

/// A file of the repository's `models`, compiled in.
macro_rules! model_file {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../models/", $name))
    };
}

const FILES: &[(&str, &str, &[u8])] = &[
    ("cairn-photo-3", "model.safetensors", model_file!("cairn-photo-3.safetensors")),
    ("cairn-photo-3", "tags.txt", model_file!("cairn-photo-3.tags.txt")),
];

/// Whether the program carries the model with this id.
pub(crate) fn carries(model: &str) -> bool {
    FILES.iter().any(|(id, ..)| *id == model)
}

/// A file of a model that the program carries.
pub(crate) fn file(model: &str, name: &str) -> Option<&'static [u8]> {
    FILES.iter().find(|(id, file, _)| (*id, *file) == (model, name)).map(|(.., bytes)| *bytes)
}
