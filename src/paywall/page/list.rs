//! The list of files.

use percent_encoding::percent_decode_str;

use super::fill::Filling;
use super::html::escape;
use super::{ListedFile, PageContent};

/// All items, for one list.
pub(super) fn flat(filling: &Filling<'_>) -> String {
    match files(filling) {
        [] => format!(
            "<li class=\"muted\">{}</li>",
            escape(filling.words.say("no-files"))
        ),
        files => rows(files.iter().enumerate(), filling),
    }
}

/// A list for each folder, with its name as a heading. Those of the outermost folder come first.
pub(super) fn by_folder(filling: &Filling<'_>) -> String {
    let files = files(filling);
    if files.is_empty() {
        return format!(
            "<p class=\"muted\">{}</p>",
            escape(filling.words.say("no-files"))
        );
    }
    let mut groups: Vec<(&str, Vec<(usize, &ListedFile)>)> = Vec::new();
    for (index, file) in files.iter().enumerate() {
        let folder = folder(&file.path);
        match groups.iter_mut().find(|(known, _)| *known == folder) {
            Some((_, group)) => group.push((index, file)),
            None => groups.push((folder, vec![(index, file)])),
        }
    }
    // Stable: the order of the rest stays.
    groups.sort_by_key(|(folder, _)| !folder.is_empty());
    let group = |(folder, group): (&str, Vec<(usize, &ListedFile)>)| {
        let name = percent_decode_str(folder).decode_utf8_lossy();
        let heading = match folder {
            "" => String::new(),
            _ => format!("<h2 dir=\"auto\">{}</h2>", escape(&name)),
        };
        let rows = rows(group.into_iter(), filling);
        format!("<section class=\"folder\">{heading}<ul class=\"files\">{rows}</ul></section>")
    };
    groups.into_iter().map(group).collect()
}

fn files<'a>(filling: &Filling<'a>) -> &'a [ListedFile] {
    match filling.about {
        PageContent::Files { files, .. } => files,
        PageContent::Offer { .. } => &[],
    }
}

/// The path of a file's folder, without slashes at its ends.
fn folder(path: &str) -> &str {
    let path = path.trim_start_matches('/');
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn rows<'a>(files: impl Iterator<Item = (usize, &'a ListedFile)>, filling: &Filling<'_>) -> String {
    files
        .map(|(index, file)| row(index, file, filling))
        .collect()
}

fn row(index: usize, file: &ListedFile, filling: &Filling<'_>) -> String {
    let PageContent::Files { label, .. } = filling.about else {
        return String::new();
    };
    let ListedFile { path, price, .. } = file;
    let facts = filling.page.facts_of(path, Some(&file.file), filling.words);
    let kind = facts
        .kind_and_size(filling.words)
        .map(|kind| format!("<span class=\"file-kind\">{}</span>", escape(&kind)));
    let beside = filling.beside(label, *price);
    let beside = beside.map(|text| format!("<span class=\"file-rate\">{}</span>", escape(&text)));
    format!(
        "<li><a href=\"{}\" data-testid=\"file-{index}\"><span class=\"file-name\" dir=\"auto\">{}</span>{}\
         <span class=\"file-price\" data-testid=\"file-price-{index}\" data-amount=\"{price}\">{}\
         </span>{}</a></li>",
        escape(path),
        escape(&facts.title),
        kind.unwrap_or_default(),
        escape(&filling.price(label, *price)),
        beside.unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_in_their_folders() {
        for (path, name) in [
            ("/a.txt", ""),
            ("/b/a.txt", "b"),
            ("/b/c%20d/a.txt", "b/c%20d"),
        ] {
            assert_eq!(folder(path), name);
        }
    }
}
