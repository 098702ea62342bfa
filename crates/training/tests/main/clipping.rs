use burn::module::{Module, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor};
use musiclime_training::clip_global_norm;

#[derive(Module, Debug)]
struct Two {
    a: Param<Tensor<1>>,
    b: Param<Tensor<2>>,
}

/// Two weights whose gradients are (3, 0) and (0, 4): a joint norm of 5.
fn gradients() -> (Two, GradientsParams) {
    let device = Device::flex().autodiff();
    let two = Two {
        a: Param::from_tensor(Tensor::from_data([1.0f32, 1.0], &device)).set_require_grad(true),
        b: Param::from_tensor(Tensor::from_data([[1.0f32, 1.0]], &device)).set_require_grad(true),
    };
    let factors = Tensor::<1>::from_data([3.0f32, 0.0], &device);
    let others = Tensor::<2>::from_data([[0.0f32, 4.0]], &device);
    let loss = (two.a.val() * factors).sum() + (two.b.val() * others).sum();
    let grads = GradientsParams::from_grads(loss.backward(), &two);
    (two, grads)
}

fn values(grads: &GradientsParams, two: &Two) -> Vec<f32> {
    let a = grads.get::<1>(two.a.id).expect("a gradient").into_data();
    let b = grads.get::<2>(two.b.id).expect("a gradient").into_data();
    a.iter::<f32>().chain(b.iter::<f32>()).collect()
}

#[test]
fn clipping_is_by_the_joint_norm() {
    let (two, mut grads) = gradients();
    let norm = clip_global_norm(&two, &mut grads, 1.0);
    assert!((norm - 5.0).abs() < 1e-6, "{norm}");
    // Clipped tensor by tensor, this would be (1, 0), (0, 1).
    for (got, expected) in values(&grads, &two).iter().zip([0.6, 0.0, 0.0, 0.8]) {
        assert!((got - expected).abs() < 1e-6, "{got} and {expected}");
    }
    let (two, mut grads) = gradients();
    clip_global_norm(&two, &mut grads, 6.0);
    assert_eq!(values(&grads, &two), [3.0, 0.0, 0.0, 4.0]);
}
