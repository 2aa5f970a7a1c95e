//! The network between the operator and a host: a loopback relay that can be slow, silent, or gone.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

#[derive(Debug, Default)]
struct Line {
    delay_us: AtomicU64,
    /// Bytes a second each way; 0 is as fast as it goes.
    rate: AtomicU64,
    frozen_up: AtomicBool,
    frozen_down: AtomicBool,
    refusing: AtomicBool,
    closed: AtomicBool,
    connections: AtomicUsize,
    up: AtomicU64,
    down: AtomicU64,
    /// Cut when this many bytes went up; 0 is never.
    cut_at: AtomicU64,
    open: Mutex<HashMap<usize, Pair>>,
}

/// Bytes, and when they were read.
type Stamped = (Instant, Vec<u8>);

#[derive(Debug)]
struct Pair {
    ends: [TcpStream; 2],
    directions: u8,
}

/// A relay to one port, gone when dropped.
#[derive(Debug)]
pub struct Relay {
    port: u16,
    line: Arc<Line>,
    thread: Option<JoinHandle<()>>,
}

impl Relay {
    /// A perfect line to `to` on loopback.
    pub fn to(to: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let line = Arc::new(Line::default());
        let thread = thread::spawn({
            let line = Arc::clone(&line);
            move || line.listen(&listener, to)
        });
        Self { port, line, thread: Some(thread) }
    }

    /// Where to connect.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// From now on bytes take this long, each way: half a round trip.
    pub fn delay(&self, one_way: Duration) {
        self.line.delay_us.store(one_way.as_micros().try_into().unwrap(), SeqCst);
    }

    /// From now on this many bytes a second, each way; 0 lifts it.
    pub fn trickle(&self, bytes_a_second: u64) {
        self.line.rate.store(bytes_a_second, SeqCst);
    }

    /// Nothing goes through any more and nobody is told: a pulled cable, a sleeping laptop.
    pub fn freeze(&self) {
        self.freeze_up();
        self.freeze_down();
    }

    /// Half of that: the host hears nothing any more, and is heard.
    pub fn freeze_up(&self) {
        self.line.frozen_up.store(true, SeqCst);
    }

    /// The other half: the host hears, and is not heard.
    pub fn freeze_down(&self) {
        self.line.frozen_down.store(true, SeqCst);
    }

    /// What was held back goes on.
    pub fn thaw(&self) {
        self.line.frozen_up.store(false, SeqCst);
        self.line.frozen_down.store(false, SeqCst);
    }

    /// Ends every connection on both sides at once. New ones are let through, unless [`Self::refuse`]d.
    pub fn cut(&self) {
        self.line.cut();
    }

    /// Cuts all connections, once, when `bytes` more have gone up: the middle of an upload.
    pub fn cut_after(&self, bytes: u64) {
        self.line.cut_at.store(self.up() + bytes, SeqCst);
    }

    /// Ends new connections before the first byte (or lets them in again).
    pub fn refuse(&self, yes: bool) {
        self.line.refusing.store(yes, SeqCst);
    }

    /// Connections that were let through, ever.
    pub fn connections(&self) -> usize {
        self.line.connections.load(SeqCst)
    }

    /// Connections that are open now.
    pub fn open(&self) -> usize {
        self.line.open.lock().unwrap().len()
    }

    /// Bytes that went from the operator to the host.
    pub fn up(&self) -> u64 {
        self.line.up.load(SeqCst)
    }

    /// Bytes that went from the host to the operator.
    pub fn down(&self) -> u64 {
        self.line.down.load(SeqCst)
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.line.closed.store(true, SeqCst);
        self.line.cut();
        let _ = TcpStream::connect(("127.0.0.1", self.port)); // wakes the listener
        let _ = self.thread.take().unwrap().join();
    }
}

impl Line {
    fn listen(self: &Arc<Self>, listener: &TcpListener, to: u16) {
        for client in listener.incoming() {
            if self.closed.load(SeqCst) {
                return;
            }
            let Ok(client) = client else { continue };
            if self.refusing.load(SeqCst) {
                continue;
            }
            let Ok(host) = TcpStream::connect(("127.0.0.1", to)) else { continue };
            let id = self.connections.fetch_add(1, SeqCst);
            let _ = (client.set_nodelay(true), host.set_nodelay(true));
            let pair = Pair { ends: [client.try_clone().unwrap(), host.try_clone().unwrap()], directions: 2 };
            self.open.lock().unwrap().insert(id, pair);
            let (client2, host2) = (client.try_clone().unwrap(), host.try_clone().unwrap());
            self.pump(id, client, host, |l| (&l.up, &l.frozen_up));
            self.pump(id, host2, client2, |l| (&l.down, &l.frozen_down));
        }
    }

    /// One direction: a reader that stamps what it reads, and a writer that keeps to the delay and the rate.
    fn pump(
        self: &Arc<Self>,
        id: usize,
        mut from: TcpStream,
        to: TcpStream,
        direction: fn(&Self) -> (&AtomicU64, &AtomicBool),
    ) {
        let (send, receive) = sync_channel(256);
        thread::spawn(move || {
            let mut buffer = vec![0; 16 * 1024];
            while let Ok(n @ 1..) = from.read(&mut buffer) {
                if send.send((Instant::now(), buffer[..n].to_vec())).is_err() {
                    break;
                }
            } // dropping the sender ends the writer when it has written all
        });
        let line = Arc::clone(self);
        thread::spawn(move || {
            let _ = line.write(id, &to, &receive, direction(&line));
            let _ = to.shutdown(Shutdown::Write);
            line.direction_ended(id);
        });
    }

    fn write(
        &self,
        id: usize,
        mut to: &TcpStream,
        from: &Receiver<Stamped>,
        (count, frozen): (&AtomicU64, &AtomicBool),
    ) -> io::Result<()> {
        let mut due_by_rate = Instant::now();
        for (read_at, bytes) in from {
            let due = read_at + Duration::from_micros(self.delay_us.load(SeqCst));
            thread::sleep(due.saturating_duration_since(Instant::now()));
            let mut rest = &bytes[..];
            while !rest.is_empty() {
                while frozen.load(SeqCst) && self.is_open(id) {
                    thread::sleep(Duration::from_millis(5));
                }
                let rate = self.rate.load(SeqCst);
                let n = if rate == 0 { rest.len() } else { rest.len().min((rate as usize).div_ceil(50)) };
                count.fetch_add(n as u64, SeqCst); // before whoever waits for the bytes can look
                to.write_all(&rest[..n])?;
                rest = &rest[n..];
                if rate > 0 {
                    // A late wake-up is made up for, so that a busy machine has the same line.
                    let behind = Instant::now().checked_sub(Duration::from_millis(200)).unwrap_or(due_by_rate);
                    due_by_rate = due_by_rate.max(behind) + Duration::from_secs_f64(n as f64 / rate as f64);
                    thread::sleep(due_by_rate.saturating_duration_since(Instant::now()));
                }
            }
            let at = self.cut_at.load(SeqCst);
            if at > 0 && self.up.load(SeqCst) >= at {
                self.cut_at.store(0, SeqCst);
                self.cut();
            }
        }
        Ok(())
    }

    fn is_open(&self, id: usize) -> bool {
        self.open.lock().unwrap().contains_key(&id)
    }

    fn direction_ended(&self, id: usize) {
        let mut open = self.open.lock().unwrap();
        let Some(pair) = open.get_mut(&id) else { return };
        pair.directions -= 1;
        if pair.directions == 0 {
            open.remove(&id);
        }
    }

    fn cut(&self) {
        for (_, pair) in self.open.lock().unwrap().drain() {
            for end in pair.ends {
                let _ = end.shutdown(Shutdown::Both);
            }
        }
    }
}
