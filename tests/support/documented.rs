//! What the documents tell people to type, for tests beside the parsers that read it.
#![allow(dead_code, clippy::expect_used)] // For tests, each of which uses a part of it.

use std::fs;
use std::path::Path;

/// What stands for an address or a key in the documents.
const LEFT_OUT: &str = "0x…";

/// The blocks of a language in the README and the pages of `docs/`, with the file that each is in.
pub(crate) fn blocks(root: &Path, language: &str) -> Vec<(String, String)> {
    let pages = fs::read_dir(root.join("docs")).expect("a folder");
    let mut files: Vec<_> = pages.map(|page| page.expect("a file").path()).collect();
    files.push(root.join("README.md"));
    files.retain(|file| file.extension().is_some_and(|end| end == "md"));
    files.sort();
    let mut found = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("text");
        let mut rest = text.split("\n```");
        // What follows a fence is a block and what follows the next one is text, in turn.
        while let (Some(_), Some(block)) = (rest.next(), rest.next()) {
            if let Some((name, code)) = block.split_once('\n')
                && name == language
            {
                found.push((file.display().to_string(), code.to_owned()));
            }
        }
    }
    found
}

/// What follows these words in commands, as the shell splits it, with the file that each is in.
pub(crate) fn commands(root: &Path, words: &[&str]) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    for (file, code) in blocks(root, "sh") {
        for line in code.replace("\\\n", " ").lines() {
            let line = split(line);
            let start = line.windows(words.len()).position(|part| part == words);
            if let Some(start) = start {
                let arguments = line.into_iter().skip(start + words.len());
                found.push((file.clone(), arguments.collect()));
            }
        }
    }
    found
}

/// The words of a line, with quotes and without a comment.
fn split(line: &str) -> Vec<String> {
    let address = format!("0x{}", "11".repeat(20));
    let mut words = vec![String::new()];
    let mut quote = None;
    for c in line.replace(LEFT_OUT, &address).chars() {
        match (c, quote) {
            (c, Some(open)) if c == open => quote = None,
            ('\'' | '"', None) => quote = Some(c),
            ('#', None) if words.last().is_some_and(String::is_empty) => break,
            (c, None) if c.is_whitespace() => words.push(String::new()),
            (c, _) => words.last_mut().expect("a word").push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}
