//! The system calls that change files, and where each of them names what it changes.

use libc::c_long;

/// Which argument of a call names a file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Place {
    /// A path, from the working directory on.
    Path(usize),
    /// A path, from the directory behind the descriptor in the first of both arguments on.
    At(usize, usize),
    /// An open descriptor.
    Fd(usize),
}

/// When a call changes something.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum When {
    Always,
    /// When the argument with the open flags says that it will be written to.
    Flags(u32),
    /// Only for who asks for every call: it has no file below a directory.
    Talk,
}

/// One call of the table.
#[derive(Debug)]
pub struct Call {
    pub number: c_long,
    pub name: &'static str,
    pub when: When,
    pub places: &'static [Place],
}

/// Flags of `open` that are no mere reading.
#[allow(clippy::cast_sign_loss)] // Flags are bits.
pub const WRITES: u32 = (libc::O_WRONLY | libc::O_RDWR | libc::O_CREAT | libc::O_TRUNC) as u32;

macro_rules! calls {
    ($($when:expr; $($number:ident $name:literal $places:expr),* ;)*) => {
        &[$($(Call { number: libc::$number, name: $name, when: $when, places: &$places }),*),*]
    };
}

use Place::{At, Fd, Path};

/// What both machines have.
static COMMON: &[Call] = calls![
    When::Flags(2); SYS_openat "openat" [At(0, 1)];
    When::Always;
    // Its flags are behind a pointer.
    SYS_openat2 "openat2" [At(0, 1)],
    SYS_write "write" [Fd(0)],
    SYS_pwrite64 "pwrite" [Fd(0)],
    SYS_writev "writev" [Fd(0)],
    SYS_pwritev "pwritev" [Fd(0)],
    SYS_pwritev2 "pwritev2" [Fd(0)],
    SYS_renameat "renameat" [At(0, 1), At(2, 3)],
    SYS_renameat2 "renameat2" [At(0, 1), At(2, 3)],
    SYS_linkat "linkat" [At(2, 3)],
    SYS_symlinkat "symlinkat" [At(1, 2)],
    SYS_unlinkat "unlinkat" [At(0, 1)],
    SYS_mkdirat "mkdirat" [At(0, 1)],
    SYS_mknodat "mknodat" [At(0, 1)],
    SYS_fchmodat "fchmodat" [At(0, 1)],
    SYS_fchmod "fchmod" [Fd(0)],
    SYS_fchownat "fchownat" [At(0, 1)],
    SYS_fchown "fchown" [Fd(0)],
    SYS_utimensat "utimensat" [At(0, 1)],
    SYS_truncate "truncate" [Path(0)],
    SYS_ftruncate "ftruncate" [Fd(0)],
    SYS_fallocate "fallocate" [Fd(0)],
    SYS_fsync "fsync" [Fd(0)],
    SYS_fdatasync "fdatasync" [Fd(0)],
    SYS_syncfs "syncfs" [Fd(0)],
    SYS_sync_file_range "sync_file_range" [Fd(0)],
    SYS_copy_file_range "copy_file_range" [Fd(2)],
    SYS_sendfile "sendfile" [Fd(0)],
    SYS_splice "splice" [Fd(2)],
    SYS_setxattr "setxattr" [Path(0)],
    SYS_lsetxattr "lsetxattr" [Path(0)],
    SYS_fsetxattr "fsetxattr" [Fd(0)];
    When::Talk; SYS_sendto "sendto" [Fd(0)], SYS_sendmsg "sendmsg" [Fd(0)], SYS_connect "connect" [Fd(0)];
];

/// What only the older machine has.
#[cfg(target_arch = "x86_64")]
static OLDER: &[Call] = calls![
    When::Flags(1); SYS_open "open" [Path(0)];
    When::Always;
    SYS_creat "creat" [Path(0)],
    SYS_rename "rename" [Path(0), Path(1)],
    SYS_link "link" [Path(1)],
    SYS_symlink "symlink" [Path(1)],
    SYS_unlink "unlink" [Path(0)],
    SYS_rmdir "rmdir" [Path(0)],
    SYS_mkdir "mkdir" [Path(0)],
    SYS_mknod "mknod" [Path(0)],
    SYS_chmod "chmod" [Path(0)],
    SYS_chown "chown" [Path(0)],
    SYS_lchown "lchown" [Path(0)],
    SYS_utime "utime" [Path(0)],
    SYS_utimes "utimes" [Path(0)],
    SYS_futimesat "futimesat" [At(0, 1)];
];
#[cfg(not(target_arch = "x86_64"))]
static OLDER: &[Call] = &[];

/// Every call of the table.
pub fn all() -> impl Iterator<Item = &'static Call> {
    COMMON.iter().chain(OLDER)
}

/// The call of this number.
pub fn numbered(number: u64) -> Option<&'static Call> {
    all().find(|call| u64::try_from(call.number) == Ok(number))
}
