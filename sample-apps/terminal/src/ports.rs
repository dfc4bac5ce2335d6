//! What a computer lends to the core in the place of a phone.

mod keys;
mod transport;

pub use keys::FileKeys;
pub use transport::SwitchedHttp;

use companion_engine::ports::DeviceFacts;

/// A computer that is unlocked while anybody sits at it.
pub struct Computer;

impl DeviceFacts for Computer {
    /// Linux tells its own; elsewhere each start of the app counts as one.
    fn boot_id(&self) -> String {
        std::fs::read_to_string("/proc/sys/kernel/random/boot_id")
            .map(|id| id.trim().to_owned())
            .unwrap_or_else(|_| std::process::id().to_string())
    }

    fn protected_data_available(&self) -> bool {
        true
    }

    fn versions(&self) -> String {
        let app = concat!("companion-terminal ", env!("CARGO_PKG_VERSION"));
        format!("{app}, {} {}", std::env::consts::OS, std::env::consts::ARCH)
    }
}
