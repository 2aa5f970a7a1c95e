//! The least HTTP client: one GET and one connection, or a connection that is kept; two seconds for each answer.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Its status.
    pub status: u16,
    /// Its headers, as they came.
    pub headers: String,
    /// Its body.
    pub body: String,
}

impl Reply {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        let of = |line: &'_ str| line.split_once(": ").map(|(n, _)| n.eq_ignore_ascii_case(name)).unwrap_or(false);
        Some(self.headers.lines().find(|l| of(l))?.split_once(": ")?.1)
    }
}

/// The longest that anything is waited for.
const BOUND: Duration = Duration::from_secs(2);

fn connect(port: u16) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&SocketAddr::from(([127, 0, 0, 1], port)), BOUND)?;
    stream.set_read_timeout(Some(BOUND))?;
    stream.set_write_timeout(Some(BOUND))?;
    Ok(stream)
}

fn status(line: &str) -> io::Result<u16> {
    let bad = || io::Error::new(io::ErrorKind::InvalidData, format!("no HTTP: {line:?}"));
    line.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(bad)
}

/// GETs a path from a loopback port.
pub fn get(port: u16, path: &str) -> io::Result<Reply> {
    let mut stream = connect(port)?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n")?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let bad = || io::Error::new(io::ErrorKind::InvalidData, format!("no HTTP: {text:?}"));
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(bad)?;
    let (first, headers) = head.split_once("\r\n").unwrap_or((head, ""));
    Ok(Reply { status: status(first)?, headers: headers.into(), body: body.into() })
}

/// A connection that is used again and again.
#[derive(Debug)]
pub struct Kept(BufReader<TcpStream>);

impl Kept {
    /// To a loopback port.
    pub fn open(port: u16) -> io::Result<Self> {
        let stream = connect(port)?;
        stream.set_nodelay(true)?;
        Ok(Self(BufReader::new(stream)))
    }

    /// GETs a path so many times at once; ends at the first answer that does not come.
    pub fn get(&mut self, path: &str, times: usize) -> Vec<io::Result<Reply>> {
        let requests = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").repeat(times);
        if let Err(e) = self.0.get_mut().write_all(requests.as_bytes()) {
            return vec![Err(e)];
        }
        let mut replies = Vec::with_capacity(times);
        while replies.len() < times && !matches!(replies.last(), Some(Err(_))) {
            replies.push(self.reply());
        }
        replies
    }

    fn reply(&mut self) -> io::Result<Reply> {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if self.0.read_line(&mut head)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let (first, headers) = head.split_once("\r\n").unwrap_or((&head, ""));
        let mut reply = Reply { status: status(first)?, headers: headers.trim_end().into(), body: String::new() };
        let length = reply.header("Content-Length").and_then(|length| length.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        self.0.read_exact(&mut body)?;
        reply.body = String::from_utf8_lossy(&body).into_owned();
        Ok(reply)
    }
}
