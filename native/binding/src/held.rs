//! What a JavaScript thread holds: lists, services and dense memory by handle. Each thread has a shelf of its own, and it goes with the thread.

use crate::refused;
use inkstone_kernels::buffer::Buffer;
use inkstone_kernels::execute::List;
use inkstone_services::Service;
use napi::{Env, Result};
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

pub type SharedService = Arc<Mutex<Box<dyn Service>>>;

/// A service, and how many of its bytes the JavaScript engine has been told of.
#[derive(Clone)]
pub struct HeldService {
    pub service: SharedService,
    pub configuration: i64,
    pub told: i64,
}

#[derive(Default)]
pub struct Held {
    pub lists: HashMap<u64, Arc<List>>,
    pub services: HashMap<u64, HeldService>,
    pub memory: HashMap<u64, Buffer>,
}

thread_local! {
    static HELD: RefCell<Held> = RefCell::default();
}

/// Works on what the calling thread holds.
pub fn held<T>(work: impl FnOnce(&mut Held) -> T) -> T {
    HELD.with_borrow_mut(work)
}

/// A handle that no thread has had before. Exact in an f64 for longer than any process lives.
pub fn next_handle() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// What a map holds under a handle. A number that is no handle must not be rounded to one.
pub fn find<T>(map: &HashMap<u64, T>, handle: f64) -> Result<&T> {
    whole(handle).and_then(|handle| map.get(&handle)).ok_or_else(|| refused("handle"))
}

/// The same, taken out.
pub fn take<T>(map: &mut HashMap<u64, T>, handle: f64) -> Result<T> {
    whole(handle).and_then(|handle| map.remove(&handle)).ok_or_else(|| refused("handle"))
}

fn whole(handle: f64) -> Option<u64> {
    (handle.fract() == 0.0 && (0.0..9_007_199_254_740_992.0).contains(&handle)).then_some(handle as u64)
}

/// Puts a service on the shelf and tells the engine of its memory.
pub fn put_service(env: &Env, service: Box<dyn Service>, configuration: usize) -> Result<f64> {
    let configuration = configuration as i64;
    let told = configuration + service.memory() as i64;
    let handle = next_handle();
    held(|held| held.services.insert(handle, HeldService { service: Arc::new(Mutex::new(service)), configuration, told }));
    env.adjust_external_memory(told)?;
    Ok(handle as f64)
}

/// Tells the engine how a service has grown. It may collect garbage then, but never runs JavaScript within.
pub fn tell(env: &Env, handle: f64, bytes: usize) -> Result<()> {
    let grown = held(|held| {
        let entry = whole(handle).and_then(|handle| held.services.get_mut(&handle));
        entry.map_or(0, |entry| {
            let told = entry.configuration + bytes as i64;
            told - std::mem::replace(&mut entry.told, told)
        })
    });
    if grown != 0 {
        env.adjust_external_memory(grown)?;
    }
    Ok(())
}

/// Frees all that the calling thread holds: when its environment ends, however it ends.
pub fn release_all() {
    let all = HELD.try_with(|held| std::mem::take(&mut *held.borrow_mut()));
    drop(all);
}
