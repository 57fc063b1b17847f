//! Times candidates beside each other, so that what slows the machine down slows all of them.

use std::hint::black_box;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

const ROUNDS: usize = 100;
const SLICE: Duration = Duration::from_millis(4);
const WARM_UP: Duration = Duration::from_millis(300);

/// Something that can be done again and again.
pub(crate) struct Candidate<'a> {
    name: &'static str,
    run: Box<dyn FnMut(u32) + 'a>,
    /// How many operations fill a slice.
    operations: u32,
    /// Microseconds for each operation, by slice.
    samples: Vec<f64>,
}

impl<'a> Candidate<'a> {
    pub(crate) fn new<T>(name: &'static str, mut work: impl FnMut() -> T + 'a) -> Self {
        let run = move |times| {
            for _ in 0..times {
                black_box(work());
            }
        };
        Self {
            name,
            run: Box::new(run),
            operations: 1,
            samples: Vec::new(),
        }
    }

    fn warm_up(&mut self) {
        let end = Instant::now() + WARM_UP;
        while Instant::now() < end {
            let start = Instant::now();
            (self.run)(self.operations);
            let each = start.elapsed().as_secs_f64() / f64::from(self.operations);
            let fit = SLICE.as_secs_f64() / each;
            self.operations = (1..=100_000)
                .rev()
                .find(|&n| f64::from(n) <= fit)
                .unwrap_or(1);
        }
    }

    fn slice(&mut self) {
        let start = Instant::now();
        (self.run)(self.operations);
        let micros = start.elapsed().as_secs_f64() * 1e6;
        self.samples.push(micros / f64::from(self.operations));
    }

    /// The value below which `part` quarters of the samples lie.
    fn quarter(&self, part: usize) -> f64 {
        let mut sorted = self.samples.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() * part / 4).copied().unwrap_or(0.0)
    }
}

/// Runs all candidates in turns, each time beginning with another, and makes a table of it.
pub(crate) fn interleave(title: &str, reference: &str, mut list: Vec<Candidate<'_>>) -> Value {
    list.iter_mut().for_each(Candidate::warm_up);
    let count = list.len();
    for round in 0..ROUNDS {
        for place in 0..count {
            list[(round + place) % count].slice();
        }
    }
    let ours = list
        .iter()
        .find(|candidate| candidate.name == reference)
        .map_or(1.0, |candidate| candidate.quarter(1));
    let rows: Vec<Value> = list
        .iter()
        .map(|candidate| {
            json!({
                "name": candidate.name,
                "q1": candidate.quarter(1),
                "median": candidate.quarter(2),
                "ratio": candidate.quarter(1) / ours,
                "samples": candidate.samples.len(),
            })
        })
        .collect();
    json!({
        "title": title,
        "columns": [
            { "key": "name", "title": "who" },
            { "key": "q1", "title": "first quartile, µs", "digits": 1 },
            { "key": "median", "title": "median, µs", "digits": 1 },
            { "key": "ratio", "title": format!("times {reference}"), "digits": 2 },
        ],
        "rows": rows,
        "notes": [],
    })
}
