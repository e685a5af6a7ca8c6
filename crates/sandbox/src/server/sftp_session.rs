//! A client's SFTP session: the import folders as a file system, and what it is still sending.
//!
//! What a client writes is held here until it closes the file; then the file is in its folder, by one event. Where the
//! connection is cut before that, what came is there as it is, as on a real disk, so that it can be gone on with.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use bytes::Bytes;
use jiff::Timestamp;
use russh::Disconnect;
use russh_sftp::protocol::{
    Attrs, Data, File, FileAttributes, FileMode, Handle, Name, OpenFlags, Status, StatusCode,
};

use super::{Shared, chain, host_now, pause};
use crate::event::Event;
use crate::faults::{FileCall, Kind, millis};
use crate::files::{self, FILE_BYTES_MAX, FileDeed, ImportFile, Place};

/// How many files and folders a client may have open.
const HANDLES_MAX: usize = 64;
/// The most bytes that are answered at once.
const READ_MAX: u32 = 256 * 1024;
/// What a file and a folder may be used for, as a listing shows it.
const FILE_MODE: u32 = 0o644;
const FOLDER_MODE: u32 = 0o755;

/// One client's session.
pub(super) struct SftpSession {
    shared: Weak<Shared>,
    /// The connection, so that a fault can cut it.
    connection: russh::server::Handle,
    open: HashMap<String, Open>,
    handles: u64,
}

/// What a client has open.
enum Open {
    /// A folder; what of it is not listed yet.
    Folder(Vec<File>),
    /// A file to be read.
    Read(Bytes, Timestamp),
    /// A file that is being sent.
    Write(Sending),
}

struct Sending {
    path: String,
    bytes: Vec<u8>,
    appends: bool,
}

impl SftpSession {
    pub(super) fn new(shared: Weak<Shared>, connection: russh::server::Handle) -> SftpSession {
        SftpSession { shared, connection, open: HashMap::new(), handles: 0 }
    }

    /// The server, unless it was stopped meanwhile.
    fn shared(&self) -> Result<Arc<Shared>, StatusCode> {
        self.shared.upgrade().ok_or(StatusCode::Failure)
    }

    /// Does what a client asks for, unless a fault wants it otherwise. What it asks for is done at once, without waiting,
    /// so that nothing comes between it and what of the fault follows.
    async fn meeting<T: Send>(
        &mut self,
        call: FileCall,
        path: &str,
        act: impl FnOnce(&mut Self) -> Result<T, StatusCode> + Send,
    ) -> Result<T, StatusCode> {
        let fault = self.shared()?.meet(call, &files::plain(path));
        match fault {
            None | Some(Kind::OtherHostKey) => act(self),
            Some(Kind::Status { code, .. }) => Err(word_of(code)),
            Some(Kind::StatusAfter { code }) => act(self).and(Err(word_of(code))),
            Some(Kind::Delay { ms } | Kind::Drip { ms }) => {
                pause(millis(ms)).await;
                act(self)
            }
            Some(Kind::CutBefore) => Err(self.cut().await),
            Some(Kind::CutAfter) => {
                act(self)?;
                Err(self.cut().await)
            }
        }
    }

    /// Cuts the connection; whatever is answered afterwards doesn't arrive.
    async fn cut(&self) -> StatusCode {
        let said = self.connection.disconnect(Disconnect::ByApplication, String::new(), String::new()).await;
        // It may be gone already.
        drop(said);
        StatusCode::ConnectionLost
    }

    fn keep(&mut self, open: Open) -> Result<String, StatusCode> {
        if self.open.len() >= HANDLES_MAX {
            return Err(StatusCode::Failure);
        }
        self.handles += 1;
        let handle = self.handles.to_string();
        self.open.insert(handle.clone(), open);
        Ok(handle)
    }

    fn act(&self, deed: FileDeed) -> Result<(), StatusCode> {
        let reply = self.shared()?.apply(Event::File(deed)).map_err(|error| {
            tracing::error!(error = %chain(&error), "a file could not be written and is not there");
            StatusCode::Failure
        })?;
        match reply.answer().map_or(500, |answer| answer.status) {
            204 => Ok(()),
            403 => Err(StatusCode::PermissionDenied),
            404 => Err(StatusCode::NoSuchFile),
            _ => Err(StatusCode::Failure),
        }
    }

    fn attributes(&self, path: &str) -> Result<FileAttributes, StatusCode> {
        let path = files::plain(path);
        let sending = self.open.values().find_map(|open| match open {
            Open::Write(sending) if sending.path == path => Some(sending.bytes.len()),
            Open::Write(_) | Open::Folder(_) | Open::Read(..) => None,
        });
        if let Some(size) = sending {
            return Ok(of_file(size, host_now()));
        }
        let shared = self.shared()?;
        let book = shared.book();
        if let Some(file) = book.world().import_file(&path) {
            return Ok(of_file(file.size(), file.since));
        }
        match book.world().settings().import_folders.place(&path) {
            Place::Folder => Ok(of_folder()),
            Place::File(..) | Place::Nowhere => Err(StatusCode::NoSuchFile),
        }
    }

    fn listed(&self, path: &str) -> Result<Vec<File>, StatusCode> {
        let path = files::plain(path);
        let shared = self.shared()?;
        let book = shared.book();
        let folders = &book.world().settings().import_folders;
        if folders.place(&path) != Place::Folder {
            return Err(StatusCode::NoSuchFile);
        }
        let own = [".", ".."].map(str::to_owned).into_iter().chain(folders.inside(&path));
        let mut all: Vec<File> = own.map(|name| File::new(name, of_folder())).collect();
        let above = format!("{}/", path.trim_end_matches('/'));
        let is_inside = |file: &&ImportFile| file.path.strip_prefix(&above) == Some(file.name());
        let inside = book.world().import_files().filter(is_inside);
        all.extend(inside.map(|file| File::new(file.name(), of_file(file.size(), file.since))));
        Ok(all)
    }

    fn open_file(&mut self, path: &str, flags: OpenFlags) -> Result<String, StatusCode> {
        let path = files::plain(path);
        let shared = self.shared()?;
        let book = shared.book();
        let is_file = match book.world().settings().import_folders.place(&path) {
            Place::File(..) => true,
            Place::Folder => return Err(StatusCode::Failure),
            Place::Nowhere => false,
        };
        let there = book.world().import_file(&path).map(|file| (file.bytes.clone(), file.since));
        drop(book);
        if !flags.contains(OpenFlags::WRITE) && !flags.contains(OpenFlags::APPEND) {
            let (bytes, since) = there.ok_or(StatusCode::NoSuchFile)?;
            return self.keep(Open::Read(bytes, since));
        }
        if !is_file {
            return Err(StatusCode::PermissionDenied);
        }
        let bytes = match there {
            Some(_) if flags.contains(OpenFlags::EXCLUDE) => return Err(StatusCode::Failure),
            Some((bytes, _)) if !flags.contains(OpenFlags::TRUNCATE) => bytes.to_vec(),
            Some(_) => Vec::new(),
            None if flags.contains(OpenFlags::CREATE) => Vec::new(),
            None => return Err(StatusCode::NoSuchFile),
        };
        self.keep(Open::Write(Sending { path, bytes, appends: flags.contains(OpenFlags::APPEND) }))
    }

    /// What was open under a handle is closed; a file that was sent is in its folder now.
    fn close_handle(&mut self, handle: &str) -> Result<(), StatusCode> {
        match self.open.remove(handle).ok_or(StatusCode::Failure)? {
            Open::Folder(_) | Open::Read(..) => Ok(()),
            Open::Write(Sending { path, bytes, .. }) => {
                self.act(FileDeed::Put { path, whole: true, bytes: bytes.into() })
            }
        }
    }

    fn sending(&mut self, handle: &str) -> Result<&mut Sending, StatusCode> {
        match self.open.get_mut(handle) {
            Some(Open::Write(sending)) => Ok(sending),
            Some(Open::Folder(_) | Open::Read(..)) => Err(StatusCode::PermissionDenied),
            None => Err(StatusCode::Failure),
        }
    }
}

impl Sending {
    /// Puts bytes in their place; what lies between the end and the place is zero, as on a disk.
    fn write(&mut self, offset: u64, data: &[u8]) -> Result<(), StatusCode> {
        let offset = if self.appends { Some(self.bytes.len()) } else { usize::try_from(offset).ok() };
        let end = offset.and_then(|offset| offset.checked_add(data.len()));
        let (Some(offset), Some(end)) = (offset, end.filter(|end| *end <= FILE_BYTES_MAX)) else {
            return Err(StatusCode::Failure);
        };
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
        }
        self.bytes[offset..end].copy_from_slice(data);
        Ok(())
    }

    fn set(&mut self, attributes: &FileAttributes) -> Result<(), StatusCode> {
        let Some(size) = attributes.size else { return Ok(()) };
        let size = usize::try_from(size).ok().filter(|size| *size <= FILE_BYTES_MAX);
        self.bytes.resize(size.ok_or(StatusCode::Failure)?, 0);
        Ok(())
    }
}

/// What a client did not close is there as far as it came.
impl Drop for SftpSession {
    fn drop(&mut self) {
        let unfinished: Vec<Open> = self.open.drain().map(|(_, open)| open).collect();
        for open in unfinished {
            if let Open::Write(Sending { path, bytes, .. }) = open
                && let Err(status) = self.act(FileDeed::Put { path, whole: false, bytes: bytes.into() })
            {
                tracing::debug!(%status, "what was sent of a file is lost");
            }
        }
    }
}

/// What a fault's status is over SFTP.
fn word_of(status: u16) -> StatusCode {
    match status {
        401 | 403 => StatusCode::PermissionDenied,
        404 => StatusCode::NoSuchFile,
        _ => StatusCode::Failure,
    }
}

fn of_file(size: usize, since: Timestamp) -> FileAttributes {
    attributes(FileMode::REG.bits() | FILE_MODE, size as u64, since)
}

fn of_folder() -> FileAttributes {
    attributes(FileMode::DIR.bits() | FOLDER_MODE, 0, Timestamp::UNIX_EPOCH)
}

fn attributes(permissions: u32, size: u64, since: Timestamp) -> FileAttributes {
    let seconds = u32::try_from(since.as_second()).unwrap_or_default();
    FileAttributes {
        size: Some(size),
        uid: Some(0),
        gid: Some(0),
        permissions: Some(permissions),
        atime: Some(seconds),
        mtime: Some(seconds),
        ..FileAttributes::default()
    }
}

fn ok(id: u32) -> Status {
    Status { id, status_code: StatusCode::Ok, error_message: "Ok".to_owned(), language_tag: "en".to_owned() }
}

impl russh_sftp::server::Handler for SftpSession {
    type Error = StatusCode;

    fn unimplemented(&self) -> StatusCode {
        StatusCode::OpUnsupported
    }

    async fn open(
        &mut self,
        id: u32,
        filename: String,
        pflags: OpenFlags,
        _attrs: FileAttributes,
    ) -> Result<Handle, StatusCode> {
        let open = |session: &mut Self| session.open_file(&filename, pflags);
        let handle = self.meeting(FileCall::Open, &filename, open).await?;
        Ok(Handle { id, handle })
    }

    async fn close(&mut self, id: u32, handle: String) -> Result<Status, StatusCode> {
        self.close_handle(&handle)?;
        Ok(ok(id))
    }

    async fn read(&mut self, id: u32, handle: String, offset: u64, len: u32) -> Result<Data, StatusCode> {
        let Some(Open::Read(bytes, _)) = self.open.get(&handle) else { return Err(StatusCode::Failure) };
        let from = usize::try_from(offset).ok().filter(|from| *from < bytes.len()).ok_or(StatusCode::Eof)?;
        let to = bytes.len().min(from + len.min(READ_MAX) as usize);
        Ok(Data { id, data: bytes[from..to].to_vec() })
    }

    async fn write(
        &mut self,
        id: u32,
        handle: String,
        offset: u64,
        data: Vec<u8>,
    ) -> Result<Status, StatusCode> {
        let path = self.sending(&handle)?.path.clone();
        let write = |session: &mut Self| session.sending(&handle)?.write(offset, &data);
        self.meeting(FileCall::Write, &path, write).await?;
        Ok(ok(id))
    }

    async fn lstat(&mut self, id: u32, path: String) -> Result<Attrs, StatusCode> {
        Ok(Attrs { id, attrs: self.attributes(&path)? })
    }

    async fn stat(&mut self, id: u32, path: String) -> Result<Attrs, StatusCode> {
        Ok(Attrs { id, attrs: self.attributes(&path)? })
    }

    async fn fstat(&mut self, id: u32, handle: String) -> Result<Attrs, StatusCode> {
        let attrs = match self.open.get(&handle) {
            Some(Open::Folder(_)) => of_folder(),
            Some(Open::Read(bytes, since)) => of_file(bytes.len(), *since),
            Some(Open::Write(sending)) => of_file(sending.bytes.len(), host_now()),
            None => return Err(StatusCode::Failure),
        };
        Ok(Attrs { id, attrs })
    }

    /// Clients set times and modes after an upload; there are none to set, which harms nobody.
    async fn setstat(&mut self, id: u32, path: String, attrs: FileAttributes) -> Result<Status, StatusCode> {
        self.attributes(&path)?;
        if attrs.size.is_some() { Err(StatusCode::OpUnsupported) } else { Ok(ok(id)) }
    }

    async fn fsetstat(
        &mut self,
        id: u32,
        handle: String,
        attrs: FileAttributes,
    ) -> Result<Status, StatusCode> {
        self.sending(&handle)?.set(&attrs)?;
        Ok(ok(id))
    }

    async fn opendir(&mut self, id: u32, path: String) -> Result<Handle, StatusCode> {
        let listed = self.meeting(FileCall::List, &path, |session| session.listed(&path)).await?;
        Ok(Handle { id, handle: self.keep(Open::Folder(listed))? })
    }

    async fn readdir(&mut self, id: u32, handle: String) -> Result<Name, StatusCode> {
        let Some(Open::Folder(rest)) = self.open.get_mut(&handle) else { return Err(StatusCode::Failure) };
        /// More would not fit into a packet.
        const NAMES_MAX: usize = 100;
        if rest.is_empty() {
            return Err(StatusCode::Eof);
        }
        Ok(Name { id, files: rest.drain(..rest.len().min(NAMES_MAX)).collect() })
    }

    async fn remove(&mut self, id: u32, filename: String) -> Result<Status, StatusCode> {
        let deed = FileDeed::Remove { path: files::plain(&filename) };
        self.meeting(FileCall::Remove, &filename, |session| session.act(deed)).await?;
        Ok(ok(id))
    }

    async fn mkdir(&mut self, _id: u32, _path: String, _attrs: FileAttributes) -> Result<Status, StatusCode> {
        Err(StatusCode::PermissionDenied)
    }

    async fn rmdir(&mut self, _id: u32, _path: String) -> Result<Status, StatusCode> {
        Err(StatusCode::PermissionDenied)
    }

    async fn realpath(&mut self, id: u32, path: String) -> Result<Name, StatusCode> {
        Ok(Name { id, files: vec![File::dummy(files::plain(&path))] })
    }

    async fn rename(&mut self, id: u32, oldpath: String, newpath: String) -> Result<Status, StatusCode> {
        let deed = FileDeed::Rename { from: files::plain(&oldpath), to: files::plain(&newpath) };
        self.meeting(FileCall::Rename, &oldpath, |session| session.act(deed)).await?;
        Ok(ok(id))
    }
}
