//! Poolers that share sessions between transactions, as far as the start of a session goes.
#![allow(dead_code)] // Each test crate uses a part of it.

use std::path::PathBuf;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream, UnixStream};

/// What a pooler does with the options of a session.
#[derive(Clone)]
pub(crate) enum Options {
    /// It refuses the session, as PgBouncer does.
    Refused,
    /// It leaves them out before the server at this socket, as PgBouncer does that is told to
    /// (`ignore_startup_parameters`).
    Dropped(PathBuf),
}

/// Listens on the port that it returns, until the runtime ends.
pub(crate) async fn start(options: Options) -> u16 {
    let socket = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = socket.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((client, _)) = socket.accept().await {
            tokio::spawn(serve(client, options.clone()));
        }
    });
    port
}

async fn serve(mut client: TcpStream, options: Options) -> std::io::Result<()> {
    let mut startup = message(&mut client).await?;
    // An encrypted connection is declined.
    if startup.len() == 4 {
        client.write_all(b"N").await?;
        startup = message(&mut client).await?;
    }
    match options {
        Options::Refused => {
            let fields = b"SFATAL\0C08P01\0Munsupported startup parameter: options\0\0";
            client.write_all(b"E").await?;
            client.write_all(&with_length(fields)).await
        }
        Options::Dropped(server) => {
            let mut server = UnixStream::connect(server).await?;
            server
                .write_all(&with_length(&without_options(&startup)))
                .await?;
            copy_bidirectional(&mut client, &mut server).await?;
            Ok(())
        }
    }
}

/// A message without its length, which counts its own four bytes.
async fn message(client: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let length = client.read_u32().await?;
    let mut message = vec![0; length as usize - 4];
    client.read_exact(&mut message).await?;
    Ok(message)
}

fn with_length(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len() + 4).expect("a short message");
    [&length.to_be_bytes(), message].concat()
}

/// The version of the protocol, then names and values, each with a zero at its end, and one more zero.
fn without_options(startup: &[u8]) -> Vec<u8> {
    let (version, parameters) = startup.split_at(4);
    let texts: Vec<_> = parameters.split(|byte| *byte == 0).collect();
    let mut kept = version.to_vec();
    for pair in texts.chunks(2).filter(|pair| !pair[0].is_empty()) {
        if pair[0] != b"options" {
            kept.extend([pair[0], b"\0", pair[1], b"\0"].concat());
        }
    }
    kept.push(0);
    kept
}
