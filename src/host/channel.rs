//! A channel: lines to the host's script, lines from it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::{Semaphore, mpsc};

/// The longest line that is taken from a host, in bytes; what is over is dropped.
const LINE_MAX: usize = 1 << 20;

/// So many bytes wait at most to be taken, or one line that is longer: a host that talks without end is held back.
const WAITING_MAX: u32 = 1 << 20;

/// How much of a line is dropped before the host counts as one that never ends it.
const DROPPED_MAX: usize = 64 << 20;

/// Set as the longest line: what comes is not cut into lines at all.
const NO_LINES: usize = usize::MAX;

/// The connection is gone, or the far end closed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the connection is lost")]
pub struct LinkLost;

/// Why there is no new channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoChannel {
    /// The connection is gone.
    #[error("the connection is lost")]
    Lost,
    /// The server allows no more of them.
    #[error("the server opens no more sessions")]
    Refused,
}

impl From<LinkLost> for NoChannel {
    fn from(_: LinkLost) -> Self {
        Self::Lost
    }
}

/// One line, without its end: any bytes.
pub type Line = Vec<u8>;

/// Lines that wait to be taken.
struct Inbox {
    lines: mpsc::Receiver<Line>,
    /// The bytes that may still come.
    room: Arc<Semaphore>,
}

impl Inbox {
    async fn take(&mut self) -> Option<Line> {
        let line = self.lines.recv().await?;
        self.room.add_permits(weight(&line) as usize);
        Some(line)
    }
}

/// What a line takes of the room.
fn weight(line: &Line) -> u32 {
    u32::try_from(line.len()).unwrap_or(u32::MAX).clamp(1, WAITING_MAX)
}

/// Both directions of a channel.
pub struct Channel {
    /// To the host; `None` once it was closed.
    writer: Option<Box<dyn AsyncWrite + Send + Unpin>>,
    inbox: Inbox,
    /// The longest line that is taken, in bytes.
    line_max: Arc<AtomicUsize>,
    /// A line came that never ended; nothing is read behind it.
    endless: Arc<AtomicBool>,
    /// What must live as long as the channel does.
    _keep: Box<dyn std::any::Any + Send>,
}

impl Channel {
    /// Joins both ends; `keep` is dropped with the channel.
    pub fn new(
        writer: impl AsyncWrite + Send + Unpin + 'static,
        reader: impl AsyncRead + Send + Unpin + 'static,
        keep: impl Send + 'static,
    ) -> Self {
        let (sender, lines) = mpsc::channel(64);
        let room = Arc::new(Semaphore::new(WAITING_MAX as usize));
        let line_max = Arc::new(AtomicUsize::new(LINE_MAX));
        let endless = Arc::new(AtomicBool::new(false));
        let out = Outbox { sender, room: room.clone(), endless: endless.clone() };
        tokio::spawn(read_lines(reader, out, line_max.clone()));
        Self { writer: Some(Box::new(writer)), inbox: Inbox { lines, room }, line_max, endless, _keep: Box::new(keep) }
    }

    /// Whether it was closed here, because a line never ended.
    pub fn is_endless(&self) -> bool {
        self.endless.load(Ordering::Relaxed)
    }

    /// Takes longer lines from here on: of a database's catalog, which is one line.
    pub fn take_lines_up_to(&self, bytes: usize) {
        self.line_max.store(bytes, Ordering::Relaxed);
    }

    /// Takes bytes as they come from here on, in pieces instead of lines: of a file. To be said before they are asked for.
    pub fn take_bytes(&self) {
        self.line_max.store(NO_LINES, Ordering::Relaxed);
    }

    /// Sends text and a line's end.
    ///
    /// # Errors
    /// The connection is lost.
    pub async fn send(&mut self, text: &str) -> Result<(), LinkLost> {
        let mut bytes = Vec::with_capacity(text.len() + 1);
        bytes.extend_from_slice(text.as_bytes());
        bytes.push(b'\n');
        self.send_bytes(&bytes).await
    }

    /// Sends bytes as they are.
    ///
    /// # Errors
    /// The connection is lost.
    pub async fn send_bytes(&mut self, bytes: &[u8]) -> Result<(), LinkLost> {
        let writer = self.writer.as_mut().ok_or(LinkLost)?;
        writer.write_all(bytes).await.map_err(|_| LinkLost)?;
        writer.flush().await.map_err(|_| LinkLost)
    }

    /// Tells the host that there is no more to come.
    pub async fn finish(&mut self) {
        if let Some(mut writer) = self.writer.take() {
            // The far end may be gone already; then there is nobody to tell.
            let _ = writer.shutdown().await;
        }
    }

    /// The next line; `None` when the host closed its end or the connection is lost.
    pub async fn line(&mut self) -> Option<Line> {
        self.inbox.take().await
    }

    /// The next line as text, if it comes in time.
    ///
    /// # Errors
    /// It did not, or the connection is lost.
    pub async fn text_within(&mut self, time: Duration) -> Result<String, LinkLost> {
        match tokio::time::timeout(time, self.line()).await {
            Ok(Some(line)) => Ok(String::from_utf8_lossy(&line).into_owned()),
            _ => Err(LinkLost),
        }
    }

    /// The same channel, with something more that lives as long.
    pub fn keeping(mut self, keep: impl Send + 'static) -> Self {
        let inner = std::mem::replace(&mut self._keep, Box::new(()));
        self._keep = Box::new((inner, keep));
        self
    }

    /// Takes the channel apart, for two tasks.
    pub fn split(self) -> (Sender, Receiver) {
        (Sender { writer: self.writer }, Receiver { inbox: self.inbox, _keep: self._keep })
    }
}

/// The direction to the host.
pub struct Sender {
    writer: Option<Box<dyn AsyncWrite + Send + Unpin>>,
}

impl Sender {
    /// Sends text and a line's end.
    ///
    /// # Errors
    /// The connection is lost.
    pub async fn send(&mut self, text: &str) -> Result<(), LinkLost> {
        let writer = self.writer.as_mut().ok_or(LinkLost)?;
        let line = format!("{text}\n");
        writer.write_all(line.as_bytes()).await.map_err(|_| LinkLost)?;
        writer.flush().await.map_err(|_| LinkLost)
    }
}

/// The direction from the host.
pub struct Receiver {
    inbox: Inbox,
    _keep: Box<dyn std::any::Any + Send>,
}

impl Receiver {
    /// The next line; `None` when the host closed its end or the connection is lost.
    pub async fn line(&mut self) -> Option<Line> {
        self.inbox.take().await
    }
}

/// Where lines are put.
struct Outbox {
    sender: mpsc::Sender<Line>,
    room: Arc<Semaphore>,
    endless: Arc<AtomicBool>,
}

impl Outbox {
    /// Waits until there is room. `false`: nobody takes them any more.
    async fn put(&self, line: Line) -> bool {
        tokio::select! {
            // Never closed, so always granted in the end.
            permit = self.room.acquire_many(weight(&line)) => {
                permit.map(tokio::sync::SemaphorePermit::forget).is_ok() && self.sender.send(line).await.is_ok()
            }
            () = self.sender.closed() => false,
        }
    }
}

async fn read_lines(mut reader: impl AsyncRead + Unpin, out: Outbox, line_max: Arc<AtomicUsize>) {
    let mut chunk = vec![0; 16 * 1024];
    let (mut line, mut dropped) = (Vec::new(), 0);
    loop {
        let got = match reader.read(&mut chunk).await {
            Ok(0) | Err(_) => return,
            Ok(got) => got,
        };
        let max = line_max.load(Ordering::Relaxed);
        if max == NO_LINES {
            if !out.put(chunk[..got].to_vec()).await {
                return;
            }
            continue;
        }
        let mut pieces = chunk[..got].split(|byte| *byte == b'\n').peekable();
        while let Some(piece) = pieces.next() {
            let taken = piece.len().min(max.saturating_sub(line.len()));
            line.extend_from_slice(&piece[..taken]);
            dropped += piece.len() - taken;
            let ends = pieces.peek().is_some();
            let endless = dropped > DROPPED_MAX;
            if endless {
                out.endless.store(true, Ordering::Relaxed);
            }
            if (ends || endless) && !out.put(std::mem::take(&mut line)).await {
                return;
            }
            if endless {
                return;
            }
            if ends {
                dropped = 0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lines_come_whole_and_bounded() {
        let (mut far, near) = tokio::io::duplex(1 << 16);
        let mut channel = Channel::new(tokio::io::sink(), near, ());
        tokio::spawn(async move {
            let _ = far.write_all(b"one\ntw").await;
            let _ = far.write_all(b"o\n").await;
            let long = vec![b'x'; LINE_MAX + 100];
            let _ = far.write_all(&long).await;
            let _ = far.write_all(b"\nlast\ncut").await;
        });
        assert_eq!(channel.line().await.unwrap(), b"one");
        assert_eq!(channel.line().await.unwrap(), b"two");
        assert_eq!(channel.line().await.unwrap().len(), LINE_MAX);
        assert_eq!(channel.line().await.unwrap(), b"last");
        assert_eq!(channel.line().await, None, "a cut line is no line");
    }

    #[tokio::test]
    async fn flood_is_held_back_by_bytes_whoever_takes_none() {
        let (mut far, near) = tokio::io::duplex(1 << 16);
        let mut channel = Channel::new(tokio::io::sink(), near, ());
        channel.take_lines_up_to(256 << 20);
        let sent = Arc::new(AtomicUsize::new(0));
        let count = sent.clone();
        tokio::spawn(async move {
            let line = [vec![b'x'; 900 << 10], vec![b'\n']].concat();
            while far.write_all(&line).await.is_ok() {
                count.fetch_add(line.len(), Ordering::Relaxed);
            }
        });
        // Nothing else runs here: after so many turns whoever could go on has gone on.
        for _ in 0..10_000 {
            tokio::task::yield_now().await;
        }
        assert!(sent.load(Ordering::Relaxed) < 4 << 20, "{}", sent.load(Ordering::Relaxed));
        assert_eq!(channel.line().await.map(|line| line.len()), Some(900 << 10));
    }

    #[tokio::test]
    async fn bytes_come_as_they_are() {
        let (mut far, near) = tokio::io::duplex(1 << 16);
        let mut channel = Channel::new(tokio::io::sink(), near, ());
        far.write_all(b"a line\n").await.unwrap();
        assert_eq!(channel.line().await.unwrap(), b"a line");
        channel.take_bytes();
        let sent: Vec<u8> = (0..100_000_u32).map(|n| (n % 251) as u8).collect();
        let expected = sent.clone();
        tokio::spawn(async move { far.write_all(&sent).await });
        let mut got = Vec::new();
        while let Some(piece) = channel.line().await {
            got.extend(piece);
        }
        assert!(got == expected, "{} bytes", got.len());
    }
}
