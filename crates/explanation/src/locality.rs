use musiclime_core::MaskSet;

/// How much a perturbation counts, by its distance from the unperturbed song.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Locality {
    /// Factor on the cosine distance.
    pub distance_scale: f64,
    /// Width of the kernel, in scaled distances.
    pub kernel_width: f64,
}

impl Locality {
    /// The scaled cosine distance of a mask row to the row of ones: `scale (1 - sqrt(on / columns))`.
    ///
    /// A row with nothing on has no direction; its distance is `scale`.
    ///
    /// # Source
    /// `sklearn.metrics.pairwise.cosine_distances`, which leaves a zero row zero when it normalises.
    pub fn distance(&self, row: &[u8]) -> f64 {
        let on = row.iter().map(|&b| usize::from(b)).sum::<usize>();
        (1.0 - (on as f64 / row.len() as f64).sqrt()) * self.distance_scale
    }

    /// The kernel `sqrt(exp(-d² / width²))`.
    ///
    /// # Source
    /// The default kernel of `lime.lime_text.LimeTextExplainer`.
    pub fn kernel(&self, distance: f64) -> f64 {
        (-(distance * distance) / (self.kernel_width * self.kernel_width))
            .exp()
            .sqrt()
    }

    /// The kernel weight of every row.
    pub fn weights(&self, masks: &MaskSet) -> Vec<f64> {
        masks
            .iter()
            .map(|row| self.kernel(self.distance(row)))
            .collect()
    }
}
