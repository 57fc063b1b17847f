#![no_main]

libfuzzer_sys::fuzz_target!(|input: &str| microraiden_fuzz::records::run(input));
