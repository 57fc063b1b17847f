//! A PostgreSQL server of our own.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;

/// Starts a server in a folder, says that it is ready, and ends it when its input ends, which the
/// system sees to even if the tests are killed. The server refuses to run as root.
const SERVE: &str = r#"
bin=$1 dir=$2 as=
cd "$dir"
if [ "$(id -u)" = 0 ]; then
    chown postgres "$dir"
    as="setpriv --reuid=postgres --regid=postgres --clear-groups --"
fi
$as "$bin/initdb" --pgdata "$dir/data" --username tests --auth trust --no-sync \
    --encoding UTF8 --locale C >"$dir/log" 2>&1 || { cat "$dir/log"; exit 1; }
$as "$bin/postgres" -D "$dir/data" -k "$dir" -c listen_addresses= -c max_connections=300 \
    </dev/null >>"$dir/log" 2>&1 &
server=$!
until $as "$bin/pg_isready" -q -h "$dir"; do
    kill -0 $server || { cat "$dir/log"; exit 1; }
    sleep 0.1
done
echo ready
cat >/dev/null
kill -INT $server
wait $server
rm -rf "$dir"
"#;

static SERVER: OnceLock<PathBuf> = OnceLock::new();

/// The folder of the server's socket.
pub(crate) fn server() -> &'static PathBuf {
    SERVER.get_or_init(|| {
        let folder = TempDir::new().expect("a folder").keep();
        let mut shell = Command::new("/bin/sh")
            .args(["-c", SERVE, "serve"])
            .args([programs(), folder.clone()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let mut lines = BufReader::new(shell.stdout.take().expect("its output")).lines();
        let said = lines.next().expect("a line").expect("text");
        let rest = || lines.map_while(Result::ok).collect::<Vec<_>>().join("\n");
        assert!(said == "ready", "{said}\n{}", rest());
        // Its input stays open as long as this process lives.
        std::mem::forget(shell);
        folder
    })
}

/// The newest version's folder, as Debian has it.
fn programs() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let folders = versions.filter_map(|entry| Some(entry.ok()?.path().join("bin")));
    let newest = folders
        .filter(|folder| folder.join("initdb").is_file())
        .max();
    newest.expect("PostgreSQL is missing; install it with: apt-get install postgresql")
}
