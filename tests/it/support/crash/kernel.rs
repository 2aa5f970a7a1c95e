//! What the tracer asks of the kernel: `ptrace`, `seccomp` and `waitpid`, each in one small function.
#![allow(unsafe_code)] // There is no other way to call them.

use std::io;
use std::mem::{offset_of, size_of};
use std::ptr;

use libc::{c_int, c_long, c_void, pid_t, sock_filter};

use super::calls::{self, WRITES, When};

/// What a traced process stopped at.
#[derive(Debug, PartialEq)]
pub enum Stop {
    /// It is over; the status as `wait` gives it.
    Ended(c_int),
    /// It is about to make a call of the filter.
    Call,
    /// A call that was to be seen through has been made.
    Made,
    /// It runs another program; it was this thread before.
    Execed(pid_t),
    /// A signal of this number is about to be delivered.
    Signal(c_int),
    /// It has a new child or thread, which will stop too.
    Forked(pid_t),
    /// Something else that needs no answer.
    Other,
}

const OPTIONS: c_int = libc::PTRACE_O_TRACESECCOMP
    | libc::PTRACE_O_TRACESYSGOOD
    | libc::PTRACE_O_TRACEFORK
    | libc::PTRACE_O_TRACEVFORK
    | libc::PTRACE_O_TRACECLONE
    | libc::PTRACE_O_TRACEEXEC
    | libc::PTRACE_O_EXITKILL;

fn checked(result: c_long) -> io::Result<c_long> {
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

fn ptrace(request: libc::c_uint, pid: pid_t, address: usize, data: usize) -> io::Result<c_long> {
    // SAFETY: address and data are what the request wants; each caller says so.
    checked(unsafe { libc::ptrace(request, pid, address as *mut c_void, data as *mut c_void) })
}

/// In the child, before it runs its program: to be traced, and to stop at the calls of the filter. Allocates nothing.
pub fn be_traced(filter: &[sock_filter]) -> io::Result<()> {
    ptrace(libc::PTRACE_TRACEME, 0, 0, 0)?;
    let program = libc::sock_fprog {
        len: u16::try_from(filter.len()).map_err(|_| io::ErrorKind::InvalidInput)?,
        filter: filter.as_ptr().cast_mut(),
    };
    // SAFETY: plain calls; the program outlives the last of them.
    unsafe {
        // Root needs it not, and a set-user-id program of the tree would do without its rights.
        if libc::geteuid() != 0 {
            checked(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0).into())?;
        }
        let mode = libc::SECCOMP_MODE_FILTER;
        checked(libc::prctl(libc::PR_SET_SECCOMP, mode, ptr::from_ref(&program)).into())?;
    }
    Ok(())
}

/// Follows the whole tree below a child that has stopped for the first time; it ends with the tracer.
pub fn follow(pid: pid_t) -> io::Result<()> {
    ptrace(libc::PTRACE_SETOPTIONS, pid, 0, usize::try_from(OPTIONS).map_err(io::Error::other)?).map(drop)
}

/// Goes on, with this signal (0: none). A process that has been killed meanwhile is no error.
pub fn resume(pid: pid_t, signal: c_int) {
    let _ = ptrace(libc::PTRACE_CONT, pid, 0, usize::try_from(signal).unwrap_or(0));
}

/// Goes on until the call is made.
pub fn see_through(pid: pid_t) {
    let _ = ptrace(libc::PTRACE_SYSCALL, pid, 0, 0);
}

/// Ends a traced process.
pub fn kill(pid: pid_t) {
    // SAFETY: the pid is that of a process that was not waited for yet.
    unsafe { libc::kill(pid, libc::SIGKILL) };
}

/// Waits for the next process that this very thread traces; nothing when there is none any more, and
/// [`io::ErrorKind::Interrupted`] when [`wake`] said so.
pub fn wait() -> io::Result<Option<(pid_t, Stop)>> {
    let mut status = 0;
    // SAFETY: the status is ours.
    let pid = unsafe { libc::waitpid(-1, &raw mut status, libc::__WALL | libc::__WNOTHREAD) };
    if pid == -1 {
        let error = io::Error::last_os_error();
        return if error.raw_os_error() == Some(libc::ECHILD) { Ok(None) } else { Err(error) };
    }
    Ok(Some((pid, stop_of(pid, status))))
}

fn stop_of(pid: pid_t, status: c_int) -> Stop {
    if !libc::WIFSTOPPED(status) {
        return Stop::Ended(status);
    }
    match (libc::WSTOPSIG(status), status >> 16) {
        (_, libc::PTRACE_EVENT_SECCOMP) => Stop::Call,
        (_, libc::PTRACE_EVENT_EXEC) => Stop::Execed(message(pid)),
        (_, libc::PTRACE_EVENT_FORK | libc::PTRACE_EVENT_VFORK | libc::PTRACE_EVENT_CLONE) => {
            Stop::Forked(message(pid))
        }
        (_, event) if event != 0 => Stop::Other,
        (signal, _) if signal == libc::SIGTRAP | 0x80 => Stop::Made,
        (signal, _) => Stop::Signal(signal),
    }
}

fn message(pid: pid_t) -> pid_t {
    let mut message: libc::c_ulong = 0;
    let _ = ptrace(libc::PTRACE_GETEVENTMSG, pid, 0, ptr::from_mut(&mut message) as usize);
    pid_t::try_from(message).unwrap_or(pid)
}

/// Number and arguments of the call that a process is about to make; nothing when it was killed meanwhile.
pub fn call_of(pid: pid_t) -> Option<(u64, [u64; 6])> {
    // SAFETY: zeroes are a value of it.
    let mut info: libc::ptrace_syscall_info = unsafe { std::mem::zeroed() };
    let size = size_of::<libc::ptrace_syscall_info>();
    ptrace(libc::PTRACE_GET_SYSCALL_INFO, pid, size, ptr::from_mut(&mut info) as usize).ok()?;
    if info.op != libc::PTRACE_SYSCALL_INFO_SECCOMP {
        return None;
    }
    // SAFETY: `op` tells which one it is.
    let call = unsafe { info.u.seccomp };
    Some((call.nr, call.args))
}

/// The call that a process is about to make is not made, and fails with this.
#[cfg(target_arch = "x86_64")]
pub fn fail(pid: pid_t, errno: c_int) -> io::Result<()> {
    let registers =
        [(offset_of!(libc::user_regs_struct, orig_rax), -1), (offset_of!(libc::user_regs_struct, rax), -errno)];
    for (offset, value) in registers {
        ptrace(libc::PTRACE_POKEUSER, pid, offset, isize::try_from(value).map_err(io::Error::other)?.cast_unsigned())?;
    }
    Ok(())
}

/// The call that a process is about to make is not made, and fails with this.
#[cfg(target_arch = "aarch64")]
pub fn fail(pid: pid_t, errno: c_int) -> io::Result<()> {
    const NT_ARM_SYSTEM_CALL: usize = 0x404;
    const NT_PRSTATUS: usize = 1;
    fn part<T>(value: &mut T) -> libc::iovec {
        libc::iovec { iov_base: ptr::from_mut(value).cast(), iov_len: size_of::<T>() }
    }
    let mut none: c_int = -1;
    let vector = part(&mut none);
    ptrace(libc::PTRACE_SETREGSET, pid, NT_ARM_SYSTEM_CALL, ptr::from_ref(&vector) as usize)?;
    // SAFETY: zeroes are a value of it.
    let mut registers: libc::user_regs_struct = unsafe { std::mem::zeroed() };
    let vector = part(&mut registers);
    ptrace(libc::PTRACE_GETREGSET, pid, NT_PRSTATUS, ptr::from_ref(&vector) as usize)?;
    registers.regs[0] = i64::from(-errno).cast_unsigned();
    let vector = part(&mut registers);
    ptrace(libc::PTRACE_SETREGSET, pid, NT_PRSTATUS, ptr::from_ref(&vector) as usize).map(drop)
}

/// The filter: stops at each call that changes something (`talk`: also at those that say something), and at no other.
pub fn filter(talk: bool) -> Vec<sock_filter> {
    let number = u32::try_from(offset_of!(libc::seccomp_data, nr)).unwrap();
    let flags = |n: u32| u32::try_from(offset_of!(libc::seccomp_data, args)).unwrap() + 8 * n;
    let load = |at| step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, at);
    let give = |what| step(libc::BPF_RET | libc::BPF_K, 0, 0, what);
    let mut program = vec![load(number)];
    for call in calls::all() {
        let is =
            |yes, no| step(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, yes, no, u32::try_from(call.number).unwrap());
        match call.when {
            When::Talk if !talk => {}
            When::Always | When::Talk => program.extend([is(0, 1), give(libc::SECCOMP_RET_TRACE)]),
            When::Flags(n) => program.extend([
                is(0, 4),
                load(flags(n)),
                step(libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K, 0, 1, WRITES),
                give(libc::SECCOMP_RET_TRACE),
                give(libc::SECCOMP_RET_ALLOW),
            ]),
        }
    }
    program.push(give(libc::SECCOMP_RET_ALLOW));
    program
}

fn step(code: u32, yes: u8, no: u8, value: u32) -> sock_filter {
    sock_filter { code: u16::try_from(code).unwrap(), jt: yes, jf: no, k: value }
}

/// A thread that [`wait`]s, to be woken by another.
#[derive(Debug, Clone, Copy)]
pub struct Waiter(libc::pthread_t);

impl Waiter {
    /// This thread.
    pub fn me() -> Self {
        extern "C" fn nothing(_: c_int) {}
        // SAFETY: a handler that does nothing, so that the signal interrupts a call and no more.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = nothing as extern "C" fn(c_int) as usize;
            libc::sigaction(libc::SIGURG, &raw const action, ptr::null_mut());
            Self(libc::pthread_self())
        }
    }

    /// Interrupts its [`wait`], if it is in one. The thread has to be there still.
    pub fn wake(self) {
        // SAFETY: the caller keeps the thread.
        unsafe { libc::pthread_kill(self.0, libc::SIGURG) };
    }
}
