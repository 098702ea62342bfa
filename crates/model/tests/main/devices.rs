use crate::golden::software_gpu;
use burn::tensor::{Device, Distribution, Tensor};
use musiclime_model::devices::{DeviceType, self_test};
use musiclime_model::{DeviceChoice, DeviceError, list_devices, select};

#[test]
fn the_software_gpu_passes_the_self_test() {
    let Some(device) = software_gpu() else { return };
    let test = self_test(&device).expect("a self-test");
    for operation in &test.operations {
        println!("{}: {:.1e}", operation.operation, operation.error);
    }
    assert_eq!(test.operations.len(), 7);
    assert!(test.passed(), "{:?}", test.worst());
}

#[test]
fn the_cpu_is_its_own_reference() {
    let test = self_test(&Device::flex()).expect("a self-test");
    assert!(test.operations.iter().all(|o| o.error == 0.0), "{test:?}");
}

#[test]
fn auto_never_takes_a_software_gpu() {
    let selected = select(&DeviceChoice::Auto).expect("there is always the CPU");
    assert!(
        selected.info.kind == DeviceType::Cpu || selected.info.kind.is_gpu(),
        "{:?}",
        selected.info
    );
    assert!(!selected.why.is_empty());
    assert!(list_devices().iter().any(|d| d.kind == DeviceType::Cpu));
}

#[test]
fn names_choose_devices() {
    let parse = |text: &str| text.parse::<DeviceChoice>().expect("any text is a choice");
    assert_eq!(parse("auto"), DeviceChoice::Auto);
    assert_eq!(parse("GPU"), DeviceChoice::Gpu);
    assert_eq!(parse("cpu"), DeviceChoice::Cpu);
    assert_eq!(parse("llvmpipe"), DeviceChoice::Named("llvmpipe".into()));
    assert_eq!(
        select(&parse("flex")).expect("the CPU").info.kind,
        DeviceType::Cpu
    );
    let error = select(&parse("no such card")).expect_err("no device");
    assert!(
        matches!(&error, DeviceError::Unknown { available, .. } if available.contains("flex")),
        "{error}"
    );
}

#[test]
fn the_cpu_backend_uses_more_than_one_core() {
    if std::thread::available_parallelism().map_or(1, usize::from) < 2 {
        return;
    }
    // Processor time over wall time of large products; 1.0 is one core, which the backend silently falls back to
    // when it is built without its threading feature.
    let device = Device::flex();
    let square = |_| Tensor::<2>::random([1536, 1536], Distribution::Default, &device);
    let (a, b) = (square(0), square(1));
    let mut best: f64 = 0.0;
    for _ in 0..6 {
        let (wall, cpu) = (std::time::Instant::now(), processor_seconds());
        for _ in 0..3 {
            let _ = a.clone().matmul(b.clone());
        }
        best = best.max((processor_seconds() - cpu) / wall.elapsed().as_secs_f64());
    }
    println!("{best:.2} cores");
    assert!(best > 1.2, "{best:.2} cores");
}

/// Processor time of this process so far, all threads, in seconds of 100 ticks.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat
        .rsplit(") ")
        .next()
        .unwrap_or_default()
        .split(' ')
        .collect();
    let ticks = |i: usize| {
        fields
            .get(i)
            .and_then(|f| f.parse::<f64>().ok())
            .unwrap_or(f64::NAN)
    };
    (ticks(11) + ticks(12)) / 100.0
}
