//! Where and when something was measured.

use std::fs;

use serde_json::{Value, json};

use crate::command::{output, program};

/// The machine and the date, as the beginning of a report.
pub(super) fn describe() -> Value {
    let processor = fs::read_to_string("/proc/cpuinfo")
        .ok()
        .and_then(|text| model(&text).map(str::to_owned));
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    json!({
        "date": output(program("date").args(["-u", "+%F"])),
        "processor": processor,
        "cores": cores,
    })
}

fn model(information: &str) -> Option<&str> {
    let line = information
        .lines()
        .find(|line| line.starts_with("model name"))?;
    line.split_once(':').map(|(_, name)| name.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_processor_gives_its_name() {
        let text = "processor\t: 0\nmodel name\t: A Chip @ 1 GHz\nmodel name\t: B\n";
        assert_eq!(model(text), Some("A Chip @ 1 GHz"));
        assert_eq!(model("no processor"), None);
    }
}
