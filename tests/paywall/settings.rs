//! The settings of a file with several sites.

use microraiden::paywall::config::{SERVER, Settings, read};

const KNOWN: [&str; 8] = [
    "contract",
    "credit",
    "files",
    "page",
    "price",
    "price-for",
    "rpc-url",
    "store",
];

fn settings(text: &str) -> Settings {
    read(text, |key| KNOWN.contains(&key)).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn a_site_says_what_differs_from_all() {
    let settings = settings(
        "rpc-url = [\"http://a\", \"http://b\"]\ncontract = \"mainnet-0.2\"\nprice = 3\ncredit = true\n\
         store = \"all.db\"\n[price-for]\n\"/a\" = 1\n[page]\nname = \"All\"\nfolder = \"www\"\n\
         [[site]]\nhost = \"a.example\"\nfiles = \"a\"\n\
         [[site]]\nhost = [\"B.example.\", \"www.b.example\"]\ndefault = true\nfiles = \"b\"\nprice = 4\ncredit = false\n\
         store = \"b.db\"\n[site.price-for]\n\"/b\" = 2\n[site.page]\nname = \"B\"\n",
    );
    let [a, b] = &settings.sites[..] else {
        panic!("two");
    };
    let shared = [
        "--rpc-url=http://a",
        "--rpc-url=http://b",
        "--contract=mainnet-0.2",
    ];
    let has = |arguments: &[String], argument: &str| arguments.iter().any(|own| own == argument);
    for argument in shared {
        assert!(
            has(&a.arguments, argument) && has(&b.arguments, argument),
            "{argument}"
        );
    }
    for own in [
        "--price=3",
        "--credit",
        "--store=all.db",
        "--price-for=/a=1",
        "--files=a",
    ] {
        assert!(has(&a.arguments, own), "{own}");
        assert!(!has(&b.arguments, own), "{own}");
    }
    for own in ["--price=4", "--store=b.db", "--price-for=/b=2", "--files=b"] {
        assert!(has(&b.arguments, own), "{own}");
        assert!(!has(&a.arguments, own), "{own}");
    }
    // The folder is a setting of its own.
    assert!(has(&a.arguments, "--page=www") && has(&b.arguments, "--page=www"));
    assert_eq!((a.name(), b.name()), ("a.example", "b.example"));
    let hosts: Vec<_> = b.hosts.iter().map(|host| host.as_str()).collect();
    assert_eq!(hosts, ["b.example", "www.b.example"]);
    assert_eq!((a.is_default, b.is_default), (false, true));
    assert!(format!("{:?}", a.page).contains("All") && !format!("{:?}", b.page).contains("All"));
}

/// The URL of a store may hold a password.
#[test]
fn values_are_not_shown() {
    let text = "rpc-url = \"http://s3cret@a\"\n[[site]]\nhost = \"a\"\nstore = \"postgres://me:s3cret@a/b\"\n";
    let shown = format!("{:?}", settings(text));
    assert!(
        shown.contains("store") && !shown.contains("s3cret"),
        "{shown}"
    );
}

#[test]
fn without_sites_a_file_is_one() {
    let settings = settings("price = 3\nfiles = \"a\"\n");
    assert!(settings.sites.is_empty());
    assert_eq!(settings.arguments, ["--files=a", "--price=3"]);
}

/// With its line in the file.
#[test]
fn what_is_wrong_with_a_site_is_said_with_its_place() {
    let one = "price = 3\n\n[[site]]\nhost = \"a.example\"\n";
    for (text, sentence) in [
        (
            "files = \"a\"\nprise = 4\n",
            "[[site]] 2 (line 7): there is no setting `prise`",
        ),
        (
            "host = \"a.example\"\n",
            "[[site]] 2 (line 6): `a.example` is [[site]] 1 (line 3), too",
        ),
        (
            "host = [\"b\", \"A.example.\"]\n",
            "[[site]] 2 (line 6): `a.example` is [[site]] 1",
        ),
        (
            "host = [\"b\", \"b\"]\n",
            "[[site]] 2 (line 6): `b` is [[site]] 2 (line 5), too",
        ),
        ("files = \"a\"\n", "[[site]] 2 (line 5): it has no `host`"),
        ("default = false\n", "[[site]] 2 (line 5): it has no `host`"),
        ("host = []\n", "[[site]] 2 (line 5): it has no `host`"),
        (
            "host = \"*.example\"\n",
            "[[site]] 2 (line 6): `host` can't be used: `*.example`",
        ),
        (
            "host = \"a.example:80\"\n",
            "`a.example:80` is no name of a host",
        ),
        ("host = 3\n", "[[site]] 2 (line 6): `host` must be a name"),
        (
            "default = \"yes\"\n",
            "[[site]] 2 (line 6): `default` must be true or false",
        ),
        (
            "host = \"b\"\nrpc-url = \"http://c\"\n",
            "[[site]] 2 (line 7): `rpc-url` is the server's",
        ),
        (
            "host = \"b\"\nprice = 1.5\n",
            "[[site]] 2 (line 7): `price` must be",
        ),
        (
            "host = \"b\"\n[site.page]\nnam = \"B\"\n",
            "[[site]] 2 (line 7): the table [page]",
        ),
        (
            "host = \"b\"\n[[site.site]]\nhost = \"c\"\n",
            "there is no setting `site`",
        ),
    ] {
        let text = format!("{one}[[site]]\n{text}");
        let refused = read(&text, |key| KNOWN.contains(&key));
        let said = refused.expect_err(&text).to_string();
        assert!(said.contains(sentence), "{said}: {text}");
    }
    let twice = format!("{one}default = true\n[[site]]\nhost = \"b\"\ndefault = true\n");
    let refused = read(&twice, |key| KNOWN.contains(&key));
    let said = refused.expect_err("two").to_string();
    assert!(
        said.contains("(line 8): only one site can be the `default`, and [[site]] 1"),
        "{said}"
    );
    for not_tables in ["site = 3\n", "site = [3]\n", "[site]\nhost = \"a\"\n"] {
        let refused = read(not_tables, |key| KNOWN.contains(&key));
        let said = refused.expect_err(not_tables).to_string();
        assert!(said.contains("`site` must be tables"), "{said}");
    }
    for key in ["host", "default"] {
        let refused = read(&format!("{key} = \"a\"\n"), |key| KNOWN.contains(&key));
        let said = refused.expect_err(key).to_string();
        assert!(said.contains("there is no setting"), "{said}");
    }
    let mut servers = SERVER.to_vec();
    servers.sort_unstable();
    servers.dedup();
    assert_eq!(servers.len(), SERVER.len());
}
