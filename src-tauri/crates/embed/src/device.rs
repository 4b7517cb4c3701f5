use candle_core::Device;

/// The device the encoders compute on: the one the program was built for where the machine has it, else the
/// processor.
pub(crate) fn pick() -> Device {
    #[cfg(feature = "cuda")]
    if let Some(device) = first(Device::cuda_if_available(0)) {
        return device;
    }
    #[cfg(feature = "metal")]
    if let Some(device) = first(Device::metal_if_available(0)) {
        return device;
    }
    Device::Cpu
}

#[cfg(any(feature = "cuda", feature = "metal"))]
fn first(found: candle_core::Result<Device>) -> Option<Device> {
    match found {
        Ok(device) if !device.is_cpu() => Some(device),
        Ok(_) => None,
        Err(error) => {
            tracing::warn!("computing on the processor, since the graphics device refuses: {error}");
            None
        }
    }
}
