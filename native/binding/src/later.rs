//! Long calls, of services and of lists, on libuv's pool: JavaScript's thread goes on meanwhile. Input is copied before, output after: no memory of JavaScript is touched elsewhere,
//! but for the control words, which are shared memory.

use crate::{guarded, numbers, ready, refused, SharedService, LISTS, SERVICES, THREADS};
use inkstone_kernels::error::Refusal;
use inkstone_kernels::execute::{Control as ListControl, List};
use inkstone_services::{Control, Service};
use napi::bindgen_prelude::{AsyncTask, Float64Array, Int32Array, Uint8Array};
use napi::{Env, Error, Result, Status, Task};
use napi_derive::napi;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, Mutex};

/// One call.
pub struct LongCall {
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
    type Output = (i64, Vec<u8>);
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
            Ok((written, output))
        })
    }

    fn resolve(&mut self, _env: Env, (written, output): Self::Output) -> Result<LongAnswer> {
        Ok(LongAnswer { written, output: Uint8Array::new(output) })
    }
}

/// Calls a method away from this thread, on that many threads. `control`: an array over a SharedArrayBuffer.
#[napi]
pub fn call_service_async(
    service: f64,
    method: u32,
    input: Uint8Array,
    output_bytes: f64,
    threads: u32,
    control: Option<Int32Array>,
) -> Result<AsyncTask<LongCall>> {
    guarded(|| {
        if !(0.0..=(1u64 << 40) as f64).contains(&output_bytes) {
            return Err(refused("memory"));
        }
        let (service, threads) = (SERVICES.get(service)?, threads.clamp(1, 64) as usize);
        Ok(AsyncTask::new(LongCall { service, method, input: input.to_vec(), output: output_bytes as usize, threads, control }))
    })
}

/// The making of one service.
pub struct LongCreation {
    name: String,
    configuration: Vec<u8>,
}

impl Task for LongCreation {
    type Output = Box<dyn Service>;
    type JsValue = u32;

    fn compute(&mut self) -> Result<Self::Output> {
        guarded(|| inkstone_services::create(&self.name, &self.configuration).map_err(|error| refused(&error.why)))
    }

    fn resolve(&mut self, _env: Env, service: Self::Output) -> Result<u32> {
        Ok(SERVICES.put(Arc::new(Mutex::new(service))))
    }
}

/// Makes a service away from this thread.
#[napi]
pub fn create_service_async(name: String, configuration: Uint8Array) -> AsyncTask<LongCreation> {
    AsyncTask::new(LongCreation { name, configuration: configuration.to_vec() })
}

/// One run of a list.
pub struct ListRun {
    list: Arc<List>,
    registers: Vec<f64>,
    control: Option<Int32Array>,
}

impl Task for ListRun {
    type Output = std::result::Result<(), Refusal>;
    type JsValue = Float64Array;

    fn compute(&mut self) -> Result<Self::Output> {
        guarded(|| {
            let words = self.control.as_ref().filter(|words| words.len() >= 2).map(|words| {
                let start = words.as_ptr() as *const AtomicI32;
                // SAFETY: two words of shared memory, which cannot be taken away; the array is kept until the run has ended.
                ListControl { cancel: start, progress: unsafe { start.add(1) } }
            });
            Ok(self.list.execute(&self.registers, THREADS.load(Ordering::Relaxed), words.unwrap_or(ListControl::NONE)))
        })
    }

    fn resolve(&mut self, _env: Env, result: Self::Output) -> Result<Float64Array> {
        Ok(result.map_or_else(numbers, |()| Float64Array::new(vec![0.0])))
    }
}

/// `execute` away from this thread. The buffers of the list are not to be touched meanwhile.
#[napi]
pub fn execute_async(list: f64, registers: Float64Array, control: Option<Int32Array>) -> Result<AsyncTask<ListRun>> {
    guarded(|| Ok(AsyncTask::new(ListRun { list: LISTS.get(list)?, registers: registers.to_vec(), control })))
}
