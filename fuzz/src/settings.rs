//! The settings' file, whose arguments are those of known options only; and price patterns, a line
//! each, looked up by each other: what costs something costs the price of a pattern or the default.
use microraiden::paywall::config::read;
use microraiden::paywall::{Prices, UpstreamUrl};
use microraiden::protocol::Amount;

const KNOWN: [&str; 6] = [
    "rpc-url",
    "contract",
    "page",
    "price",
    "price-for",
    "original-access",
];

/// Fails if a promise is broken.
pub fn run(text: &str) {
    file(text);
    patterns(text);
    for line in text.lines() {
        if let Ok(url) = line.parse::<UpstreamUrl>() {
            let line = line.to_ascii_lowercase();
            let known = ["http://", "https://"];
            assert!(known.iter().any(|start| line.starts_with(start)), "{url:?}");
            assert!(!line.contains(['@', '#', '?']), "{url:?}");
        }
    }
}

fn file(text: &str) {
    let Ok(settings) = read(text, |key| KNOWN.contains(&key)) else {
        return;
    };
    let arguments = settings.arguments;
    let mut table: toml::Table = text.parse().expect("it was read before");
    let sites = table.remove("site");
    let sites = sites.map_or(0, |sites| sites.as_array().map_or(0, Vec::len));
    assert_eq!(settings.sites.len(), sites);
    for site in &settings.sites {
        assert!(site.is_default || !site.hosts.is_empty());
        all_known(&site.arguments);
    }
    all_known(&arguments);
    assert!(table.keys().all(|key| KNOWN.contains(&key.as_str())));
    let entries = table.iter().map(|(key, value)| match value {
        // The publisher's table is no option, but for its folder.
        toml::Value::Table(page) if key == "page" => usize::from(page.contains_key("folder")),
        toml::Value::Table(entries) => entries.len(),
        toml::Value::Boolean(set) => usize::from(*set),
        _ => 1,
    });
    assert_eq!(arguments.len(), entries.sum::<usize>());
}

fn all_known(arguments: &[String]) {
    for argument in arguments {
        let option = argument.strip_prefix("--").expect("an option");
        let option = option.split_once('=').map_or(option, |(option, _)| option);
        assert!(KNOWN.contains(&option), "{argument}");
    }
}

fn patterns(text: &str) {
    let mut prices = Prices::new(Amount::ZERO);
    let mut known = vec![Amount::ZERO];
    let lines: Vec<&str> = text.lines().take(20).collect();
    for (line, price) in lines.iter().zip(1..) {
        let price = Amount::from_u64(price);
        match prices.clone().with(line, price) {
            Ok(more) => {
                assert!(line.starts_with('/'));
                prices = more;
                known.push(price);
                if !line.contains(['{', '}']) {
                    assert_eq!(prices.of(line), price, "{line}");
                }
            }
            Err(error) => assert!(error.to_string().len() < 200 + 3 * text.len()),
        }
    }
    for line in lines {
        assert!(known.contains(&prices.of(line)));
    }
}
