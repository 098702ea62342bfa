//! Where tensors are computed: what there is, which one is taken, and whether it can be trusted.

mod adapters;
mod quiet;
mod self_test;

pub use adapters::{DeviceInfo, DeviceType, list_devices};
pub use self_test::{
    OperationError, SELF_TEST_TOLERANCE, SelfTest, half_precision_test, self_test,
};

use crate::Network;
use burn::tensor::Device;
use std::str::FromStr;

/// What `--device` asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum DeviceChoice {
    /// The first GPU that passes the self-test, else the CPU.
    #[default]
    Auto,
    /// The first GPU that passes the self-test, or an error.
    Gpu,
    /// The CPU.
    Cpu,
    /// The first device whose description contains these words, software GPUs included.
    Named(String),
}

impl FromStr for DeviceChoice {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text.to_lowercase().as_str() {
            "auto" => Self::Auto,
            "gpu" => Self::Gpu,
            "cpu" => Self::Cpu,
            _ => Self::Named(text.to_owned()),
        })
    }
}

/// Why there is no device to compute on.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// No GPU at all.
    #[error(
        "no GPU was found (software GPUs are taken by name only); use --device auto or --device cpu"
    )]
    NoGpu,
    /// GPUs, but none that computes what the CPU does.
    #[error("no GPU passed the self-test: {0}; use --device cpu, or another driver")]
    NoneTrusted(String),
    /// No device of that name.
    #[error("no device matches \"{wanted}\"; there are: {available}")]
    Unknown {
        /// What was asked for.
        wanted: String,
        /// What there is.
        available: String,
    },
    /// The device that was named does not compute what the CPU does.
    #[error("device \"{device}\" is refused: {reason}; use --device cpu, or another driver")]
    Refused {
        /// The device.
        device: String,
        /// What the self-test found.
        reason: String,
    },
    /// A weight is larger than what the device can bind.
    #[error(
        "device \"{device}\" is too small for this model: its largest weight is {needed_bytes} bytes, \
         the device binds at most {limit_bytes}; use --device cpu"
    )]
    TooSmall {
        /// The device.
        device: String,
        /// Size of the largest weight.
        needed_bytes: u64,
        /// The most that the device binds at once.
        limit_bytes: u64,
    },
}

/// The device that was taken, and why.
#[derive(Debug, Clone)]
pub struct Selected {
    /// For making tensors.
    pub device: Device,
    /// What it is.
    pub info: DeviceInfo,
    /// Why this one, for people.
    pub why: String,
}

impl Selected {
    /// The device in words, as `explanation.json` records it.
    pub fn description(&self) -> String {
        self.info.to_string()
    }

    /// Refuses a network with a weight that this device cannot bind.
    ///
    /// # Errors
    /// [`DeviceError::TooSmall`] with both sizes.
    pub fn check_fits(&self, network: &Network) -> Result<(), DeviceError> {
        let needed_bytes = network.largest_weight_bytes();
        match self.info.max_tensor_bytes {
            Some(limit_bytes) if needed_bytes > limit_bytes => Err(DeviceError::TooSmall {
                device: self.description(),
                needed_bytes,
                limit_bytes,
            }),
            _ => Ok(()),
        }
    }
}

/// Takes a device. A GPU runs the self-test before it is given out, once a process.
///
/// # Errors
/// Nothing that fits the choice, or a device that fails the self-test.
pub fn select(choice: &DeviceChoice) -> Result<Selected, DeviceError> {
    match choice {
        DeviceChoice::Cpu => Ok(cpu("asked for".into())),
        DeviceChoice::Auto => Ok(match first_trusted() {
            Ok(selected) => selected,
            Err(e @ DeviceError::NoneTrusted(_)) => cpu(e.to_string()),
            Err(_) => cpu("no GPU was found".into()),
        }),
        DeviceChoice::Gpu => first_trusted(),
        DeviceChoice::Named(wanted) => named(wanted),
    }
}

fn cpu(why: String) -> Selected {
    Selected {
        device: Device::flex(),
        info: DeviceInfo::cpu(),
        why,
    }
}

fn first_trusted() -> Result<Selected, DeviceError> {
    let gpus: Vec<DeviceInfo> = list_devices()
        .into_iter()
        .filter(|d| d.kind.is_gpu())
        .collect();
    if gpus.is_empty() {
        return Err(DeviceError::NoGpu);
    }
    let mut refusals = Vec::new();
    for info in gpus {
        match trusted(&info) {
            Ok(device) => {
                let why = "a GPU that passed the self-test".into();
                return Ok(Selected { device, info, why });
            }
            Err(reason) => refusals.push(format!("{info}: {reason}")),
        }
    }
    Err(DeviceError::NoneTrusted(refusals.join("; ")))
}

fn named(wanted: &str) -> Result<Selected, DeviceError> {
    let all = list_devices();
    let words = wanted.to_lowercase();
    let matches = |d: &&DeviceInfo| d.to_string().to_lowercase().contains(&words);
    // "cpu" alone is DeviceChoice::Cpu, so the CPU matches last and only by its own name.
    let found = all
        .iter()
        .filter(|d| d.kind != DeviceType::Cpu)
        .find(matches);
    let Some(info) = found.or_else(|| all.iter().find(matches)) else {
        let available: Vec<String> = all.iter().map(DeviceInfo::to_string).collect();
        return Err(DeviceError::Unknown {
            wanted: wanted.to_owned(),
            available: available.join(", "),
        });
    };
    match trusted(info) {
        Ok(device) => Ok(Selected {
            device,
            info: info.clone(),
            why: format!("asked for as \"{wanted}\""),
        }),
        Err(reason) => Err(DeviceError::Refused {
            device: info.to_string(),
            reason,
        }),
    }
}

/// Opens the device and, unless it is the CPU that others are judged by, tests it.
fn trusted(info: &DeviceInfo) -> Result<Device, String> {
    let device = info.open()?;
    if info.kind == DeviceType::Cpu {
        return Ok(device);
    }
    let test = self_test::remembered(info, &device)?;
    match test.worst() {
        Some(worst) if !worst.passed() => Err(format!(
            "self-test: {} differs from the CPU by {:.1e} of the largest value (at most {SELF_TEST_TOLERANCE:.0e})",
            worst.operation, worst.error
        )),
        _ => Ok(device),
    }
}
