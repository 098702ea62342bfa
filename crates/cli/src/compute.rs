//! The device that a command computes on.

use crate::failure::{Failure, OrFail};
use crate::progress::say;
use musiclime_model::{DeviceChoice, Selected, select};

/// Where to compute.
#[derive(clap::Args, Clone, Debug)]
pub struct DeviceArg {
    /// auto (a GPU that passes the self-test, else the CPU), gpu, cpu, or a part of a name that `musiclime devices`
    /// lists.
    #[arg(long, default_value = "auto")]
    device: String,
}

impl DeviceArg {
    /// Takes the device and says in one line which and why.
    ///
    /// # Errors
    /// No such device, or one that cannot be trusted.
    pub fn select(&self) -> Result<Selected, Failure> {
        let Ok(choice) = self.device.parse::<DeviceChoice>();
        let selected =
            select(&choice).or_fail("cannot compute on the device that was asked for")?;
        say(format!(
            "device: {} ({})",
            selected.description(),
            selected.why
        ));
        Ok(selected)
    }
}
