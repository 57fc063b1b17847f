#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| microraiden_fuzz::logs::run(input));
