//! Files read for an answer: a small one at once, so that its bytes leave in one piece with the headers.
//!
//! A path was looked up right before, to find its price. So looking once more and opening it wait for
//! nothing, and on Linux neither does reading what lies in memory. Only what has to come from the disk is
//! left to threads that may wait: two visits to them were a tenth of a paid answer's time and more.

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

async fn open(path: &Path) -> io::Result<Opened> {
    let file = File::open(path)?;
    let about = About::of(&file.metadata()?);
    if about.is_folder || about.length > SMALL {
        return Ok(Opened::Large(file.into(), about));
    }
    let bytes = match in_memory(&file, about.length) {
        Some(bytes) => bytes,
        None => spawn_blocking(move || on_disk(&file, about.length))
            .await
            .map_err(io::Error::other)??,
    };
    let length = bytes.len() as u64;
    Ok(Opened::Small(Cursor::new(bytes), About { length, ..about }))
}

/// The whole file, if the disk isn't needed for it.
#[cfg(target_os = "linux")]
fn in_memory(file: &File, length: u64) -> Option<Vec<u8>> {
    use rustix::io::{ReadWriteFlags, preadv2};
    let mut bytes = vec![0; usize::try_from(length).ok()?];
    let mut places = [io::IoSliceMut::new(&mut bytes)];
    let read = preadv2(file, &mut places, 0, ReadWriteFlags::NOWAIT).ok()?;
    (read == bytes.len()).then_some(bytes)
}

#[cfg(not(target_os = "linux"))]
fn in_memory(_: &File, _: u64) -> Option<Vec<u8>> {
    None
}

/// One that grows meanwhile is cut, one that shrinks is announced as long as it is.
fn on_disk(file: &File, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

impl Backend for Files {
    type File = Opened;
    type Metadata = About;
    type OpenFuture = Pin<Box<dyn Future<Output = io::Result<Opened>> + Send>>;
    type MetadataFuture = Ready<io::Result<About>>;

    fn open(&self, path: PathBuf) -> Self::OpenFuture {
        Box::pin(async move { open(&path).await })
    }

    fn metadata(&self, path: PathBuf) -> Self::MetadataFuture {
        ready(std::fs::metadata(path).map(|metadata| About::of(&metadata)))
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

#[cfg(test)]
mod tests {
    use std::io::{Seek, Write};

    use super::*;

    #[test]
    fn a_file_is_the_same_from_memory_and_from_the_disk() {
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(b"0123456789").expect("written");
        for (length, expected) in [(10, "0123456789"), (4, "0123"), (0, "")] {
            if cfg!(target_os = "linux") {
                let bytes = in_memory(&file, length).expect("just written");
                assert_eq!(bytes, expected.as_bytes());
            }
            file.rewind().expect("at its beginning");
            let bytes = on_disk(&file, length).expect("read");
            assert_eq!(bytes, expected.as_bytes());
        }
        assert_eq!(in_memory(&file, 11), None, "it has become shorter");
    }
}
