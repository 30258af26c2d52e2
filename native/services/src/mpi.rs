//! The "mpi" service: this process among those that a launcher of Open MPI started. It loads the library when it is made, sums numbers over all ranks, and tells bytes of the first to all.
//! What the methods take and give: src/native/mpi.ts. It has no twin. Waiting is asking and sleeping: processors are left to the arithmetic, and a call can be cancelled. Knows no training.

use crate::arrays::write_words;
use crate::{Control, Service, ServiceError};
use std::ffi::{c_char, c_int, c_void, CStr, CString};
use std::time::Duration;

const PLACE: u32 = 0;
const SUM_FLOATS: u32 = 1;
const SUM_NUMBERS: u32 = 2;
const TELL: u32 = 3;
const END: u32 = 4;

/// Names that distributions give to the library of Open MPI 4 and 5.
const LIBRARIES: [&str; 2] = ["libmpi.so.40", "libmpi.so"];
/// MPI_THREAD_SERIALIZED: calls come from any thread, one at a time.
const SERIALIZED: c_int = 2;
/// Elements of one message: counts of MPI are `int`, and a piece is summed while the next is not yet asked for.
const PIECE: usize = 1 << 24;

type Handle = *mut c_void;

/// The functions and handles that are used, by the names of Open MPI's ABI.
struct Library {
    test: unsafe extern "C" fn(*mut Handle, *mut c_int, *mut c_void) -> c_int,
    all_reduce: unsafe extern "C" fn(*const c_void, *mut c_void, c_int, Handle, Handle, Handle, *mut Handle) -> c_int,
    broadcast: unsafe extern "C" fn(*mut c_void, c_int, Handle, c_int, Handle, *mut Handle) -> c_int,
    finalize: unsafe extern "C" fn() -> c_int,
    error_string: unsafe extern "C" fn(c_int, *mut c_char, *mut c_int) -> c_int,
    world: Handle,
    float: Handle,
    double: Handle,
    byte: Handle,
    sum: Handle,
}

// SAFETY: handles of the library are addresses of its own data; calls come one at a time.
unsafe impl Send for Library {}

struct World {
    library: Library,
    rank: u32,
    size: u32,
    /// A call was given up, or the end was said: nothing more can be asked for.
    over: bool,
}

fn open(name: &str) -> Result<Handle, ServiceError> {
    let names: Vec<&str> = if name.is_empty() { LIBRARIES.to_vec() } else { vec![name] };
    let mut why = String::new();
    for name in names {
        let path = CString::new(name).map_err(|_| ServiceError::new("library: its name holds a zero"))?;
        // SAFETY: a string that ends. RTLD_GLOBAL: the library's own plug-ins look for its names.
        let found = unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_NOW | libc::RTLD_GLOBAL) };
        if !found.is_null() {
            return Ok(found);
        }
        // SAFETY: just after a dlopen that failed.
        let message = unsafe { libc::dlerror() };
        if !message.is_null() && why.is_empty() {
            // SAFETY: a string of the loader's.
            why = unsafe { CStr::from_ptr(message) }.to_string_lossy().into_owned();
        }
    }
    Err(ServiceError::new(format!("library: {why}")))
}

fn symbol(library: Handle, name: &str) -> Result<Handle, ServiceError> {
    let text = CString::new(name).map_err(|_| ServiceError::new(name))?;
    // SAFETY: an open library and a string that ends.
    let found = unsafe { libc::dlsym(library, text.as_ptr()) };
    if found.is_null() {
        return Err(ServiceError::new(format!("library: it has no {name}: it is not Open MPI's")));
    }
    Ok(found)
}

/// A function of the library.
macro_rules! function {
    ($library:expr, $name:literal) => {{
        let found = symbol($library, $name)?;
        // SAFETY: the type is that of MPI's standard and of Open MPI's handles.
        unsafe { std::mem::transmute(found) }
    }};
}

/// Makes the service. Configuration: the library's name or path; none: the usual names.
pub fn create(configuration: &[u8]) -> Result<Box<dyn Service>, ServiceError> {
    let name = std::str::from_utf8(configuration).map_err(|_| ServiceError::new("library: its name is not UTF-8"))?;
    let handle = open(name)?;
    let library = Library {
        test: function!(handle, "MPI_Test"),
        all_reduce: function!(handle, "MPI_Iallreduce"),
        broadcast: function!(handle, "MPI_Ibcast"),
        finalize: function!(handle, "MPI_Finalize"),
        error_string: function!(handle, "MPI_Error_string"),
        world: symbol(handle, "ompi_mpi_comm_world")?,
        float: symbol(handle, "ompi_mpi_float")?,
        double: symbol(handle, "ompi_mpi_double")?,
        byte: symbol(handle, "ompi_mpi_byte")?,
        sum: symbol(handle, "ompi_mpi_op_sum")?,
    };
    let returned = symbol(handle, "ompi_mpi_errors_return")?;
    let initialized: unsafe extern "C" fn(*mut c_int) -> c_int = function!(handle, "MPI_Initialized");
    let init: unsafe extern "C" fn(*mut c_int, *mut *mut *mut c_char, c_int, *mut c_int) -> c_int = function!(handle, "MPI_Init_thread");
    let set_handler: unsafe extern "C" fn(Handle, Handle) -> c_int = function!(handle, "MPI_Comm_set_errhandler");
    let rank_of: unsafe extern "C" fn(Handle, *mut c_int) -> c_int = function!(handle, "MPI_Comm_rank");
    let size_of: unsafe extern "C" fn(Handle, *mut c_int) -> c_int = function!(handle, "MPI_Comm_size");
    let (mut there, mut level, mut rank, mut size) = (0, 0, 0, 0);
    // SAFETY: the functions of the standard on words of this frame; MPI is initialized once a process.
    unsafe {
        library.check(initialized(&mut there))?;
        if there != 0 {
            return Err(ServiceError::new("this process has been one of its ranks before"));
        }
        library.check(init(std::ptr::null_mut(), std::ptr::null_mut(), SERIALIZED, &mut level))?;
        library.check(set_handler(library.world, returned))?;
        library.check(rank_of(library.world, &mut rank))?;
        library.check(size_of(library.world, &mut size))?;
    }
    if level < SERIALIZED {
        return Err(ServiceError::new("library: it was built without threads"));
    }
    Ok(Box::new(World { library, rank: rank as u32, size: size as u32, over: false }))
}

impl Library {
    fn check(&self, code: c_int) -> Result<(), ServiceError> {
        if code == 0 {
            return Ok(());
        }
        let (mut text, mut length) = ([0 as c_char; 1024], 0);
        // SAFETY: room for MPI_MAX_ERROR_STRING (256) characters and the zero behind them.
        let words = unsafe {
            (self.error_string)(code, text.as_mut_ptr(), &mut length);
            CStr::from_ptr(text.as_ptr()).to_string_lossy().into_owned()
        };
        Err(ServiceError::new(words))
    }
}

impl World {
    /// Runs what was begun on `buffer` to its end, or until the call is cancelled: then the library may still write there, so the buffer is never given back.
    fn finish<T>(&mut self, mut request: Handle, buffer: Vec<T>, control: &Control<'_>) -> Result<Vec<T>, ServiceError> {
        let mut tries = 0u32;
        loop {
            let mut done = 0;
            // SAFETY: a request that the library gave and that is not done; a null status is MPI_STATUS_IGNORE.
            let code = unsafe { (self.library.test)(&mut request, &mut done, std::ptr::null_mut()) };
            let stop = self.library.check(code).and_then(|()| if done == 0 { control.look() } else { Ok(()) });
            if let Err(error) = stop {
                self.over = true;
                std::mem::forget(buffer);
                return Err(error);
            }
            if done != 0 {
                return Ok(buffer);
            }
            tries += 1;
            std::thread::sleep(Duration::from_micros(if tries < 200 { 20 } else { 1000 }));
        }
    }

    fn sum<T: Copy>(&mut self, input: &[u8], output: &mut [u8], kind: Handle, control: &Control<'_>) -> Result<i64, ServiceError> {
        let width = std::mem::size_of::<T>();
        if !input.len().is_multiple_of(width) {
            return Err(ServiceError::new("its numbers are cut"));
        }
        if output.len() < input.len() {
            return Ok(-(input.len() as i64));
        }
        for (piece, out) in input.chunks(PIECE * width).zip(output.chunks_mut(PIECE * width)) {
            let count = piece.len() / width;
            let mut buffer: Vec<T> = Vec::with_capacity(2 * count);
            let mut request: Handle = std::ptr::null_mut();
            let at = buffer.as_mut_ptr();
            // SAFETY: room for what is given and what comes; `T` is a float, of which any bytes are one. The library reads and writes there until `finish`.
            let code = unsafe {
                std::ptr::copy_nonoverlapping(piece.as_ptr(), at as *mut u8, piece.len());
                let library = &self.library;
                (library.all_reduce)(
                    at as *const c_void,
                    at.add(count) as *mut c_void,
                    count as c_int,
                    kind,
                    library.sum,
                    library.world,
                    &mut request,
                )
            };
            self.library.check(code)?;
            let buffer = self.finish(request, buffer, control)?;
            // SAFETY: the second half was written.
            unsafe { std::ptr::copy_nonoverlapping(buffer.as_ptr().add(count) as *const u8, out.as_mut_ptr(), piece.len()) };
        }
        Ok(input.len() as i64)
    }

    fn tell(&mut self, input: &[u8], output: &mut [u8], control: &Control<'_>) -> Result<i64, ServiceError> {
        if output.len() < input.len() {
            return Ok(-(input.len() as i64));
        }
        for (piece, out) in input.chunks(PIECE).zip(output.chunks_mut(PIECE)) {
            let mut buffer = piece.to_vec();
            let mut request: Handle = std::ptr::null_mut();
            let library = &self.library;
            // SAFETY: the library reads or writes these bytes until `finish`.
            let code = unsafe {
                (library.broadcast)(buffer.as_mut_ptr() as *mut c_void, piece.len() as c_int, library.byte, 0, library.world, &mut request)
            };
            self.library.check(code)?;
            let buffer = self.finish(request, buffer, control)?;
            out[..buffer.len()].copy_from_slice(&buffer);
        }
        Ok(input.len() as i64)
    }
}

impl Service for World {
    fn call(&mut self, method: u32, input: &[u8], output: &mut [u8]) -> Result<i64, ServiceError> {
        self.call_long(method, input, output, &Control::NONE)
    }

    fn call_long(&mut self, method: u32, input: &[u8], output: &mut [u8], control: &Control<'_>) -> Result<i64, ServiceError> {
        if self.over {
            return Err(ServiceError::new("what the ranks do together is over"));
        }
        match method {
            PLACE => Ok(write_words([self.rank, self.size].into_iter(), output)),
            SUM_FLOATS => self.sum::<f32>(input, output, self.library.float, control),
            SUM_NUMBERS => self.sum::<f64>(input, output, self.library.double, control),
            TELL => self.tell(input, output, control),
            END => {
                self.over = true;
                // SAFETY: every request is done.
                let code = unsafe { (self.library.finalize)() };
                self.library.check(code).map(|()| 0)
            }
            _ => Err(ServiceError::new("it has no such method")),
        }
    }
}
