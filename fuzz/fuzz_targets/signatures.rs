#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| microraiden_fuzz::signatures::run(data));
