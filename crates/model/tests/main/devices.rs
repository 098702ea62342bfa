use crate::golden::software_gpu;
use burn::tensor::Device;
#[cfg(target_os = "linux")]
use burn::tensor::{Distribution, Tensor};
use musiclime_model::devices::{DeviceType, self_test};
use musiclime_model::{DeviceChoice, DeviceError, list_devices, select};
#[cfg(target_os = "linux")]
use std::collections::BTreeMap;

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

#[cfg(target_os = "linux")]
#[test]
fn the_cpu_backend_uses_more_than_one_core() {
    if std::thread::available_parallelism().map_or(1, usize::from) < 2 {
        return;
    }
    // How much of the processor time is not the busiest thread's. Other programs on the machine do not change it,
    // as they would change processor time over wall time; built without its threading feature the backend has one
    // busy thread, silently.
    let device = Device::flex();
    let square = || Tensor::<2>::random([1536, 1536], Distribution::Default, &device);
    let (a, b) = (square(), square());
    let before = thread_ticks();
    for _ in 0..30 {
        let _ = a.clone().matmul(b.clone());
    }
    let spent: Vec<f64> = thread_ticks()
        .into_iter()
        .map(|(thread, ticks)| ticks - before.get(&thread).copied().unwrap_or(0.0))
        .collect();
    let total: f64 = spent.iter().sum();
    let busiest = spent.iter().copied().fold(0.0, f64::max);
    println!("{total} ticks, {busiest} of them on the busiest thread");
    assert!(
        total > 10.0,
        "30 products of 7 GFLOP take longer than {total} ticks"
    );
    assert!(
        busiest < 0.8 * total,
        "{busiest} of {total} ticks on one thread"
    );
}

#[cfg(target_os = "linux")]
/// Processor time of every thread of this process so far, in ticks.
fn thread_ticks() -> BTreeMap<String, f64> {
    let tasks = std::fs::read_dir("/proc/self/task")
        .into_iter()
        .flatten()
        .flatten();
    tasks
        .map(|task| {
            let stat = std::fs::read_to_string(task.path().join("stat")).unwrap_or_default();
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
                    .unwrap_or(0.0)
            };
            (
                task.file_name().to_string_lossy().into_owned(),
                ticks(11) + ticks(12),
            )
        })
        .collect()
}
