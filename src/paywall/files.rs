//! Files read for an answer: a small one at once, so that its bytes leave in one piece with the headers,
//! after a single visit to the threads that wait for the disk. Open, look, read and look for the end one
//! after the other would be four.

use std::fs::File;
use std::future::{Future, Ready, ready};
use std::io::{self, Cursor, Read, SeekFrom};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::SystemTime;

use tokio::io::{AsyncRead, AsyncSeek, ReadBuf};
use tokio::task::spawn_blocking;
use tower_http::services::fs::{Backend, File as ServedFile, Metadata};

/// The most bytes of a file that is read at once; tower-http reads larger ones in pieces of as many.
const SMALL: u64 = 64 * 1024;

/// The files of this machine.
#[derive(Clone, Copy, Debug)]
pub(super) struct Files;

/// A file that was opened.
#[derive(Debug)]
pub(super) enum Opened {
    /// All of it is here.
    Small(Cursor<Vec<u8>>, About),
    /// It is read as it is sent.
    Large(tokio::fs::File, About),
}

/// What an answer says of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct About {
    is_folder: bool,
    length: u64,
    modified: Option<SystemTime>,
}

impl About {
    fn of(metadata: &std::fs::Metadata) -> Self {
        Self {
            is_folder: metadata.is_dir(),
            length: metadata.len(),
            modified: metadata.modified().ok(),
        }
    }
}

fn open(path: &Path) -> io::Result<Opened> {
    let mut file = File::open(path)?;
    let about = About::of(&file.metadata()?);
    if about.is_folder || about.length > SMALL {
        return Ok(Opened::Large(file.into(), about));
    }
    let mut bytes = Vec::new();
    // One that grows meanwhile is cut, one that shrinks is announced as long as it is.
    (&mut file).take(about.length).read_to_end(&mut bytes)?;
    let length = bytes.len() as u64;
    Ok(Opened::Small(Cursor::new(bytes), About { length, ..about }))
}

type Waiting<T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send>>;

/// Waits for the disk where that holds nobody up.
fn wait<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Waiting<T> {
    Box::pin(async { spawn_blocking(work).await.map_err(io::Error::other)? })
}

impl Backend for Files {
    type File = Opened;
    type Metadata = About;
    type OpenFuture = Waiting<Opened>;
    type MetadataFuture = Waiting<About>;

    fn open(&self, path: PathBuf) -> Self::OpenFuture {
        wait(move || open(&path))
    }

    fn metadata(&self, path: PathBuf) -> Self::MetadataFuture {
        wait(move || Ok(About::of(&std::fs::metadata(path)?)))
    }
}

impl ServedFile for Opened {
    type Metadata = About;
    type MetadataFuture<'a> = Ready<io::Result<About>>;

    fn metadata(&self) -> Self::MetadataFuture<'_> {
        let (Self::Small(_, about) | Self::Large(_, about)) = self;
        ready(Ok(*about))
    }
}

impl Metadata for About {
    fn is_dir(&self) -> bool {
        self.is_folder
    }

    fn modified(&self) -> io::Result<SystemTime> {
        self.modified
            .ok_or_else(|| io::ErrorKind::Unsupported.into())
    }

    fn len(&self) -> u64 {
        self.length
    }
}

impl AsyncRead for Opened {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Small(bytes, _) => Pin::new(bytes).poll_read(context, buffer),
            Self::Large(file, _) => Pin::new(file).poll_read(context, buffer),
        }
    }
}

impl AsyncSeek for Opened {
    fn start_seek(self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()> {
        match self.get_mut() {
            Self::Small(bytes, _) => Pin::new(bytes).start_seek(position),
            Self::Large(file, _) => Pin::new(file).start_seek(position),
        }
    }

    fn poll_complete(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<u64>> {
        match self.get_mut() {
            Self::Small(bytes, _) => Pin::new(bytes).poll_complete(context),
            Self::Large(file, _) => Pin::new(file).poll_complete(context),
        }
    }
}
