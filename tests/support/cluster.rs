//! A PostgreSQL server of the tests' own, behind a socket in a folder.
#![allow(dead_code)] // Each test crate uses a part of it.

use std::fs;
use std::io::{BufRead, BufReader, Lines, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;

use tempfile::TempDir;

/// Starts a server in a folder, says that it is ready, stops and starts it when told to, and ends it
/// when its input ends, which the system sees to even if the tests are killed. The server refuses to
/// run as root.
const SERVE: &str = r#"
bin=$1 dir=$2 as=
shift 2
cd "$dir"
if [ "$(id -u)" = 0 ]; then
    chown -R postgres "$dir"
    as="setpriv --reuid=postgres --regid=postgres --clear-groups --"
fi
start() {
    $as "$bin/postgres" -D "$dir/data" -k "$dir" -c listen_addresses= -c max_connections=300 \
        "$@" </dev/null >>"$dir/log" 2>&1 &
    server=$!
    until $as "$bin/pg_isready" -q -h "$dir"; do
        kill -0 $server || { cat "$dir/log"; exit 1; }
        sleep 0.1
    done
    echo ready
}
$as "$bin/initdb" --pgdata "$dir/data" --username tests --auth trust --no-sync \
    --encoding UTF8 --locale C >"$dir/log" 2>&1 || { cat "$dir/log"; exit 1; }
start "$@"
while read -r order; do
    case $order in
        start) start "$@" ;;
        stop) kill -QUIT $server; wait $server; echo stopped ;;
    esac
done
kill -INT $server
wait $server
rm -rf "$dir"
"#;

/// The server.
pub(crate) struct Cluster {
    folder: PathBuf,
    shell: Mutex<Shell>,
    // The server ends with the shell's input.
    _process: Child,
}

struct Shell {
    orders: ChildStdin,
    said: Lines<BufReader<ChildStdout>>,
}

impl Cluster {
    pub(crate) fn start() -> Self {
        Self::with(TempDir::new().expect("a folder"), 5432, &[])
    }

    /// A server with further settings (`-c`, `name=value`), which may name files of the folder. It
    /// uses the port if they say that it listens.
    pub(crate) fn with(folder: TempDir, port: u16, settings: &[String]) -> Self {
        let folder = folder.keep();
        let mut process = Command::new("/bin/sh")
            .args(["-c", SERVE, "serve"])
            .args([&programs(), &folder])
            .args(settings)
            .env("PGPORT", port.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let mut shell = Shell {
            orders: process.stdin.take().expect("its input"),
            said: BufReader::new(process.stdout.take().expect("its output")).lines(),
        };
        shell.expect("ready");
        Self {
            folder,
            shell: Mutex::new(shell),
            _process: process,
        }
    }

    /// The folder of its socket, as `host` in settings.
    pub(crate) fn socket(&self) -> &str {
        self.folder.to_str().expect("text")
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// How the paywall is told to use a database.
    pub(crate) fn url(&self, database: &str) -> String {
        let host = self.socket().replace('/', "%2F");
        format!("postgres://tests@{host}/{database}")
    }

    /// Ends it at once, as a crash does: nothing is written any more, all connections break.
    pub(crate) fn crash(&self) {
        let mut shell = self.shell.lock().expect("no panic");
        writeln!(shell.orders, "stop").expect("told");
        shell.expect("stopped");
    }

    /// Starts it after a crash. Once this returns it answers.
    pub(crate) fn start_again(&self) {
        let mut shell = self.shell.lock().expect("no panic");
        writeln!(shell.orders, "start").expect("told");
        shell.expect("ready");
    }
}

impl Shell {
    fn expect(&mut self, word: &str) {
        let said = self.said.next().expect("a line").expect("text");
        let mut rest = || {
            let rest = self.said.by_ref().map_while(Result::ok);
            rest.collect::<Vec<_>>().join("\n")
        };
        assert!(said == word, "{said}\n{}", rest());
    }
}

/// The newest version's folder, as Debian has it.
pub(crate) fn programs() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let folders = versions.filter_map(|entry| Some(entry.ok()?.path().join("bin")));
    let newest = folders
        .filter(|folder| folder.join("initdb").is_file())
        .max();
    newest.expect("PostgreSQL is missing; install it with: apt-get install postgresql")
}
