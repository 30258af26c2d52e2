//! The boundary: handles, addresses, execution, services. No arithmetic.
//! Addresses come from the executor alone (src/native/native-executor.ts), which keeps what lies there alive and answers for its length.
//! Refusals come back as numbers, their words live in TypeScript. What can fail inside is caught.

#![deny(clippy::undocumented_unsafe_blocks)]

use held::{count, find, held, next_handle, put_service, release_all, tell, Kind};
use inkstone_kernels::buffer::Buffer;
use inkstone_kernels::error::Refusal;
use inkstone_kernels::execute::{once, Control, List};
use inkstone_kernels::program::table;
use inkstone_kernels::tier::Tier;
use inkstone_services::Service;
use napi::bindgen_prelude::{ArrayBuffer, Float64ArraySlice, Int32ArraySlice, JsValue, Object, Uint8ArraySlice};
use napi::{Env, Error, Result, Status};
use napi_derive::napi;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::atomic::AtomicI32;
use std::sync::{Arc, MutexGuard, TryLockError};

mod held;
mod later;

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
    6
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

/// To be called once a JavaScript thread, before anything else: what the thread holds is freed when it ends.
#[napi]
pub fn attach(env: Env) -> Result<()> {
    env.add_env_cleanup_hook((), |()| release_all()).map(drop)
}

/// Where the bytes of an array begin. They stay there as long as the array lives and is not detached.
#[napi]
pub fn address_of(memory: ArrayBuffer) -> f64 {
    memory.as_ptr() as usize as f64
}

/// Gives the memory of an array back at once, before it is collected.
#[napi]
pub fn detach(memory: ArrayBuffer) -> Result<()> {
    memory.detach()
}

/// Memory that is not the engine's, dense or lazily committed: its address, or 0 when there is none.
#[napi]
pub fn reserve(env: Env, bytes: f64, dense: bool) -> Result<f64> {
    guarded(|| {
        if !(0.0..=(1u64 << 46) as f64).contains(&bytes) {
            return Ok(0.0);
        }
        let Some(buffer) = Buffer::new(bytes as usize, dense) else { return Ok(0.0) };
        let address = buffer.pointer() as u64;
        env.adjust_external_memory(bytes as i64)?;
        held(|held| held.memory.insert(address, buffer));
        count(&env, bytes as i64)?;
        Ok(address as f64)
    })
}

/// Frees reserved memory.
#[napi]
pub fn give_back(env: Env, address: f64) -> Result<()> {
    guarded(|| held::free(&env, Kind::Memory, address))
}

/// Ties a list (0), a service (1) or reserved memory (2) to the object that stands for it: it is freed soon after that is collected. Gives the number of the tie.
#[napi]
pub fn watch(env: Env, kind: u32, handle: f64, object: Object) -> Result<f64> {
    guarded(|| held::watch(&env, Kind::from_number(kind)?, handle, object.raw()))
}

/// Frees what was tied to an object that was collected, unless that has happened.
#[napi]
pub fn forget(env: Env, kind: u32, handle: f64, number: f64) -> Result<()> {
    guarded(|| held::forget(&env, Kind::from_number(kind)?, handle, number))
}

/// Copies bytes into reserved memory.
#[napi]
pub fn write(address: f64, offset: f64, bytes: Uint8ArraySlice) -> Result<()> {
    held(|held| {
        let at = place(find(&held.memory, address)?, offset, bytes.len())?;
        // SAFETY: inside the buffer, which no list is using: the executor refuses to write to what a run uses.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), at, bytes.len()) };
        Ok(())
    })
}

/// Copies bytes out of reserved memory.
#[napi]
pub fn read(address: f64, offset: f64, mut into: Uint8ArraySlice) -> Result<()> {
    held(|held| {
        // SAFETY: the array is JavaScript's and this is its thread.
        let out = unsafe { into.as_mut() };
        let at = place(find(&held.memory, address)?, offset, out.len())?;
        // SAFETY: inside the buffer.
        unsafe { std::ptr::copy_nonoverlapping(at, out.as_mut_ptr(), out.len()) };
        Ok(())
    })
}

fn place(buffer: &Buffer, offset: f64, length: usize) -> Result<*mut u8> {
    let fits = offset >= 0.0 && offset.fract() == 0.0 && offset + length as f64 <= buffer.len() as f64;
    // SAFETY: inside the buffer.
    fits.then(|| unsafe { buffer.pointer().add(offset as usize) }).ok_or_else(|| refused("range"))
}

/// A refusal as five numbers: code, command, value, limit, reason; its code is the answer. Zero: there is none.
fn answer(result: std::result::Result<(), Refusal>, mut into: Float64ArraySlice) -> f64 {
    let Err(refusal) = result else { return 0.0 };
    let numbers = refusal.numbers();
    // SAFETY: the array is JavaScript's and this is its thread.
    for (slot, number) in unsafe { into.as_mut() }.iter_mut().zip(numbers) {
        *slot = number;
    }
    numbers[0]
}

fn tier_of(index: u32) -> Result<Tier> {
    Tier::from_index(index).filter(|tier| tier.available()).ok_or_else(|| refused("tier"))
}

/// A list's handle; or 0, and the numbers of a refusal in `refusal`.
#[napi]
pub fn compile(env: Env, program: Float64ArraySlice, tier: u32, refusal: Float64ArraySlice) -> Result<f64> {
    guarded(|| {
        count(&env, 0)?;
        let result = List::compile(&program, tier_of(tier)?).map(|list| {
            let handle = next_handle();
            held(|held| held.lists.insert(handle, Arc::new(list)));
            handle as f64
        });
        Ok(result.unwrap_or_else(|error| {
            answer(Err(error), refusal);
            0.0
        }))
    })
}

/// 0; or the code of a refusal, and its numbers in `refusal`.
#[napi]
pub fn execute(
    list: f64,
    registers: Float64ArraySlice,
    threads: u32,
    control: Option<Int32ArraySlice>,
    refusal: Float64ArraySlice,
) -> Result<f64> {
    guarded(|| {
        let list = held(|held| find(&held.lists, list).cloned())?;
        let words = control.as_ref().filter(|words| words.len() >= 2).map(|words| {
            let start = words.as_ptr() as *const AtomicI32;
            // SAFETY: two words; their memory lives as long as `control`, which outlives the run.
            Control { cancel: start, progress: unsafe { start.add(1) } }
        });
        Ok(answer(list.execute(&registers, thread_count(threads), words.unwrap_or(Control::NONE)), refusal))
    })
}

/// Runs the one command of a program, and keeps nothing of it. Answers as `execute`.
#[napi]
pub fn execute_once(program: Float64ArraySlice, tier: u32, threads: u32, refusal: Float64ArraySlice) -> Result<f64> {
    guarded(|| Ok(answer(once(&program, tier_of(tier)?, thread_count(threads)), refusal)))
}

fn thread_count(threads: u32) -> usize {
    threads.clamp(1, 64) as usize
}

#[napi]
pub fn free_list(env: Env, list: f64) -> Result<()> {
    guarded(|| held::free(&env, Kind::List, list))
}

#[napi]
pub fn create_service(env: Env, name: String, configuration: Uint8ArraySlice) -> Result<f64> {
    guarded(|| {
        let service = inkstone_services::create(&name, &configuration).map_err(|error| refused(&error.why))?;
        put_service(&env, service, configuration.len())
    })
}

#[napi]
pub fn call_service(env: Env, service: f64, method: u32, input: Uint8ArraySlice, mut output: Uint8ArraySlice) -> Result<i64> {
    guarded(|| {
        let shared = held(|held| find(&held.services, service).map(|entry| entry.service.clone()))?;
        let mut called = ready(&shared)?;
        // SAFETY: the array is JavaScript's and this is its thread.
        let out = unsafe { output.as_mut() };
        let written = called.call(method, &input, out).map_err(|error| refused(&error.why))?;
        tell(&env, service, called.memory())?;
        Ok(written)
    })
}

/// The service, unless a call runs in it or failed in it: nobody waits.
fn ready(service: &held::SharedService) -> Result<MutexGuard<'_, Box<dyn Service>>> {
    service.try_lock().map_err(|error| match error {
        TryLockError::Poisoned(_) => refused("the service failed before"),
        TryLockError::WouldBlock => refused("the service is busy with another call"),
    })
}

#[napi]
pub fn free_service(env: Env, service: f64) -> Result<()> {
    guarded(|| held::free(&env, Kind::Service, service))
}
