//! Models that travel with the program.

const FILES: &[(&str, &str, &[u8])] = &[(
    "cairn-photo-1",
    "model.safetensors",
    include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../models/cairn-photo-1.safetensors")),
)];

/// Whether the program carries the model with this id.
pub(crate) fn carries(model: &str) -> bool {
    FILES.iter().any(|(id, ..)| *id == model)
}

/// A file of a model that the program carries.
pub(crate) fn file(model: &str, name: &str) -> Option<&'static [u8]> {
    FILES.iter().find(|(id, file, _)| (*id, *file) == (model, name)).map(|(.., bytes)| *bytes)
}
