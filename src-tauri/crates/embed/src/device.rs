use std::sync::LazyLock;

use candle_core::{Device, Tensor};

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
                reason: tested().1.clone(),
                no_int8: match int8::pays() {
                    true => String::new(),
                    false => no_int8("This processor has no AVX-512 VNNI: eight bits would not be faster."),
                },
            }
        }
    }
}

/// Whether the encoders compute on the processor, where several computations may run side by side.
pub fn computes_on_processor() -> bool {
    pick().is_cpu()
}

/// The device the encoders compute on: the one the program was built for where the machine has it and it computes right, else
/// the processor.
pub(crate) fn pick() -> Device {
    tested().0.clone()
}

/// The device, and why it is not a graphics device.
fn tested() -> &'static (Device, String) {
    static TESTED: LazyLock<(Device, String)> = LazyLock::new(|| {
        let found = [
            #[cfg(feature = "cuda")]
            Device::cuda_if_available(0),
            #[cfg(feature = "metal")]
            Device::metal_if_available(0),
        ];
        choose(found)
    });
    &TESTED
}

/// The first device that is not the processor and passes the self-test; else the processor, and what was wrong with the others.
fn choose(found: impl IntoIterator<Item = candle_core::Result<Device>>) -> (Device, String) {
    let mut reasons = Vec::new();
    for device in found {
        match device {
            Ok(device) if device.is_cpu() => reasons.push("none is there".to_owned()),
            Ok(device) => match self_test(&device) {
                Ok(()) => return (device, String::new()),
                Err(reason) => reasons.push(reason),
            },
            Err(error) => reasons.push(error.to_string()),
        }
    }
    let reason = match reasons.as_slice() {
        [] => "This build of Cairn computes on the processor; one built with the feature cuda or metal uses a graphics device.".into(),
        reasons => format!("The processor computes, since no graphics device can be used: {}.", reasons.join("; ")),
    };
    (Device::Cpu, reason)
}

/// Whether a device gives the processor's result for a product and a softmax.
fn self_test(device: &Device) -> Result<(), String> {
    let compute = |device: &Device| -> candle_core::Result<Vec<f32>> {
        let numbers = |seed: u32| (0..64 * 64).map(move |i: u32| ((i * 37 + seed) % 101) as f32 / 50.0 - 1.0);
        let tensor = |seed| Tensor::from_iter(numbers(seed), device)?.reshape((64, 64));
        let product = tensor(3)?.matmul(&tensor(7)?)?;
        candle_nn::ops::softmax(&product, 1)?.flatten_all()?.to_vec1()
    };
    let made = compute(device).map_err(|error| format!("it fails at a small product ({error})"))?;
    let expected = compute(&Device::Cpu).map_err(|error| error.to_string())?;
    let off = made.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    // A NaN is not below anything.
    if off < 1e-3 && made.iter().all(|x| x.is_finite()) {
        Ok(())
    } else {
        Err(format!("it computes wrong numbers (off by {off})"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_that_cannot_be_used_is_told_and_the_processor_computes() {
        let broken = || Err(candle_core::Error::Msg("the driver is too old".into()));
        let (device, reason) = choose([broken(), Ok(Device::Cpu)]);
        assert!(device.is_cpu());
        assert!(reason.contains("the driver is too old; none is there"), "{reason}");
        assert!(choose([]).1.starts_with("This build"));
        assert_eq!(self_test(&Device::Cpu), Ok(()));
    }
}
