use crate::golden::{Tiny, difference, matrix, values};
use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor};
use musiclime_training::{CrossEntropy, GradientAccumulator, LossSum};

fn loss_of(tiny: &Tiny, rows: &[Vec<f32>], labels: &[usize], device: &Device) -> LossSum {
    let loss = CrossEntropy::new(vec![0.5, 2.0, 3.5], 0.1).expect("a loss");
    loss.forward(tiny.fc.forward(matrix(rows, device)), labels)
}

fn all(tiny: &Tiny, gradients: &GradientsParams) -> Vec<f32> {
    struct Collect<'a>(&'a GradientsParams, Vec<f32>);
    impl ModuleVisitor for Collect<'_> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            if let Some(gradient) = self.0.get::<D>(param.id) {
                self.1.extend(values(gradient));
            }
        }
    }
    let mut collect = Collect(gradients, Vec::new());
    tiny.visit(&mut collect);
    collect.1
}

#[test]
fn micro_batches_of_any_sizes_add_up_to_the_large_batch() {
    let device = Device::flex().autodiff();
    let tiny = Tiny::new(&device);
    let rows: Vec<Vec<f32>> = (0..7)
        .map(|i| (0..4).map(|j| ((i * 5 + j * 3) % 7) as f32 - 3.0).collect())
        .collect();
    let labels = [0, 2, 1, 1, 2, 0, 1];
    let mean = loss_of(&tiny, &rows, &labels, &device).mean();
    let expected = all(&tiny, &GradientsParams::from_grads(mean.backward(), &tiny));
    assert_eq!(expected.len(), 15, "the head's 12 weights and 3 biases");
    let mean = values(mean);

    let mut accumulator = GradientAccumulator::default();
    // The second round shows that nothing of the first is left.
    for sizes in [vec![3, 3, 1], vec![1, 6], vec![7]] {
        let mut from = 0;
        for size in sizes {
            let part = from..from + size;
            let loss = loss_of(&tiny, &rows[part.clone()], &labels[part], &device);
            accumulator.add(&tiny, loss);
            from += size;
        }
        let (gradients, loss) = accumulator.finish(&tiny).expect("gradients");
        let d = difference(&mean, &values(loss));
        let g = difference(&expected, &all(&tiny, &gradients));
        assert!(d < 1e-6 && g < 1e-6, "loss {d:e}, gradients {g:e}");
        println!("accumulation: loss {d:.1e}, gradients {g:.1e}");
    }
    assert!(accumulator.finish(&tiny).is_none());
}
