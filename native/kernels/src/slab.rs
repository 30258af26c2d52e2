//! Large pages for what is read whole again and again: weights. Buffers are carved one after the other from mappings that ask for 2 MiB pages.
//! A page walk every 4 KiB costs a decode step a quarter of its bandwidth (LOG.md). Knows nothing of what the memory is for.

use std::sync::{Arc, Mutex, Weak};

/// A large page of x86-64 and of most others.
const PAGE: usize = 2 << 20;
/// Address space of a mapping; what is not touched costs nothing.
const SLAB: usize = 64 << 20;
/// Buffers begin on cache lines.
const LINE: usize = 64;

/// One mapping, given back when the last buffer in it is dropped. Its memory is zero and is never handed out twice.
pub struct Slab {
    mapped: *mut libc::c_void,
    length: usize,
}

// SAFETY: only an address; who uses the memory is the buffers' affair.
unsafe impl Send for Slab {}
// SAFETY: as above.
unsafe impl Sync for Slab {}

impl Drop for Slab {
    fn drop(&mut self) {
        // SAFETY: mapped with this length, and no buffer is left in it.
        unsafe { libc::munmap(self.mapped, self.length) };
    }
}

struct Open {
    slab: Weak<Slab>,
    next: usize,
    end: usize,
}

static OPEN: Mutex<Open> = Mutex::new(Open { slab: Weak::new(), next: 0, end: 0 });

/// Zeroed memory and the mapping that holds it; none when the system has no such memory.
pub fn carve(bytes: usize) -> Option<(*mut u8, Arc<Slab>)> {
    let mut open = OPEN.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let bytes = bytes.checked_next_multiple_of(LINE)?;
    let held = open.slab.upgrade().filter(|_| bytes <= open.end - open.next);
    let slab = match held {
        Some(slab) => slab,
        None => begin(&mut open, bytes)?,
    };
    let start = open.next;
    open.next += bytes;
    Some((start as *mut u8, slab))
}

fn begin(open: &mut Open, bytes: usize) -> Option<Arc<Slab>> {
    // One page more than is used, so that the first large page is whole.
    let length = bytes.max(SLAB).checked_add(PAGE)?;
    // SAFETY: a new private mapping; nothing is replaced.
    let mapped = unsafe {
        libc::mmap(std::ptr::null_mut(), length, libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1, 0)
    };
    if mapped == libc::MAP_FAILED {
        return None;
    }
    let slab = Arc::new(Slab { mapped, length });
    #[cfg(target_os = "linux")]
    // SAFETY: advice about our own mapping; where it is refused, pages stay small.
    unsafe {
        libc::madvise(mapped, length, libc::MADV_HUGEPAGE);
    }
    open.slab = Arc::downgrade(&slab);
    open.next = (mapped as usize).next_multiple_of(PAGE);
    open.end = mapped as usize + length;
    Some(slab)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_are_zeroed_apart_and_aligned_and_a_slab_lives_as_long_as_its_last() {
        let sizes = [1usize, 1000, 3 << 20, SLAB, 64, SLAB + 1];
        let mut made: Vec<(*mut u8, Arc<Slab>)> = sizes.iter().map(|bytes| carve(*bytes).expect("memory")).collect();
        for (i, ((start, _), bytes)) in made.iter().zip(sizes).enumerate() {
            assert_eq!(*start as usize % LINE, 0);
            // SAFETY: inside the buffer.
            unsafe {
                assert!((0..bytes).step_by(4093).all(|at| *start.add(at) == 0), "buffer {i} holds what another wrote");
                std::ptr::write_bytes(*start, 255, bytes);
            }
        }
        let last = made.pop().expect("the last");
        drop(made);
        // SAFETY: its slab is still held.
        assert_eq!(unsafe { *last.0.add(SLAB) }, 255);
        assert!(carve(usize::MAX).is_none());
    }
}
