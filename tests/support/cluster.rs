//! A PostgreSQL server of the tests' own, behind a socket in a folder.
#![allow(dead_code)] // Each test crate uses a part of it.

use std::fs;
use std::io::{BufRead, BufReader, Lines, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;

use tempfile::TempDir;

/// Starts a server in a folder, says that it is ready, does to it what it is told, and ends it
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
everybody() {
    echo "$server" $(cat "/proc/$server/task/$server/children")
}
if [ -n "$PRIMARY" ]; then
    $as "$bin/pg_basebackup" --pgdata "$dir/data" --host "$PRIMARY" --username tests --no-sync \
        --checkpoint fast --write-recovery-conf >"$dir/log" 2>&1 || { cat "$dir/log"; exit 1; }
elif [ ! -d "$dir/data" ]; then
    $as "$bin/initdb" --pgdata "$dir/data" --username tests --auth trust --no-sync \
    --encoding UTF8 --locale C >"$dir/log" 2>&1 || { cat "$dir/log"; exit 1; }
fi
start "$@"
while read -r order; do
    case $order in
        start) start "$@" ;;
        stop) kill -QUIT $server 2>/dev/null; wait $server 2>/dev/null; server=; echo stopped ;;
        kill) kill -STOP $server; kill -KILL $(everybody); wait $server 2>/dev/null; server=; echo killed ;;
        freeze) kill -STOP $server; kill -STOP $(everybody); echo frozen ;;
        thaw) kill -CONT $(everybody); echo thawed ;;
        promote) $as "$bin/pg_ctl" promote --wait --pgdata "$dir/data" >>"$dir/log"; echo promoted ;;
    esac
done
if [ -n "$server" ]; then
    kill -CONT $(everybody)
    kill -INT $server
    wait $server
fi
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

    /// A server with further settings (`-c`, `name=value`), which may name files of the folder. Of
    /// the data in the folder's `data`, if they are there already, such as a base backup. It
    /// uses the port if they say that it listens.
    pub(crate) fn with(folder: TempDir, port: u16, settings: &[String]) -> Self {
        Self::make(folder.keep(), port, settings, None)
    }

    /// A copy of it that follows it, and without which it acknowledges no commit from now on.
    pub(crate) fn with_standby(&self) -> Self {
        let folder = TempDir::new().expect("a folder");
        let standby = Self::make(folder.keep(), 5432, &[], Some(self.socket()));
        self.run("ALTER SYSTEM SET synchronous_standby_names = '*'");
        self.run("SELECT pg_reload_conf()");
        let follows = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'";
        while self.run(follows) != "1" {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        standby
    }

    fn make(folder: PathBuf, port: u16, settings: &[String], primary: Option<&str>) -> Self {
        let mut process = Command::new("/bin/sh")
            .args(["-c", SERVE, "serve"])
            .args([&programs(), &folder])
            .args(settings)
            .env("PGPORT", port.to_string())
            .env("PRIMARY", primary.unwrap_or_default())
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

    /// Runs one statement, and returns what it answers as text.
    pub(crate) fn run(&self, statement: &str) -> String {
        self.try_run(statement).expect("it works")
    }

    /// The same, or what the client says is wrong.
    pub(crate) fn try_run(&self, statement: &str) -> Result<String, String> {
        let output = Command::new(programs().join("psql"))
            .args([
                "-X",
                "-A",
                "-t",
                "-h",
                self.socket(),
                "-U",
                "tests",
                "-d",
                "postgres",
            ])
            .args(["-c", statement])
            .output()
            .expect("psql");
        let text = |bytes| String::from_utf8(bytes).expect("text").trim().to_owned();
        match output.status.success() {
            true => Ok(text(output.stdout)),
            false => Err(text(output.stderr)),
        }
    }

    /// Ends it at once, as a crash does: nothing is written any more, all connections break.
    pub(crate) fn crash(&self) {
        self.order("stop", "stopped");
    }

    /// Starts it after a crash. Once this returns it answers.
    pub(crate) fn start_again(&self) {
        self.order("start", "ready");
    }

    /// `kill -9` of all its processes.
    pub(crate) fn kill(&self) {
        self.order("kill", "killed");
    }

    /// From now on it does nothing, and closes nothing.
    pub(crate) fn freeze(&self) {
        self.order("freeze", "frozen");
    }

    /// It goes on.
    pub(crate) fn thaw(&self) {
        self.order("thaw", "thawed");
    }

    /// From now on it takes writes, and follows nobody.
    pub(crate) fn promote(&self) {
        self.order("promote", "promoted");
    }

    fn order(&self, order: &str, done: &str) {
        let mut shell = self.shell.lock().expect("no panic");
        writeln!(shell.orders, "{order}").expect("told");
        shell.expect(done);
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
