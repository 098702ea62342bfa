use super::quiet::without_desktop_noise;
use burn::tensor::wgpu::{WgpuBackend, wgpu};
use burn::tensor::{Device, DeviceKind};
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

/// What a device is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeviceType {
    /// A graphics card of its own.
    DiscreteGpu,
    /// Graphics inside the processor.
    IntegratedGpu,
    /// A part of a graphics card, given to a virtual machine.
    VirtualGpu,
    /// The processor, through Burn's CPU backend.
    Cpu,
    /// A graphics driver that computes on the processor: for tests, by name only.
    SoftwareGpu,
    /// A driver that does not say; taken by name only.
    Other,
}

impl DeviceType {
    /// Whether `auto` may take it.
    pub fn is_gpu(self) -> bool {
        matches!(
            self,
            Self::DiscreteGpu | Self::IntegratedGpu | Self::VirtualGpu
        )
    }

    fn name(self) -> &'static str {
        match self {
            Self::DiscreteGpu => "discrete GPU",
            Self::IntegratedGpu => "integrated GPU",
            Self::VirtualGpu => "virtual GPU",
            Self::Cpu => "CPU",
            Self::SoftwareGpu => "software GPU",
            Self::Other => "adapter of unknown type",
        }
    }
}

/// How a device is reached.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Route {
    Flex,
    #[cfg(feature = "ndarray")]
    NdArray,
    #[cfg(feature = "cuda")]
    Cuda(usize),
    /// The graphics API and the place among the adapters of one type.
    Wgpu(Api, usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Api {
    Vulkan,
    Metal,
    Dx12,
}

/// One device: its name, what it is and what it can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceInfo {
    /// The maker's name for it.
    pub name: String,
    /// What it is.
    pub kind: DeviceType,
    /// What runs on it: `flex`, `wgpu Vulkan`, `cuda`, ...
    pub backend: String,
    /// The driver and its version; empty where there is none.
    pub driver: String,
    /// The largest tensor that can be bound at once, in bytes; `None` when only memory limits it.
    pub max_tensor_bytes: Option<u64>,
    /// Whether it computes in 16-bit floating point.
    pub shader_f16: bool,
    route: Route,
}

impl fmt::Display for DeviceInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}, {})", self.name, self.kind.name(), self.backend)
    }
}

impl DeviceInfo {
    /// The processor through Burn's CPU backend.
    pub fn cpu() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            name: format!("{} {threads} threads", std::env::consts::ARCH),
            kind: DeviceType::Cpu,
            backend: "flex".into(),
            driver: String::new(),
            max_tensor_bytes: None,
            shader_f16: false,
            route: Route::Flex,
        }
    }

    /// The device for making tensors.
    pub(super) fn open(&self) -> Result<Device, String> {
        match &self.route {
            Route::Flex => Ok(Device::flex()),
            #[cfg(feature = "ndarray")]
            #[allow(deprecated)]
            // The optional backend is deprecated upstream; it is kept for comparisons.
            Route::NdArray => Ok(Device::ndarray()),
            #[cfg(feature = "cuda")]
            Route::Cuda(index) => Ok(Device::cuda(*index)),
            Route::Wgpu(api, index) => open_wgpu(self.kind, *api, *index),
        }
    }
}

/// Adapters that were opened, since Burn opens each once a process.
static OPENED: Mutex<BTreeMap<(DeviceType, Api, usize), Device>> = Mutex::new(BTreeMap::new());

fn open_wgpu(kind: DeviceType, api: Api, index: usize) -> Result<Device, String> {
    let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(device) = opened.get(&(kind, api, index)) {
        return Ok(device.clone());
    }
    let device_kind = match kind {
        DeviceType::DiscreteGpu => DeviceKind::DiscreteGpu(index),
        DeviceType::IntegratedGpu => DeviceKind::IntegratedGpu(index),
        DeviceType::VirtualGpu => DeviceKind::VirtualGpu(index),
        DeviceType::SoftwareGpu => DeviceKind::Cpu,
        DeviceType::Cpu | DeviceType::Other => DeviceKind::DefaultDevice,
    };
    let api_name = match api {
        Api::Vulkan => WgpuBackend::Vulkan,
        Api::Metal => WgpuBackend::Metal,
        Api::Dx12 => WgpuBackend::Dx12,
    };
    let options = Device::wgpu_options()
        .device_kind(device_kind)
        .graphics_api(api_name);
    let device = without_desktop_noise(|| options.init()).map_err(|e| e.to_string())?;
    opened.insert((kind, api, index), device.clone());
    Ok(device)
}

/// Every device of this machine: GPUs, best first, then the CPU, then software GPUs.
///
/// A machine without a graphics driver has the CPU alone; that is no error.
pub fn list_devices() -> Vec<DeviceInfo> {
    let mut devices = ADAPTERS.clone();
    devices.extend(cuda_devices());
    devices.push(DeviceInfo::cpu());
    #[cfg(feature = "ndarray")]
    devices.push(DeviceInfo {
        backend: "ndarray".into(),
        route: Route::NdArray,
        ..DeviceInfo::cpu()
    });
    // CUDA before wgpu on the same kind of card; the sort keeps the driver's order otherwise.
    devices.sort_by_key(|d| (d.kind, d.backend.starts_with("wgpu")));
    devices
}

#[cfg(feature = "cuda")]
fn cuda_devices() -> Vec<DeviceInfo> {
    use burn::tensor::DeviceType as Burn;
    // Without a driver the CUDA runtime panics instead of listing nothing.
    let count = std::panic::catch_unwind(|| Device::enumerate(Burn::Cuda).len()).unwrap_or(0);
    (0..count)
        .map(|index| DeviceInfo {
            name: format!("CUDA device {index}"),
            kind: DeviceType::DiscreteGpu,
            backend: "cuda".into(),
            driver: String::new(),
            max_tensor_bytes: None,
            shader_f16: true,
            route: Route::Cuda(index),
        })
        .collect()
}

#[cfg(not(feature = "cuda"))]
fn cuda_devices() -> Vec<DeviceInfo> {
    Vec::new()
}

/// The adapters, asked for once: Vulkan loaders do not like instances that come and go.
static ADAPTERS: LazyLock<Vec<DeviceInfo>> = LazyLock::new(|| without_desktop_noise(adapters));

fn adapters() -> Vec<DeviceInfo> {
    let backends = wgpu::Backends::VULKAN | wgpu::Backends::METAL | wgpu::Backends::DX12;
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends,
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    });
    let mut seen: BTreeMap<(DeviceType, Api), usize> = BTreeMap::new();
    let mut devices = Vec::new();
    for adapter in wait(instance.enumerate_adapters(backends)) {
        let info = adapter.get_info();
        let kind = match info.device_type {
            wgpu::DeviceType::DiscreteGpu => DeviceType::DiscreteGpu,
            wgpu::DeviceType::IntegratedGpu => DeviceType::IntegratedGpu,
            wgpu::DeviceType::VirtualGpu => DeviceType::VirtualGpu,
            wgpu::DeviceType::Cpu => DeviceType::SoftwareGpu,
            wgpu::DeviceType::Other => DeviceType::Other,
        };
        let (api, api_name) = match info.backend {
            wgpu::Backend::Metal => (Api::Metal, "Metal"),
            wgpu::Backend::Dx12 => (Api::Dx12, "Dx12"),
            _ => (Api::Vulkan, "Vulkan"),
        };
        let count = seen.entry((kind, api)).or_default();
        let index = *count;
        *count += 1;
        devices.push(DeviceInfo {
            name: info.name,
            kind,
            backend: format!("wgpu {api_name}"),
            driver: format!("{} {}", info.driver, info.driver_info)
                .trim()
                .to_owned(),
            max_tensor_bytes: Some(adapter.limits().max_storage_buffer_binding_size),
            shader_f16: adapter.features().contains(wgpu::Features::SHADER_F16),
            route: Route::Wgpu(api, index),
        });
    }
    devices
}

/// Waits for an answer of the graphics driver. On native targets it is there at the first poll.
fn wait<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(answer) => return answer,
            Poll::Pending => std::thread::yield_now(),
        }
    }
}
