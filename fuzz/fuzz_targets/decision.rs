//! See `bodies::decision`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| portcullis_fuzz::bodies::decision(input));
