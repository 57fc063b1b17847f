//! Reports as Markdown, which a terminal shows well, too.

use serde_json::Value;

use super::targets;

/// The machine and all tables of a report.
pub(super) fn all(report: &Value) -> String {
    let text = |key: &str| cell(&report[key], 0);
    let mut parts = vec![format!(
        "{}, {} cores, {}{}",
        text("processor"),
        text("cores"),
        text("date"),
        report["browser"]["browser"]
            .as_str()
            .map_or(String::new(), |name| format!(", {name}")),
    )];
    for part in ["browser", "size", "native"] {
        let tables = report[part]["tables"].as_array();
        parts.extend(tables.into_iter().flatten().map(table));
    }
    parts.extend(targets::table(report).as_ref().map(table));
    parts.join("\n\n")
}

/// `{ title, columns: [{ key, title, digits? }], rows: [{ <key>: value }], notes: [text] }`
fn table(table: &Value) -> String {
    let list = |key: &str| table[key].as_array().map_or(&[][..], Vec::as_slice);
    let columns = list("columns");
    let mut lines: Vec<Vec<String>> = vec![
        columns
            .iter()
            .map(|column| cell(&column["title"], 0))
            .collect(),
    ];
    for row in list("rows") {
        let cells = columns.iter().map(|column| {
            let digits = column["digits"].as_u64().unwrap_or(0);
            let key = column["key"].as_str().unwrap_or_default();
            cell(&row[key], usize::try_from(digits).unwrap_or(0))
        });
        lines.push(cells.collect());
    }
    let widths: Vec<usize> = (0..columns.len())
        .map(|place| {
            let lengths = lines.iter().map(|line| line[place].chars().count());
            lengths.max().unwrap_or(0)
        })
        .collect();
    let mut text = format!("### {}\n\n", cell(&table["title"], 0));
    for (number, line) in lines.iter().enumerate() {
        text.push_str(&padded(line, &widths));
        if number == 0 {
            text.push_str(&rule(&widths));
        }
    }
    for note in list("notes") {
        text.push_str(&format!("\n{}\n", cell(note, 0)));
    }
    text.trim_end().to_owned()
}

/// Names to the left, figures to the right.
fn padded(line: &[String], widths: &[usize]) -> String {
    let cells = line.iter().zip(widths).enumerate();
    let text: String = cells
        .map(|(place, (text, width))| match place {
            0 => format!("| {text:<width$} "),
            _ => format!("| {text:>width$} "),
        })
        .collect();
    format!("{text}|\n")
}

fn rule(widths: &[usize]) -> String {
    let cells = widths.iter().enumerate();
    let text: String = cells
        .map(|(place, width)| match place {
            0 => format!("|{}", "-".repeat(width + 2)),
            _ => format!("|{}:", "-".repeat(width + 1)),
        })
        .collect();
    format!("{text}|\n")
}

fn cell(value: &Value, digits: usize) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number
            .as_f64()
            .map_or_else(|| number.to_string(), |number| format!("{number:.digits$}")),
        _ => "-".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn figures_stand_below_each_other() {
        let text = table(&json!({
            "title": "Speed",
            "columns": [
                { "key": "name", "title": "who" },
                { "key": "time", "title": "µs", "digits": 1 },
            ],
            "rows": [{ "name": "ours", "time": 9.04 }, { "name": "a", "time": 100 }, { "name": "b" }],
            "notes": ["Measured twice."],
        }));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines,
            [
                "### Speed",
                "",
                "| who  |    µs |",
                "|------|------:|",
                "| ours |   9.0 |",
                "| a    | 100.0 |",
                "| b    |     - |",
                "",
                "Measured twice.",
            ]
        );
    }
}
