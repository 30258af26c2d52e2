//! Long calls, of services and of lists, on libuv's pool: JavaScript's thread goes on meanwhile. Input is copied before, output after: no memory of JavaScript is touched elsewhere,
//! but for the control words, which are shared memory.

use crate::held::{find, held, put_service, tell, SharedService};
use crate::{guarded, ready, refused, thread_count};
use inkstone_kernels::error::Refusal;
use inkstone_kernels::execute::{Control as ListControl, List};
use inkstone_services::{Control, Service};
use napi::bindgen_prelude::{AsyncTask, Float64ArraySlice, Int32Array, Uint8Array, Uint8ArraySlice};
use napi::{Env, Error, Result, Status, Task};
use napi_derive::napi;
use std::sync::atomic::AtomicI32;
use std::sync::Arc;

/// One call.
pub struct LongCall {
    handle: f64,
    service: SharedService,
    method: u32,
    input: Vec<u8>,
    output: usize,
    threads: usize,
    control: Option<Int32Array>,
}

/// Bytes written and the bytes; or minus the bytes needed, and none.
#[napi(object)]
pub struct LongAnswer {
    pub written: i64,
    pub output: Uint8Array,
}

impl Task for LongCall {
    type Output = (i64, Vec<u8>, usize);
    type JsValue = LongAnswer;

    fn compute(&mut self) -> Result<Self::Output> {
        guarded(|| {
            let mut output = Vec::new();
            output.try_reserve_exact(self.output).map_err(|_| Error::new(Status::GenericFailure, "memory".to_string()))?;
            output.resize(self.output, 0);
            let words = self.control.as_ref().filter(|words| words.len() >= 2).map(|words| {
                let start = words.as_ptr() as *const AtomicI32;
                // SAFETY: two words of shared memory, which cannot be taken away; the array is kept until the call has ended.
                unsafe { (&*start, &*start.add(1)) }
            });
            let control = Control { cancel: words.map(|words| words.0), progress: words.map(|words| words.1), threads: self.threads };
            let mut service = ready(&self.service)?;
            let written = service.call_long(self.method, &self.input, &mut output, &control).map_err(|error| refused(&error.why))?;
            output.truncate(written.max(0) as usize);
            Ok((written, output, service.memory()))
        })
    }

    fn resolve(&mut self, env: Env, (written, output, memory): Self::Output) -> Result<LongAnswer> {
        tell(&env, self.handle, memory)?;
        Ok(LongAnswer { written, output: Uint8Array::new(output) })
    }
}

/// Calls a method away from this thread, on that many threads. `control`: an array over a SharedArrayBuffer.
#[napi]
pub fn call_service_async(
    service: f64,
    method: u32,
    input: Uint8ArraySlice,
    output_bytes: f64,
    threads: u32,
    control: Option<Int32Array>,
) -> Result<AsyncTask<LongCall>> {
    guarded(|| {
        if !(0.0..=(1u64 << 40) as f64).contains(&output_bytes) {
            return Err(refused("memory"));
        }
        let shared = held(|held| find(&held.services, service).map(|entry| entry.service.clone()))?;
        let (input, output, threads) = (input.to_vec(), output_bytes as usize, thread_count(threads));
        Ok(AsyncTask::new(LongCall { handle: service, service: shared, method, input, output, threads, control }))
    })
}

/// The making of one service.
pub struct LongCreation {
    name: String,
    configuration: Vec<u8>,
}

impl Task for LongCreation {
    type Output = Box<dyn Service>;
    type JsValue = f64;

    fn compute(&mut self) -> Result<Self::Output> {
        guarded(|| inkstone_services::create(&self.name, &self.configuration).map_err(|error| refused(&error.why)))
    }

    fn resolve(&mut self, env: Env, service: Self::Output) -> Result<f64> {
        put_service(&env, service, self.configuration.len())
    }
}

/// Makes a service away from this thread.
#[napi]
pub fn create_service_async(name: String, configuration: Uint8ArraySlice) -> AsyncTask<LongCreation> {
    AsyncTask::new(LongCreation { name, configuration: configuration.to_vec() })
}

/// One run of a list.
pub struct ListRun {
    list: Arc<List>,
    registers: Vec<f64>,
    threads: usize,
    control: Option<Int32Array>,
}

impl Task for ListRun {
    type Output = std::result::Result<(), Refusal>;
    type JsValue = Vec<f64>;

    fn compute(&mut self) -> Result<Self::Output> {
        guarded(|| {
            let words = self.control.as_ref().filter(|words| words.len() >= 2).map(|words| {
                let start = words.as_ptr() as *const AtomicI32;
                // SAFETY: two words of shared memory, which cannot be taken away; the array is kept until the run has ended.
                ListControl { cancel: start, progress: unsafe { start.add(1) } }
            });
            Ok(self.list.execute(&self.registers, self.threads, words.unwrap_or(ListControl::NONE)))
        })
    }

    fn resolve(&mut self, _env: Env, result: Self::Output) -> Result<Vec<f64>> {
        Ok(result.map_or_else(|refusal| refusal.numbers().to_vec(), |()| vec![0.0]))
    }
}

/// `execute` away from this thread; gives [0] or the numbers of a refusal. The executor keeps the memory of the list meanwhile, and refuses to touch it.
#[napi]
pub fn execute_async(list: f64, registers: Float64ArraySlice, threads: u32, control: Option<Int32Array>) -> Result<AsyncTask<ListRun>> {
    guarded(|| {
        let list = held(|held| find(&held.lists, list).cloned())?;
        Ok(AsyncTask::new(ListRun { list, registers: registers.to_vec(), threads: thread_count(threads), control }))
    })
}
