//! Open-Unmix against openunmix on random weights; golden files of `scripts/golden_open_unmix.py`.

use crate::golden::{Expected, devices, difference, folder};
use burn::tensor::{Device, Tensor, TensorData};
use musiclime_audio::Complex;
use musiclime_audio::separation::wiener::{ExcerptShape, FirstEstimate, Residual, Wiener};
use musiclime_model::open_unmix::OpenUnmixFiles;

/// Magnitudes reach 10; f32 rounds sums of some hundred of them to 1e-6.
const TOLERANCE: f32 = 1e-5;

#[test]
fn networks_of_all_targets_agree() {
    for (name, channels) in [("open_unmix_music", 2), ("open_unmix_speech", 1)] {
        let expected = Expected::open(name);
        let files = OpenUnmixFiles::find(&folder(name)).expect("a model");
        // A software GPU compiles every step of the recurrence: one model of one direction is enough for it.
        let devices = match channels {
            1 => devices(),
            _ => vec![("flex", Device::flex())],
        };
        for (backend, device) in devices {
            let (config, network) = files.load(&device).expect("weights");
            assert_eq!(config.channels, channels);
            let shape = [2, 12, channels, config.bins()];
            let input = TensorData::new(expected.floats("network.in"), shape);
            let output: Vec<f32> = network
                .estimates(Tensor::from_data(input, &device))
                .flat_map(|t| t.try_into_vec_as::<f32>().expect("a readable device"))
                .collect();
            let wanted = expected.floats("network.out");
            let d = difference(&wanted, &output);
            eprintln!("{name} on {backend}: {d:e}");
            assert!(d < TOLERANCE, "{name} on {backend} differs by {d:e}");
            assert!(
                wanted.iter().any(|x| *x > 1.0),
                "the golden output is not trivial"
            );
        }
    }
}

/// The golden file's `[frames, bins, channels, (2,) sources]` as our `[frames, sources, channels, bins]`.
fn ordered(
    values: &[f32],
    [frames, bins, channels, complex, sources]: [usize; 5],
) -> Vec<Vec<f32>> {
    let mut out = vec![Vec::new(); complex];
    for t in 0..frames {
        for s in 0..sources {
            for c in 0..channels {
                for f in 0..bins {
                    for (part, out) in out.iter_mut().enumerate() {
                        let at = (((t * bins + f) * channels + c) * complex + part) * sources + s;
                        out.push(values[at]);
                    }
                }
            }
        }
    }
    out
}

fn complex(parts: &[Vec<f32>]) -> Vec<Complex<f32>> {
    parts[0]
        .iter()
        .zip(&parts[1])
        .map(|(re, im)| Complex::new(*re, *im))
        .collect()
}

#[test]
fn wiener_filter_agrees_with_the_repaired_reference() {
    let expected = Expected::open_file("wiener.safetensors");
    let (frames, bins, sources) = (15, 7, 3);
    for channels in [1, 2] {
        let magnitudes = expected.floats(&format!("{channels}.magnitudes"));
        let magnitudes = ordered(&magnitudes, [frames, bins, channels, 1, sources]).remove(0);
        let mixture = expected.floats(&format!("{channels}.mixture"));
        let mixture = complex(&ordered(&mixture, [frames, bins, channels, 2, 1]));
        let shape = ExcerptShape {
            frames,
            sources,
            channels,
            bins,
        };
        for (soft, first) in [
            (0, FirstEstimate::MixturePhase),
            (1, FirstEstimate::RatioMask),
        ] {
            for (left, residual) in [(0, Residual::None), (1, Residual::LastSource)] {
                for iterations in 0..=2 {
                    let filter = Wiener {
                        iterations,
                        first,
                        residual,
                    };
                    let got = filter.filter(&magnitudes, &mixture, shape);
                    let key = format!("{channels}.{soft}.{left}.{iterations}");
                    let wanted = expected.floats(&key);
                    let wanted = ordered(
                        &wanted,
                        [frames, bins, channels, 2, filter.sources(sources)],
                    );
                    for (wanted, part) in wanted.iter().zip([0, 1]) {
                        let got: Vec<f32> = got.iter().map(|x| [x.re, x.im][part]).collect();
                        let d = difference(wanted, &got);
                        assert!(d < TOLERANCE, "{key} differs by {d:e}");
                    }
                }
            }
        }
    }
}

#[test]
fn silent_bins_stay_silent_where_the_published_code_fills_them() {
    let expected = Expected::open_file("wiener.safetensors");
    let (frames, bins, sources) = (15, 7, 3);
    let mixture = expected.floats("2.mixture");
    let mixture = complex(&ordered(&mixture, [frames, bins, 2, 2, 1]));
    let magnitudes = expected.floats("2.magnitudes");
    let magnitudes = ordered(&magnitudes, [frames, bins, 2, 1, sources]).remove(0);
    let shape = ExcerptShape {
        frames,
        sources,
        channels: 2,
        bins,
    };
    let filter = Wiener {
        iterations: 0,
        first: FirstEstimate::MixturePhase,
        residual: Residual::LastSource,
    };
    let ours = filter.filter(&magnitudes, &mixture, shape);
    let published = complex(&ordered(
        &expected.floats("2.published"),
        [frames, bins, 2, 2, sources + 1],
    ));
    let plane = 2 * bins;
    let mut silent = 0;
    for t in 0..frames {
        for i in 0..plane {
            if mixture[t * plane + i].norm() > 0.0 {
                continue;
            }
            silent += 1;
            let residual = (t * (sources + 1) + sources) * plane + i;
            assert_eq!(ours[residual].norm(), 0.0);
            assert_eq!(
                published[residual].norm(),
                1.0,
                "the published code's overwriting"
            );
        }
    }
    assert_eq!(silent, 3 * 3 * 2);
}
