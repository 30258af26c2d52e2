//! Memory that kernels work on: zeroed, 64-byte aligned, had fallibly, committed by the system only when touched.

use std::alloc::{alloc_zeroed, dealloc, Layout};
use std::sync::atomic::{AtomicBool, Ordering};

/// One allocation. Shared between threads; who writes where is the list's affair.
pub struct Buffer {
    start: *mut u8,
    layout: Layout,
    length: usize,
    freed: AtomicBool,
}

// SAFETY: raw memory; the executor orders access.
unsafe impl Send for Buffer {}
unsafe impl Sync for Buffer {}

impl Buffer {
    /// None when the system has no such memory. Large sizes come straight from the system and cost nothing until touched.
    pub fn new(bytes: usize) -> Option<Buffer> {
        // Aligned by hand: the allocator zeroes a small alignment lazily, a large one by writing.
        let layout = Layout::from_size_align(bytes.checked_add(64)?, 16).ok()?;
        // SAFETY: the layout has a size.
        let start = unsafe { alloc_zeroed(layout) };
        if start.is_null() {
            return None;
        }
        Some(Buffer { start, layout, length: bytes, freed: AtomicBool::new(false) })
    }

    pub fn pointer(&self) -> *mut u8 {
        // SAFETY: 64 bytes more than the length were allocated.
        unsafe { self.start.add(self.start.align_offset(64)) }
    }

    pub fn len(&self) -> usize {
        self.length
    }

    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The owner gave it up: lists that still hold it are refused.
    pub fn mark_freed(&self) {
        self.freed.store(true, Ordering::Release);
    }

    pub fn is_freed(&self) -> bool {
        self.freed.load(Ordering::Acquire)
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        // SAFETY: allocated in new with this layout.
        unsafe { dealloc(self.start, self.layout) }
    }
}
