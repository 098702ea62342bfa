use crate::failure::{OrFail, Outcome};
use musiclime_explanation::{Neighborhood, RefitOptions, Selection, refit};
use std::path::PathBuf;

/// Fit the surrogate of a saved neighborhood again, without the model and without a device.
///
/// Example: musiclime refit report/neighborhood.safetensors --kernel-width 25 --distance-scale 1 --label-index 2
#[derive(clap::Args)]
pub struct Args {
    /// A neighborhood.safetensors that `musiclime explain` wrote.
    file: PathBuf,
    /// Width of the exponential kernel, in scaled distances.
    #[arg(long, default_value_t = 25.0)]
    kernel_width: f64,
    /// Factor on the cosine distance.
    #[arg(long, default_value_t = 100.0)]
    distance_scale: f64,
    /// How components are selected: none (all of them), highest_weights, forward_selection, lasso_path or auto.
    #[arg(long = "select", default_value = "none")]
    selection: Selection,
    /// How many components to select; all without it.
    #[arg(long)]
    features: Option<usize>,
    /// Index of the class to explain, in the model's order.
    #[arg(long, default_value_t = 0)]
    label_index: usize,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Refits, and prints the fit.
pub fn run(args: Args) -> Outcome {
    let neighborhood = Neighborhood::read(&args.file)
        .or_fail(format!(
            "cannot use the neighborhood {}",
            args.file.display()
        ))
        .map_err(|f| f.hint("the neighborhood.safetensors of a finished `musiclime explain`"))?;
    let options = RefitOptions {
        distance_scale: args.distance_scale,
        kernel_width: args.kernel_width,
        selection: args.selection,
        features: args.features,
        label_index: args.label_index,
    };
    let fit = refit(&neighborhood, options)
        .or_fail(format!("cannot fit {} with these settings", args.file.display()))
        .map_err(|f| {
            f.hint(format!(
                "--label-index 0 to {}, --kernel-width above 0, --distance-scale of at least 0, --features of at \
                 least 1",
                neighborhood.labels.len().saturating_sub(1)
            ))
        })?;
    if args.json {
        println!(
            "{}",
            serde_json::to_string_pretty(&fit).or_fail("cannot write JSON")?
        );
        return Ok(0);
    }
    println!("{}: {} components", fit.label, fit.weights.len());
    println!(
        "R² {:.4}, intercept {:.4}, prediction of the surrogate {:.4}{}",
        fit.r2,
        fit.intercept,
        fit.local_prediction,
        fit.probability
            .map_or(String::new(), |p| format!(", of the model {p:.4}"))
    );
    let width = fit
        .weights
        .iter()
        .map(|w| w.feature.chars().count())
        .max()
        .unwrap_or(0);
    for weight in &fit.weights {
        let interval = weight.interval.map_or(String::new(), |[low, high]| {
            format!("  [{low:+.4}, {high:+.4}]")
        });
        println!(
            "  {:<width$}  {:+.4}{interval}",
            weight.feature, weight.weight
        );
    }
    Ok(0)
}
