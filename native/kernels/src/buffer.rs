//! Memory that is not the JavaScript engine's: scratch of runs, and what is dense or very large. Zeroed, 64-byte aligned, had fallibly, committed by the system only when touched.

#[cfg(unix)]
use crate::slab::{carve, Slab};
use std::alloc::{alloc_zeroed, dealloc, Layout};
#[cfg(unix)]
use std::sync::Arc;

/// Alignment of every buffer.
pub const ALIGNMENT: usize = 64;
/// From here on memory comes straight from the system: the allocator may hand out used memory and zero it by writing, which commits it.
#[cfg(unix)]
const MAPPED: usize = 64 << 10;

enum Source {
    Allocated(Layout),
    #[cfg(unix)]
    Mapped(usize),
    /// Held for its drop.
    #[cfg(unix)]
    Carved(#[allow(dead_code)] Arc<Slab>),
}

/// One allocation. Shared between threads; who writes where is the list's affair.
pub struct Buffer {
    start: *mut u8,
    source: Source,
    length: usize,
}

// SAFETY: raw memory; the executor orders access.
unsafe impl Send for Buffer {}
// SAFETY: as above.
unsafe impl Sync for Buffer {}

impl Buffer {
    /// None when the system has no such memory. `dense`: all of it will be written and read whole, so it lies on large pages beside others of its kind.
    pub fn new(bytes: usize, dense: bool) -> Option<Buffer> {
        let (start, source) = obtain(bytes, dense)?;
        Some(Buffer { start, source, length: bytes })
    }

    pub fn pointer(&self) -> *mut u8 {
        self.start
    }

    pub fn len(&self) -> usize {
        self.length
    }

    pub fn is_empty(&self) -> bool {
        self.length == 0
    }
}

fn obtain(bytes: usize, dense: bool) -> Option<(*mut u8, Source)> {
    #[cfg(unix)]
    if dense && bytes > 0 {
        return carve(bytes).map(|(start, slab)| (start, Source::Carved(slab)));
    }
    let _ = dense;
    #[cfg(unix)]
    if bytes >= MAPPED {
        // SAFETY: a new private mapping; nothing is replaced.
        let start = unsafe {
            libc::mmap(std::ptr::null_mut(), bytes, libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1, 0)
        };
        return (start != libc::MAP_FAILED).then_some((start as *mut u8, Source::Mapped(bytes)));
    }
    let layout = Layout::from_size_align(bytes.max(ALIGNMENT), ALIGNMENT).ok()?;
    // SAFETY: the layout has a size.
    let start = unsafe { alloc_zeroed(layout) };
    (!start.is_null()).then_some((start, Source::Allocated(layout)))
}

impl Drop for Buffer {
    fn drop(&mut self) {
        // SAFETY: obtained with this layout or length.
        unsafe {
            match self.source {
                Source::Allocated(layout) => dealloc(self.start, layout),
                #[cfg(unix)]
                Source::Mapped(bytes) => {
                    libc::munmap(self.start as *mut libc::c_void, bytes);
                }
                #[cfg(unix)]
                Source::Carved(_) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_zeroed_and_aligned_and_too_much_is_refused() {
        for (bytes, dense) in [0, 1, 100, 70_000, 5_000_000].into_iter().flat_map(|bytes| [(bytes, false), (bytes, true)]) {
            let buffer = Buffer::new(bytes, dense).expect("memory");
            assert_eq!(buffer.pointer() as usize % ALIGNMENT, 0);
            // SAFETY: inside the buffer.
            assert!((0..bytes).step_by(997).all(|at| unsafe { *buffer.pointer().add(at) } == 0));
        }
        assert!(Buffer::new(1 << 50, false).is_none());
        assert!(Buffer::new(1 << 50, true).is_none());
    }
}
