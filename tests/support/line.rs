//! A network between a program and a PostgreSQL server, which fails when told to.

use std::path::PathBuf;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;

/// What becomes of connections.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum State {
    /// They are carried.
    Up,
    /// Nothing is carried any more, and nothing is closed.
    Dark,
    /// They are closed.
    Cut,
}

/// It ends with the runtime.
pub(crate) struct Line {
    pub(crate) port: u16,
    state: watch::Sender<State>,
}

impl Line {
    /// To the socket in this folder.
    pub(crate) async fn to(folder: &str) -> Self {
        let target = PathBuf::from(folder).join(".s.PGSQL.5432");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (state, seen) = watch::channel(State::Up);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, target.clone(), seen.clone()));
            }
        });
        Self { port, state }
    }

    /// From now on, for connections that are there and for new ones. What was dark or cut stays so.
    pub(crate) fn set(&self, state: State) {
        self.state.send(state).expect("it carries");
    }
}

async fn carry(mut client: TcpStream, target: PathBuf, mut state: watch::Receiver<State>) {
    let mut server = UnixStream::connect(target).await.ok();
    let carried = async {
        if let Some(server) = &mut server {
            let _ = copy_bidirectional(&mut client, server).await;
        }
    };
    let failed = async {
        state
            .wait_for(|state| *state != State::Up)
            .await
            .map(|state| *state)
    };
    tokio::select! {
        biased;
        failed = failed => {
            if matches!(failed, Ok(State::Dark)) {
                let _ = state.wait_for(|state| *state == State::Cut).await;
            }
        }
        () = carried => {}
    }
}
