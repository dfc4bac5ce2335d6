//! ISO/IEC 7816-4 padding to multiples of 64 bytes: `80`, then zeros. Sealed lengths then tell little.

use crate::error::{CryptoError, malformed};

const BLOCK: usize = 64;

/// A padded copy of `plain`, with room for a 16-byte tag.
pub(crate) fn pad(plain: &[u8]) -> Vec<u8> {
    let length = (plain.len() / BLOCK + 1) * BLOCK;
    let mut padded = Vec::with_capacity(length + 16);
    padded.extend_from_slice(plain);
    padded.push(0x80);
    padded.resize(length, 0);
    padded
}

/// Removes the padding; `Malformed` unless it is exactly what [`pad`] adds.
pub(crate) fn unpad(mut padded: Vec<u8>) -> Result<Vec<u8>, CryptoError> {
    let end = padded.iter().rposition(|byte| *byte != 0);
    match end {
        Some(end)
            if padded.get(end) == Some(&0x80) && padded.len() == (end / BLOCK + 1) * BLOCK =>
        {
            padded.truncate(end);
            Ok(padded)
        }
        _ => Err(malformed("padding")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_comes_back() {
        for length in 0..200 {
            let plain = vec![0; length];
            let padded = pad(&plain);
            assert_eq!(padded.len() % BLOCK, 0);
            assert!(padded.len() > length && padded.len() <= length + BLOCK);
            assert_eq!(unpad(padded), Ok(plain));
        }
    }

    #[test]
    fn other_padding_is_refused() {
        let mut long = pad(b"hello");
        long.resize(128, 0);
        let mut marker = pad(b"hello");
        marker[5] = 0x81;
        for wrong in [vec![], vec![0; 64], vec![0x80], long, marker] {
            assert_eq!(unpad(wrong), Err(malformed("padding")));
        }
    }
}
