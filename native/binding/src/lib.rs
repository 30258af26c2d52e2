//! The boundary: handles, argument checks, execution, services. No arithmetic.
//! Every export catches unwinding; refusals come back as numbers, their words live in TypeScript.

use inkstone_kernels::buffer::Buffer;
use inkstone_kernels::error::Refusal;
use inkstone_kernels::execute::{Control, List};
use inkstone_kernels::program::table;
use inkstone_kernels::tier::Tier;
use inkstone_services::Service;
use napi::bindgen_prelude::{Float64Array, Int32Array, Uint8Array};
use napi::{Error, Result, Status};
use napi_derive::napi;
use std::collections::HashMap;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::atomic::{AtomicI32, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, TryLockError};

mod later;

type SharedService = Arc<Mutex<Box<dyn Service>>>;

/// Things by handle. A handle is never used twice.
struct Shelf<T>(LazyLock<Mutex<HashMap<u32, T>>>);

static NEXT: AtomicU32 = AtomicU32::new(1);
static BUFFERS: Shelf<Arc<Buffer>> = Shelf(LazyLock::new(Mutex::default));
static LISTS: Shelf<Arc<List>> = Shelf(LazyLock::new(Mutex::default));
static SERVICES: Shelf<SharedService> = Shelf(LazyLock::new(Mutex::default));
static THREADS: AtomicUsize = AtomicUsize::new(1);

impl<T: Clone> Shelf<T> {
    fn lock(&self) -> MutexGuard<'_, HashMap<u32, T>> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn put(&self, thing: T) -> u32 {
        let handle = NEXT.fetch_add(1, Ordering::Relaxed);
        self.lock().insert(handle, thing);
        handle
    }

    fn get(&self, handle: f64) -> Result<T> {
        whole(handle).and_then(|handle| self.lock().get(&handle).cloned()).ok_or_else(|| refused("handle"))
    }

    fn take(&self, handle: f64) -> Result<T> {
        whole(handle).and_then(|handle| self.lock().remove(&handle)).ok_or_else(|| refused("handle"))
    }
}

// A number that is no handle must not be rounded to one.
fn whole(handle: f64) -> Option<u32> {
    (handle.fract() == 0.0 && handle >= 0.0 && handle <= u32::MAX as f64).then_some(handle as u32)
}

fn refused(why: &str) -> Error {
    Error::new(Status::InvalidArg, why.to_string())
}

fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| {
        std::mem::forget(payload);
        Err(Error::new(Status::GenericFailure, "panic".to_string()))
    })
}

/// A panic comes back as an error that names its kernel; only who asks for backtraces sees more.
#[napi_derive::module_init]
fn quiet_panics() {
    if std::env::var_os("RUST_BACKTRACE").is_none_or(|wish| wish == "0") {
        std::panic::set_hook(Box::new(|_| {}));
    }
}

/// Version of this boundary.
#[napi]
pub fn abi() -> u32 {
    4
}

/// Signature of every kernel; its index is the wire number.
#[napi]
pub fn signatures() -> Vec<String> {
    table().iter().map(|shape| shape.row.signature.to_string()).collect()
}

/// Tiers of this machine, slowest first.
#[napi]
pub fn tiers() -> Vec<String> {
    Tier::present().into_iter().map(|tier| tier.name().to_string()).collect()
}

/// A buffer's handle, or 0 when there is no such memory.
#[napi]
pub fn allocate(bytes: f64, dense: bool) -> Result<u32> {
    guarded(|| {
        if !(0.0..=(1u64 << 46) as f64).contains(&bytes) {
            return Ok(0);
        }
        Ok(Buffer::new(bytes as usize, dense).map_or(0, |buffer| BUFFERS.put(Arc::new(buffer))))
    })
}

#[napi]
pub fn free(buffer: f64) -> Result<()> {
    guarded(|| BUFFERS.take(buffer).map(|buffer| buffer.mark_freed()))
}

fn range(buffer: &Buffer, offset: f64, length: usize) -> Result<usize> {
    let fits = offset >= 0.0 && offset.fract() == 0.0 && offset + length as f64 <= buffer.len() as f64;
    if fits {
        Ok(offset as usize)
    } else {
        Err(refused("range"))
    }
}

#[napi]
pub fn write(buffer: f64, offset: f64, bytes: Uint8Array) -> Result<()> {
    guarded(|| {
        let buffer = BUFFERS.get(buffer)?;
        let at = range(&buffer, offset, bytes.len())?;
        // SAFETY: inside the buffer; lists do not run on this thread meanwhile.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), buffer.pointer().add(at), bytes.len()) };
        Ok(())
    })
}

#[napi]
pub fn read(buffer: f64, offset: f64, mut into: Uint8Array) -> Result<()> {
    guarded(|| {
        let buffer = BUFFERS.get(buffer)?;
        // SAFETY: the array is JavaScript's and this is its thread.
        let out = unsafe { into.as_mut() };
        let at = range(&buffer, offset, out.len())?;
        // SAFETY: inside the buffer.
        unsafe { std::ptr::copy_nonoverlapping(buffer.pointer().add(at), out.as_mut_ptr(), out.len()) };
        Ok(())
    })
}

fn numbers(refusal: Refusal) -> Float64Array {
    Float64Array::new(refusal.numbers().to_vec())
}

/// [0, list handle], or the numbers of a refusal.
#[napi]
pub fn compile(program: Float64Array, tier: u32) -> Result<Float64Array> {
    guarded(|| {
        let tier = Tier::from_index(tier).filter(|tier| tier.available()).ok_or_else(|| refused("tier"))?;
        let find = |handle: f64| BUFFERS.get(handle).ok();
        Ok(match List::compile(&program, tier, &find) {
            Ok(list) => Float64Array::new(vec![0.0, LISTS.put(Arc::new(list)) as f64]),
            Err(refusal) => numbers(refusal),
        })
    })
}

/// [0], or the numbers of a refusal: code, command, value, limit, reason.
#[napi]
pub fn execute(list: f64, registers: Float64Array, control: Option<Int32Array>) -> Result<Float64Array> {
    guarded(|| {
        let list = LISTS.get(list)?;
        let words = control.as_ref().filter(|words| words.len() >= 2).map(|words| {
            let start = words.as_ptr() as *const AtomicI32;
            // SAFETY: two words; their memory lives as long as `control`, which outlives the run.
            Control { cancel: start, progress: unsafe { start.add(1) } }
        });
        let threads = THREADS.load(Ordering::Relaxed);
        Ok(match list.execute(&registers, threads, words.unwrap_or(Control::NONE)) {
            Ok(()) => Float64Array::new(vec![0.0]),
            Err(refusal) => numbers(refusal),
        })
    })
}

#[napi]
pub fn free_list(list: f64) -> Result<()> {
    guarded(|| LISTS.take(list).map(drop))
}

#[napi]
pub fn set_threads(threads: u32) {
    THREADS.store(threads.clamp(1, 64) as usize, Ordering::Relaxed);
}

#[napi]
pub fn create_service(name: String, configuration: Uint8Array) -> Result<u32> {
    guarded(|| {
        let service = inkstone_services::create(&name, &configuration).map_err(|error| refused(&error.why))?;
        Ok(SERVICES.put(Arc::new(Mutex::new(service))))
    })
}

#[napi]
pub fn call_service(service: f64, method: u32, input: Uint8Array, mut output: Uint8Array) -> Result<i64> {
    guarded(|| {
        let service = SERVICES.get(service)?;
        let mut service = ready(&service)?;
        // SAFETY: the array is JavaScript's and this is its thread.
        let out = unsafe { output.as_mut() };
        service.call(method, &input, out).map_err(|error| refused(&error.why))
    })
}

/// The service, unless a call runs in it or failed in it: nobody waits.
fn ready(service: &SharedService) -> Result<MutexGuard<'_, Box<dyn Service>>> {
    service.try_lock().map_err(|error| match error {
        TryLockError::Poisoned(_) => refused("the service failed before"),
        TryLockError::WouldBlock => refused("the service is busy with another call"),
    })
}

#[napi]
pub fn free_service(service: f64) -> Result<()> {
    guarded(|| SERVICES.take(service).map(drop))
}
