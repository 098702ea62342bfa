//! `--masks`: perturbations from a file instead of a sampler.

use crate::failure::{Failure, OrFail};
use musiclime_core::MaskSet;
use npyz::{DType, NpyFile};
use std::path::Path;

/// Reads a `[N, K]` u8 or bool .npy file.
///
/// # Errors
/// A file that is missing, is not .npy, has another shape or type, or holds values other than 0 and 1.
pub fn read(path: &Path, columns: usize) -> Result<MaskSet, Failure> {
    let headline = format!("cannot use the masks in {}", path.display());
    let hint = format!(
        "a NumPy array of shape [N, {columns}], type uint8 or bool, C order, one column a component \
         (`features` in a neighborhood.safetensors lists them)"
    );
    let wrong = |what: &str, expected: &str, got: String| {
        Failure::new(headline.clone())
            .because(&musiclime_core::Invalid::new(what, expected, got))
            .hint(hint.clone())
    };
    let bytes = std::fs::read(path).or_fail(headline.clone())?;
    let file = NpyFile::new(&bytes[..])
        .or_fail(headline.clone())
        .map_err(|f| f.hint(hint.clone()))?;
    let shape = file.shape().to_vec();
    if shape.len() != 2 || shape[1] != columns as u64 {
        return Err(wrong(
            "shape",
            &format!("[N, {columns}]"),
            format!("{shape:?}"),
        ));
    }
    if file.order() != npyz::Order::C {
        return Err(wrong("order", "C (row-major)", "Fortran".into()));
    }
    let bits: Vec<u8> = match file.dtype() {
        DType::Plain(t) if t.type_char() == npyz::TypeChar::Bool => {
            let bits: Vec<bool> = file.into_vec().or_fail(headline.clone())?;
            bits.into_iter().map(u8::from).collect()
        }
        DType::Plain(t) if t.to_string() == "|u1" => file.into_vec().or_fail(headline.clone())?,
        other => return Err(wrong("type", "uint8 or bool", other.descr())),
    };
    if bits.is_empty() {
        return Err(wrong("rows", "at least 1", "0".into()));
    }
    MaskSet::new(columns, bits)
        .or_fail(headline)
        .map_err(|f| f.hint(hint))
}
