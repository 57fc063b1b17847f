//! PgBouncer in transaction mode in front of a server of the tests' own.
#![allow(dead_code)] // Each test crate uses a part of it.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::cluster::Cluster;

/// It ends with this value.
pub(crate) struct PgBouncer {
    process: Child,
    port: u16,
    database: String,
    file: PathBuf,
}

impl PgBouncer {
    /// With fewer sessions than its clients have, so that they share them.
    pub(crate) fn start(cluster: &Cluster, database: &str) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = socket.local_addr().expect("an address").port();
        drop(socket);
        let file = cluster.folder().join(format!("pgbouncer-{database}.ini"));
        std::fs::write(file.with_extension("users"), "\"tests\" \"\"\n").expect("written");
        write(&file, cluster, database, port);
        let mut command = Command::new("/usr/sbin/pgbouncer");
        // It refuses to run as root.
        if std::fs::metadata("/proc/self").is_ok_and(|own| is_root(&own)) {
            command.args(["--user", "postgres"]);
        }
        let process = command
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("PgBouncer is missing; install it with: apt-get install pgbouncer");
        Self {
            process,
            port,
            database: database.to_owned(),
            file,
        }
    }

    /// From now on it leads to this server.
    pub(crate) fn point_at(&self, cluster: &Cluster) {
        write(&self.file, cluster, &self.database, self.port);
        let mut reload = Command::new("kill");
        reload.args(["-HUP", &self.process.id().to_string()]);
        assert!(reload.status().expect("kill").success());
    }

    /// How a store is told to use a database through it.
    pub(crate) fn settings(&self, database: &str) -> String {
        format!(
            "host=127.0.0.1 port={} user=tests dbname={database}",
            self.port
        )
    }

    /// The same as a URL.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://tests@127.0.0.1:{}/{database}", self.port)
    }
}

fn write(file: &Path, cluster: &Cluster, database: &str, port: u16) {
    let settings = format!(
        "[databases]\n{database} = host={host} dbname={database}\n\
         [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
         auth_type = trust\nauth_file = {users}\npool_mode = transaction\ndefault_pool_size = 2\n\
         server_login_retry = 1\n",
        host = cluster.socket(),
        users = file.with_extension("users").display(),
    );
    std::fs::write(file, settings).expect("written");
}

fn is_root(metadata: &std::fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::uid(metadata) == 0
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
