use candle_core::Device;

use crate::kernels::{int8, tile};

/// What the encoders compute on, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceFacts {
    /// "Processor", "CUDA" or "Metal".
    pub name: &'static str,
    /// What is used of it.
    pub detail: String,
    /// Why it is not a graphics device; empty where it is one.
    pub reason: String,
    /// Why computing in eight bits would bring nothing; empty where it does.
    pub no_int8: String,
}

/// What the encoders compute on.
pub fn device_facts() -> DeviceFacts {
    let no_int8 = |why: &str| why.to_owned();
    match pick() {
        Device::Cuda(_) => DeviceFacts {
            name: "CUDA",
            detail: "the first graphics device".into(),
            reason: String::new(),
            no_int8: no_int8("The graphics device computes in floating point."),
        },
        Device::Metal(_) => DeviceFacts {
            name: "Metal",
            detail: "the first graphics device".into(),
            reason: String::new(),
            no_int8: no_int8("The graphics device computes in floating point."),
        },
        Device::Cpu => {
            let threads = candle_core::utils::get_num_threads();
            let fast = if int8::pays() { " with VNNI" } else { "" };
            let plural = if threads == 1 { "" } else { "s" };
            DeviceFacts {
                name: "Processor",
                detail: format!("{threads} thread{plural}, {}{fast}", tile::instructions()),
                reason: not_graphics(),
                no_int8: match int8::pays() {
                    true => String::new(),
                    false => no_int8("This processor has no AVX-512 VNNI: eight bits would not be faster."),
                },
            }
        }
    }
}

fn not_graphics() -> String {
    if cfg!(any(feature = "cuda", feature = "metal")) {
        "No graphics device answered, so the processor computes.".into()
    } else {
        "This build of Cairn computes on the processor; building it with the feature cuda or metal uses a graphics device."
            .into()
    }
}

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
