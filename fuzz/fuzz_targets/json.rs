#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| microraiden_fuzz::json::run(text));
