//! What the linker needs to know of Node; and that the library stays loaded once it is: threads of its team run in it when the JavaScript thread that loaded it has ended.
fn main() {
    napi_build::setup();
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "linux") {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}
