//! The server reads every setting and option that the documents show.

use std::path::Path;

use clap::Parser;
use microraiden::paywall::config::SERVER;

use super::arguments::{Arguments, settings};
use super::documented;

const PROGRAM: [&str; 3] = ["--bin", "microraiden-paywall", "--"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(line: impl IntoIterator<Item = String>) -> Result<Arguments, clap::Error> {
    Arguments::try_parse_from(std::iter::once("microraiden-paywall".to_owned()).chain(line))
}

#[test]
fn settings_of_the_documents_are_read() {
    let files = documented::blocks(root(), "toml");
    assert!(files.len() > 1);
    for (file, text) in files {
        let settings = settings(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
        let mut lines: Vec<_> = settings
            .sites
            .into_iter()
            .map(|site| site.arguments)
            .collect();
        if lines.is_empty() {
            lines.push(settings.arguments);
        }
        for line in lines {
            let read = read(line).unwrap_or_else(|error| panic!("{file}: {error}"));
            assert!(read.prices().is_ok(), "{file}");
        }
    }
}

/// The settings of the server are options, and so are those of sites, which have all the others.
#[test]
fn settings_of_the_server_are_options() {
    for key in SERVER {
        let known = settings(&format!("{key} = \"1\"\n"));
        assert!(known.is_ok(), "{key}");
    }
}

#[test]
fn options_of_the_documents_are_read() {
    let lines = documented::commands(root(), &PROGRAM);
    assert!(lines.len() > 1);
    for (file, line) in lines {
        let read = read(line).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(read.prices().is_ok(), "{file}");
    }
}
