//! How long a whole answer may take: a host that sends a byte now and then is as silent as one that sends none.

use std::time::Duration;

use tokio::time::Instant;

use super::channel::{Channel, Line, LinkLost};

/// What any line that is in use can carry, in bytes a second.
const SLOWEST: f64 = 1024.0;

/// What a line costs besides its bytes: empty ones are work, too.
const LINE_COST: usize = 32;

/// The time and the bytes that one answer has. The time grows with what has come, at the pace of the slowest line.
pub struct Patience {
    until: Instant,
    left: usize,
}

/// Why an answer is not waited for any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// The connection is gone, or the far end closed it.
    Lost,
    /// Nothing came in time, or too little.
    Slow,
    /// More came than an answer has.
    Endless,
}

impl From<LinkLost> for Over {
    fn from(_: LinkLost) -> Self {
        Self::Lost
    }
}

impl Patience {
    /// For an answer that begins now.
    pub fn new(time: Duration, bytes: usize) -> Self {
        Self { until: Instant::now() + time, left: bytes }
    }

    /// The next line of the answer.
    ///
    /// # Errors
    /// There is no whole answer to wait for.
    pub async fn line(&mut self, channel: &mut Channel) -> Result<Line, Over> {
        let line = self.bounded(channel.line()).await;
        if line == Err(Over::Lost) && channel.is_endless() { Err(Over::Endless) } else { line }
    }

    /// The same, as text.
    ///
    /// # Errors
    /// There is no whole answer to wait for.
    pub async fn text(&mut self, channel: &mut Channel) -> Result<String, Over> {
        self.line(channel).await.map(|line| String::from_utf8_lossy(&line).into_owned())
    }

    /// Waits for a line that comes in some other way.
    ///
    /// # Errors
    /// There is no whole answer to wait for.
    pub async fn bounded(&mut self, line: impl Future<Output = Option<Line>>) -> Result<Line, Over> {
        let line = tokio::time::timeout_at(self.until, line).await.map_err(|_| Over::Slow)?.ok_or(Over::Lost)?;
        let bytes = line.len() + 1;
        self.left = self.left.checked_sub(line.len() + LINE_COST).ok_or(Over::Endless)?;
        self.until += Duration::from_secs_f64(bytes as f64 / SLOWEST);
        Ok(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncWriteExt as _;

    const TIME: Duration = Duration::from_secs(60);

    /// What came of an answer whose far end sends `piece` each `pause`, for ever.
    async fn answer(piece: &'static [u8], pause: Duration, bytes: usize) -> (Over, usize) {
        let (mut far, near) = tokio::io::duplex(1 << 16);
        tokio::spawn(async move {
            while far.write_all(piece).await.is_ok() {
                tokio::time::sleep(pause).await;
            }
        });
        let mut channel = Channel::new(tokio::io::sink(), near, ());
        let mut patience = Patience::new(TIME, bytes);
        let mut lines = 0;
        loop {
            match patience.line(&mut channel).await {
                Ok(_) => lines += 1,
                Err(over) => return (over, lines),
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn trickle_is_over_in_bounded_time_in_bytes_and_in_lines() {
        let began = Instant::now();
        assert_eq!(answer(b"x", Duration::from_secs(1), 1 << 20).await, (Over::Slow, 0));
        let (over, lines) = answer(b"a line\n", Duration::from_secs(1), 1 << 20).await;
        assert!(over == Over::Slow && lines > 50, "{over:?} {lines}");
        assert!(began.elapsed() < 3 * TIME, "{:?}", began.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn flood_is_over_after_its_bytes_and_a_slow_line_has_its_time() {
        assert_eq!(answer(b"123456789\n", Duration::ZERO, 4100).await, (Over::Endless, 100));
        // 8 KB/s for 1,000 s.
        let line = const {
            &{
                let mut line = [b'x'; 8000];
                line[7999] = b'\n';
                line
            }
        };
        assert_eq!(answer(line, Duration::from_secs(1), 8_031_000).await, (Over::Endless, 1000));
    }
}
