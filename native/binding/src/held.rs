//! What a JavaScript thread holds: lists, services and dense memory by handle. Each thread has a shelf of its own, and it goes with the thread.
//! What JavaScript has forgotten is freed when the next thing is made, in the middle of a synchronous stretch too: each thing may know the object that stands for it.

use crate::refused;
use inkstone_kernels::buffer::Buffer;
use inkstone_kernels::execute::List;
use inkstone_services::Service;
use napi::{sys, Env, Result};
use std::cell::RefCell;
use std::collections::HashMap;
use std::ptr;
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

/// The kinds of what is held; their numbers are those of src/native/loader.ts.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    List,
    Service,
    Memory,
}

impl Kind {
    pub fn from_number(number: u32) -> Result<Kind> {
        [Kind::List, Kind::Service, Kind::Memory].get(number as usize).copied().ok_or_else(|| refused("kind"))
    }
}

/// A weak reference to the object that stands for a thing. Its number tells it from an earlier thing under the same handle: addresses come again.
struct Watch {
    number: u64,
    object: sys::napi_ref,
}

#[derive(Default)]
pub struct Held {
    pub lists: HashMap<u64, Arc<List>>,
    pub services: HashMap<u64, HeldService>,
    pub memory: HashMap<u64, Buffer>,
    watched: HashMap<(Kind, u64), Watch>,
    /// Things made, and bytes told of, since the last look at what is forgotten.
    made: usize,
    grown: i64,
}

/// What was taken from the shelf; dropped outside of it.
struct Taken {
    told: i64,
    watch: Option<Watch>,
    _list: Option<Arc<List>>,
    _service: Option<SharedService>,
    _memory: Option<Buffer>,
}

impl Held {
    fn take(&mut self, kind: Kind, handle: u64) -> Option<Taken> {
        let mut taken = Taken { told: 0, watch: None, _list: None, _service: None, _memory: None };
        match kind {
            Kind::List => taken._list = Some(self.lists.remove(&handle)?),
            Kind::Service => {
                let HeldService { service, told, .. } = self.services.remove(&handle)?;
                (taken.told, taken._service) = (told, Some(service));
            }
            Kind::Memory => {
                let buffer = self.memory.remove(&handle)?;
                (taken.told, taken._memory) = (buffer.len() as i64, Some(buffer));
            }
        }
        taken.watch = self.watched.remove(&(kind, handle));
        Some(taken)
    }
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
    count(env, told)?;
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
        held(|held| held.grown += grown.max(0));
    }
    Ok(())
}

/// Frees one thing that has this handle. Errors: there is none.
pub fn free(env: &Env, kind: Kind, handle: f64) -> Result<()> {
    let taken = whole(handle).and_then(|handle| held(|held| held.take(kind, handle)));
    settle(env, taken.ok_or_else(|| refused("handle"))?)
}

fn settle(env: &Env, taken: Taken) -> Result<()> {
    if let Some(watch) = &taken.watch {
        // SAFETY: a reference of this environment, deleted here and once: its watch was taken from the shelf.
        unsafe { sys::napi_delete_reference(env.raw(), watch.object) };
    }
    if taken.told != 0 {
        env.adjust_external_memory(-taken.told)?;
    }
    drop(taken);
    Ok(())
}

/// From now on a thing goes when this object is collected. Gives the number of the watch.
pub fn watch(env: &Env, kind: Kind, handle: f64, object: sys::napi_value) -> Result<f64> {
    let handle = whole(handle).ok_or_else(|| refused("handle"))?;
    let mut reference = ptr::null_mut();
    // SAFETY: a value of the call under way, and a place for the answer. A count of 0 keeps nothing alive.
    let status = unsafe { sys::napi_create_reference(env.raw(), object, 0, &mut reference) };
    if status != sys::Status::napi_ok {
        return Err(refused("watch"));
    }
    let number = next_handle();
    held(|held| held.watched.insert((kind, handle), Watch { number, object: reference }));
    Ok(number as f64)
}

/// Frees a thing whose object was collected, unless that has happened.
pub fn forget(env: &Env, kind: Kind, handle: f64, number: f64) -> Result<()> {
    let taken = whole(handle).and_then(|handle| {
        held(|held| {
            let same = held.watched.get(&(kind, handle)).is_some_and(|watch| watch.number as f64 == number);
            same.then(|| held.take(kind, handle)).flatten()
        })
    });
    taken.map_or(Ok(()), |taken| settle(env, taken))
}

/// Bytes told of after which a look at what is forgotten is worth it.
const WORTH: i64 = 16 << 20;

/// Something was made: now and then all that is forgotten goes. A look costs as much as there are things, so there are at least as many between two.
pub fn count(env: &Env, bytes: i64) -> Result<()> {
    let look = held(|held| {
        held.made += 1;
        held.grown += bytes;
        let look = held.grown > WORTH || held.made > held.watched.len().max(64);
        if look {
            (held.made, held.grown) = (0, 0);
        }
        look
    });
    if !look {
        return Ok(());
    }
    let forgotten: Vec<Taken> = held(|held| {
        let gone: Vec<(Kind, u64)> = held.watched.iter().filter(|(_, watch)| is_collected(env, watch)).map(|(&key, _)| key).collect();
        gone.into_iter().filter_map(|(kind, handle)| held.take(kind, handle)).collect()
    });
    forgotten.into_iter().try_for_each(|taken| settle(env, taken))
}

fn is_collected(env: &Env, watch: &Watch) -> bool {
    let mut value = ptr::null_mut();
    // SAFETY: a reference of this environment that was not deleted: its watch is on the shelf.
    let status = unsafe { sys::napi_get_reference_value(env.raw(), watch.object, &mut value) };
    status == sys::Status::napi_ok && value.is_null()
}

/// Frees all that the calling thread holds: when its environment ends, however it ends. References go with the environment.
pub fn release_all() {
    let all = HELD.try_with(|held| std::mem::take(&mut *held.borrow_mut()));
    drop(all);
}
