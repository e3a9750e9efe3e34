//! Fuzz target: see `oracle::viewer_frame`.
#![no_main]

#[path = "../src/oracle.rs"]
mod oracle;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracle::viewer_frame(bytes));
