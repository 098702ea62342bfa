use crate::failure::{OrFail, Outcome};
use musiclime_model::devices::{DeviceType, half_precision_test, self_test};
use musiclime_model::{DeviceChoice, DeviceInfo, Precision, list_devices, select};
use serde::Serialize;

/// List the devices, how far each GPU is from the CPU, and which one `--device auto` takes.
///
/// Example: musiclime devices
#[derive(clap::Args)]
pub struct Args {
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Listing {
    devices: Vec<Row>,
    auto: Taken,
}

#[derive(Serialize)]
struct Row {
    device: String,
    kind: &'static str,
    backend: String,
    driver: String,
    max_tensor_bytes: Option<u64>,
    shader_f16: bool,
    self_test: Verdict,
    /// `--precision` beside f32.
    half_precision: Vec<HalfPrecision>,
}

#[derive(Serialize)]
struct HalfPrecision {
    precision: &'static str,
    #[serde(flatten)]
    verdict: HalfVerdict,
}

/// What an encoder layer in half precision says of a device.
#[derive(Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
enum HalfVerdict {
    /// Near the CPU's single precision.
    Passed { relative_error: f64 },
    /// Not there, or wrong.
    Refused { reason: String },
}

#[derive(Serialize)]
struct Taken {
    device: String,
    why: String,
}

/// What the self-test says of a device.
#[derive(Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
enum Verdict {
    /// The CPU is what the others are compared to.
    Reference,
    Passed {
        worst_operation: &'static str,
        /// Largest difference to the CPU over the CPU's largest value.
        relative_error: f64,
    },
    Failed {
        reason: String,
    },
}

/// Lists the devices.
pub fn run(args: Args) -> Outcome {
    let devices = list_devices().iter().map(row).collect();
    let auto = select(&DeviceChoice::Auto).or_fail("no device can be used")?;
    let listing = Listing {
        devices,
        auto: Taken {
            device: auto.description(),
            why: auto.why.clone(),
        },
    };
    if args.json {
        let text = serde_json::to_string_pretty(&listing).or_fail("cannot write JSON")?;
        println!("{text}");
        return Ok(0);
    }
    for row in &listing.devices {
        println!("{}", row.device);
        if !row.driver.is_empty() {
            println!("    driver: {}", row.driver);
        }
        if let Some(bytes) = row.max_tensor_bytes {
            println!("    largest tensor: {} MiB", bytes >> 20);
        }
        match &row.self_test {
            Verdict::Reference => {
                println!("    self-test: not needed, the others are compared to it")
            }
            Verdict::Passed {
                worst_operation,
                relative_error,
            } => println!(
                "    self-test: passed; farthest from the CPU is {worst_operation}, by {relative_error:.1e} of the largest value"
            ),
            Verdict::Failed { reason } => println!("    self-test: FAILED, not used: {reason}"),
        }
        for half in &row.half_precision {
            let name = half.precision;
            match &half.verdict {
                HalfVerdict::Passed { relative_error } => {
                    println!("    {name}: an encoder layer is off by {relative_error:.1e}");
                }
                HalfVerdict::Refused { reason } => println!("    {name}: refused: {reason}"),
            }
        }
        if row.kind == "software GPU" {
            println!("    for tests: taken by name only");
        }
    }
    println!(
        "--device auto takes {} ({})",
        listing.auto.device, listing.auto.why
    );
    Ok(0)
}

fn row(info: &DeviceInfo) -> Row {
    Row {
        device: info.to_string(),
        kind: kind(info.kind),
        backend: info.backend.clone(),
        driver: info.driver.clone(),
        max_tensor_bytes: info.max_tensor_bytes,
        shader_f16: info.shader_f16,
        self_test: verdict(info),
        half_precision: half_precision(info),
    }
}

fn half_precision(info: &DeviceInfo) -> Vec<HalfPrecision> {
    let Ok(selected) = select(&DeviceChoice::Named(info.to_string())) else {
        return Vec::new();
    };
    [Precision::F16, Precision::Bf16]
        .map(|precision| HalfPrecision {
            precision: precision.name(),
            verdict: match half_precision_test(&selected.device, precision) {
                Ok(relative_error) => HalfVerdict::Passed { relative_error },
                Err(reason) => HalfVerdict::Refused { reason },
            },
        })
        .into()
}

fn verdict(info: &DeviceInfo) -> Verdict {
    if info.kind == DeviceType::Cpu {
        return Verdict::Reference;
    }
    let failed = |reason: String| Verdict::Failed { reason };
    // Selecting by the full description runs the self-test as a command with --device would.
    let selected = match select(&DeviceChoice::Named(info.to_string())) {
        Ok(selected) => selected,
        Err(e) => return failed(e.to_string()),
    };
    match self_test(&selected.device) {
        Ok(test) => match test.worst() {
            Some(worst) if worst.passed() => Verdict::Passed {
                worst_operation: worst.operation,
                relative_error: worst.error,
            },
            Some(worst) => failed(format!(
                "{} differs by {:.1e}",
                worst.operation, worst.error
            )),
            None => failed("the self-test ran no operation".into()),
        },
        Err(reason) => failed(reason),
    }
}

fn kind(kind: DeviceType) -> &'static str {
    match kind {
        DeviceType::DiscreteGpu => "discrete GPU",
        DeviceType::IntegratedGpu => "integrated GPU",
        DeviceType::VirtualGpu => "virtual GPU",
        DeviceType::Cpu => "CPU",
        DeviceType::SoftwareGpu => "software GPU",
        DeviceType::Other => "adapter of unknown type",
    }
}
