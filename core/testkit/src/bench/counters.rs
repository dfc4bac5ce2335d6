//! Counters that do not jitter.

use std::{fs, io, path::Path};

/// How many bytes this process has passed to `write` (`wchar` of `/proc/self/io`): the write-ahead log and what
/// checkpoints copy from it. Nothing else writes while it is asked. `None` where the system does not count.
pub(super) fn written() -> Option<u64> {
    let counters = fs::read_to_string("/proc/self/io").ok()?;
    let line = counters
        .lines()
        .find_map(|line| line.strip_prefix("wchar: "));
    line?.parse().ok()
}

/// The bytes of some files.
pub(super) fn size(files: &[impl AsRef<Path>]) -> io::Result<u64> {
    files.iter().map(|file| Ok(fs::metadata(file)?.len())).sum()
}
