//! Prints what a library exports, read from the metadata that uniffi left in it, sorted.
//! Usage: `companion-api <library> <crate>`.

mod surface;

use std::{env, error::Error};
use surface::Blocks;
use uniffi_bindgen::macro_metadata::extract_from_library;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(library), Some(wanted)) = (arguments.next(), arguments.next()) else {
        return Err("usage: companion-api <library> <crate>".into());
    };
    let mut items = extract_from_library(library.as_str().into())?;
    // Sorted, the methods of a port come in their order.
    items.sort();
    let mut blocks = Blocks::new();
    for item in &items {
        if item.module_path().split("::").next() == Some(wanted.as_str()) {
            surface::add(&mut blocks, item)?;
        }
    }
    for (head, parts) in blocks {
        println!("{head}");
        for part in parts {
            println!("    {part}");
        }
    }
    Ok(())
}
