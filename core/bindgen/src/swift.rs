//! uniffi's own command line for Swift: at the version that the library is built with.

fn main() {
    uniffi::uniffi_bindgen_swift();
}
