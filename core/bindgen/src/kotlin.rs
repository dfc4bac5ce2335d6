//! uniffi's own command line, for Kotlin: at the version that the library is built with.

fn main() {
    uniffi::uniffi_bindgen_main();
}
