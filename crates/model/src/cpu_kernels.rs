//! The two elementwise functions that a CPU spends a transformer's time in, on whole vector registers.
//!
//! Burn's CPU backend calls the C library once an element for `exp` and `erf`. Here both are polynomials over slices,
//! compiled for the widest vectors that the processor has, and every row is summed in one fixed order, so that the
//! result depends neither on the processor nor on the number of threads. They have no gradient: [`applies`] says
//! where they may be used.

use burn::tensor::{Device, Tensor};
use rayon::prelude::*;

/// Partial sums of a row; 16 f32 fill the widest vector register, and narrower ones take several.
const LANES: usize = 16;

/// Elements that one task works on: long enough to pay for the task, short enough for the second-level cache.
const TASK_ELEMENTS: usize = 32 * 1024;

/// Whether a tensor is on the CPU backend and keeps no gradient.
pub(crate) fn applies<const D: usize>(x: &Tensor<D>) -> bool {
    x.device() == Device::flex() && !x.is_autodiff()
}

/// `x * Phi(x)` of every element.
pub(crate) fn gelu<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    in_place(x, Function::Gelu, TASK_ELEMENTS)
}

/// The softmax of `scale * x` along the last axis.
pub(crate) fn softmax_last<const D: usize>(x: Tensor<D>, scale: f32) -> Tensor<D> {
    let row = x.dims()[D - 1].max(1);
    let rows = (TASK_ELEMENTS / row).max(1);
    in_place(x, Function::Softmax { row, scale }, rows * row)
}

/// Works on a tensor's own buffer where nothing else holds it, else on a copy.
fn in_place<const D: usize>(x: Tensor<D>, function: Function, task: usize) -> Tensor<D> {
    let device = x.device();
    let mut data = x.into_data();
    let values: &mut [f32] = match data.as_mut_slice() {
        Ok(values) => values,
        Err(e) => panic!("a CPU network computes in f32: {e:?}"),
    };
    values
        .par_chunks_mut(task)
        .for_each(|values| Kernel { values, function }.run());
    Tensor::from_data(data, &device)
}

/// One function over a slice, in a form that is inlined into the code compiled for AVX2: a closure would be called from
/// there, and keep the vectors of the baseline.
struct Kernel<'a> {
    values: &'a mut [f32],
    function: Function,
}

#[derive(Clone, Copy)]
enum Function {
    Gelu,
    Softmax { row: usize, scale: f32 },
}

impl Kernel<'_> {
    #[inline(always)]
    fn compute(self) {
        match self.function {
            Function::Gelu => gelu_slice(self.values),
            Function::Softmax { row, scale } => {
                for row in self.values.chunks_exact_mut(row) {
                    softmax_row(row, scale);
                }
            }
        }
    }

    /// With AVX2 and FMA where the processor has them.
    #[cfg(target_arch = "x86_64")]
    fn run(self) {
        match pulp::x86::V3::try_new() {
            Some(v3) => v3.vectorize(self),
            None => self.compute(),
        }
    }

    /// With the vectors of the compiler's target (NEON on 64-bit ARM).
    #[cfg(not(target_arch = "x86_64"))]
    fn run(self) {
        self.compute();
    }
}

#[cfg(target_arch = "x86_64")]
impl pulp::NullaryFnOnce for Kernel<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        self.compute();
    }
}

#[inline(always)]
fn gelu_slice(values: &mut [f32]) {
    for x in values {
        *x = 0.5 * *x * (1.0 + erf(*x * std::f32::consts::FRAC_1_SQRT_2));
    }
}

#[inline(always)]
fn softmax_row(row: &mut [f32], scale: f32) {
    let mut highest = [f32::NEG_INFINITY; LANES];
    let (chunks, rest) = row.as_chunks::<LANES>();
    for chunk in chunks {
        for (h, x) in highest.iter_mut().zip(chunk) {
            // Unlike f32::max this is one instruction; a NaN reaches the sum and stays one.
            *h = if *x > *h { *x } else { *h };
        }
    }
    let top = rest
        .iter()
        .chain(&highest)
        .fold(f32::NEG_INFINITY, |a, b| if *b > a { *b } else { a });
    let mut sums = [0.0f32; LANES];
    let (chunks, rest) = row.as_chunks_mut::<LANES>();
    for chunk in chunks {
        for (s, x) in sums.iter_mut().zip(chunk) {
            *x = exp_not_positive((*x - top) * scale);
            *s += *x;
        }
    }
    let mut sum: f32 = sums.iter().sum();
    for x in rest {
        *x = exp_not_positive((*x - top) * scale);
        sum += *x;
    }
    let factor = 1.0 / sum;
    for x in row {
        *x *= factor;
    }
}

/// `e^x` for x at most 0, within 2 units in the last place; 0 below the smallest normal number.
///
/// # Source
/// `x = n ln 2 + r` with ln 2 in two parts, and the Taylor polynomial of degree 7 for `e^r`, |r| at most ln 2 / 2.
#[inline(always)]
fn exp_not_positive(x: f32) -> f32 {
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    // Adding and taking away 1.5 x 2^23 rounds to the nearest integer.
    const ROUND: f32 = 12_582_912.0;
    let clamped = if x > -87.0 { x } else { -87.0 };
    let shifted = clamped * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = clamped - n * LN2_HIGH - n * LN2_LOW;
    let mut p = 1.0 / 5040.0;
    p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    p = p * r + 0.5;
    p = p * r + 1.0;
    p = p * r + 1.0;
    // The low bits of the shifted number are n; moved into the exponent they are 2^n.
    let power = f32::from_bits(shifted.to_bits().wrapping_add(127) << 23);
    let value = p * power;
    // NaN compares false and goes through.
    if x < -87.0 {
        0.0
    } else if x.is_nan() {
        x
    } else {
        value
    }
}

/// The error function, within 5e-7.
///
/// # Source
/// The rational approximation `x P(x^2) / Q(x^2)` on [-4, 4] that Eigen uses for f32; beyond, f32's erf is +-1.
#[inline(always)]
fn erf(x: f32) -> f32 {
    const P: [f32; 7] = [
        -2.726_142_3e-10,
        2.770_681_4e-8,
        -2.101_024e-6,
        -5.692_506_4e-5,
        -7.349_906_3e-4,
        -2.954_6e-3,
        -1.609_603_3e-2,
    ];
    const Q: [f32; 5] = [
        -1.456_607_2e-5,
        -2.133_740_6e-4,
        -1.682_827e-3,
        -7.373_329_2e-3,
        -1.426_473_9e-2,
    ];
    let x = if x > 4.0 { 4.0 } else { x };
    let x = if x < -4.0 { -4.0 } else { x };
    let square = x * x;
    let p = P.iter().fold(0.0, |sum, c| sum * square + c);
    let q = Q.iter().fold(0.0, |sum, c| sum * square + c);
    x * p / q
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::TensorData;

    #[test]
    fn exp_is_the_library_s() {
        for i in 0..200_000 {
            let x = -87.0 * i as f32 / 200_000.0;
            let (ours, exact) = (f64::from(exp_not_positive(x)), f64::from(x).exp());
            assert!((ours / exact - 1.0).abs() < 2.4e-7, "{x}: {ours} {exact}");
        }
        assert_eq!(exp_not_positive(0.0), 1.0);
        assert_eq!(exp_not_positive(-1e30), 0.0);
        assert_eq!(exp_not_positive(f32::NEG_INFINITY), 0.0);
        assert!(exp_not_positive(f32::NAN).is_nan());
    }

    #[test]
    fn gelu_is_burn_s() {
        let values: Vec<f32> = (-6000..=6000).map(|i| i as f32 / 1000.0).collect();
        let x = Tensor::<1>::from_data(
            TensorData::new(values.clone(), [values.len()]),
            &Device::flex(),
        );
        let burn = burn::tensor::activation::gelu(x.clone());
        let gap = (gelu(x) - burn).abs().max().into_scalar::<f32>();
        // 5e-7 of the error function times half of the largest argument, 6.
        assert!(gap < 1.5e-6, "{gap}");
    }

    #[test]
    fn softmax_is_burn_s_for_every_row_length() {
        for row in 1..70 {
            let values: Vec<f32> = (0..3 * row)
                .map(|i| ((i * 37 % 101) as f32 - 50.0) / 3.0)
                .collect();
            let x = Tensor::<2>::from_data(TensorData::new(values, [3, row]), &Device::flex());
            let burn = burn::tensor::activation::softmax(x.clone() * 0.3, 1);
            let gap = (softmax_last(x, 0.3) - burn)
                .abs()
                .max()
                .into_scalar::<f32>();
            assert!(gap < 3e-7, "{row}: {gap}");
        }
    }

    #[test]
    fn a_nan_is_not_hidden() {
        let x = Tensor::<2>::from_data([[0.0, f32::NAN, 1.0]], &Device::flex());
        let out: Vec<f32> = softmax_last(x, 1.0).into_data().iter::<f32>().collect();
        assert!(out.iter().all(|v| v.is_nan()), "{out:?}");
    }
}
