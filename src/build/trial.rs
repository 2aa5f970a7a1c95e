//! `[build] test`: the project's own command, run in a clean checkout.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::process::Command;

use crate::model::{Exit, Failure, Version};

/// How much of the end of its output a failure shows.
const SHOWN: usize = 16 << 10;
/// How long output is waited for once the command has ended: something that it started may hold on to it for ever.
const LINGER: Duration = Duration::from_millis(300);

/// Runs it to its end. Its output goes to `output` as it comes.
///
/// # Errors
/// It can't be started, or does not end with 0.
pub async fn run(
    command: &str,
    root: &Path,
    version: &Version,
    commit: &str,
    output: &mut dyn FnMut(&[u8]),
) -> Result<(), Failure> {
    let failed = |what: String| Failure::new(Exit::Failed, "[build] test", what);
    let mut child = Command::new("sh")
        .arg("-c")
        .arg(format!("exec 2>&1\n{command}"))
        .current_dir(root)
        .env("RELEASE_VERSION", version.as_str())
        .env("RELEASE_COMMIT", commit)
        // The checkout is no repository, and what is above it is none of its business.
        .env("GIT_CEILING_DIRECTORIES", root.parent().unwrap_or(root))
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GIT_INDEX_FILE")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| failed("can't be started".into()).why(error.to_string()))?;
    let mut pipe = child.stdout.take();
    let mut tail = Vec::new();
    let mut buffer = vec![0; 64 << 10];
    let mut ended = None;
    while let Some(from) = &mut pipe {
        let read = tokio::select! {
            biased;
            read = from.read(&mut buffer) => read.unwrap_or(0),
            status = child.wait(), if ended.is_none() => {
                ended = Some(status);
                continue;
            }
            () = tokio::time::sleep(LINGER), if ended.is_some() => 0,
        };
        if read == 0 {
            pipe = None;
            continue;
        }
        output(&buffer[..read]);
        tail.extend_from_slice(&buffer[..read]);
        // Twice as much is kept, so that there is more than is shown when something was left out.
        if tail.len() > 4 * SHOWN {
            tail.drain(..tail.len() - 2 * SHOWN);
        }
    }
    let status = match ended {
        Some(status) => status,
        None => child.wait().await,
    };
    let status = status.map_err(|error| failed("can't be waited for".into()).why(error.to_string()))?;
    if status.success() {
        return Ok(());
    }
    Err(failed(format!("did not pass: {command}"))
        .why(status.to_string())
        .detail(last(&tail))
        .hint("fix it, commit, and build again; -v shows all of its output"))
}

/// The last lines that fit.
fn last(output: &[u8]) -> String {
    let text = String::from_utf8_lossy(output);
    let from = text.len().saturating_sub(SHOWN);
    let start = text.char_indices().map(|(at, _)| at).find(|at| *at >= from).unwrap_or(0);
    let shown = &text[start..];
    match shown.split_once('\n') {
        Some((_, rest)) if start > 0 => format!("...\n{rest}"),
        _ => shown.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn ran(command: &str) -> (Result<(), Failure>, String) {
        let dir = tempfile::tempdir().unwrap();
        let mut seen = Vec::new();
        let version = "1.0".parse().unwrap();
        let result = run(command, dir.path(), &version, "abc", &mut |bytes| seen.extend_from_slice(bytes)).await;
        (result, String::from_utf8(seen).unwrap())
    }

    fn wait(command: &str) -> (Result<(), Failure>, String) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(ran(command))
    }

    #[test]
    fn both_of_its_outputs_come_in_order_and_it_knows_what_it_tests() {
        let (result, seen) = wait("echo out; echo err >&2; echo $RELEASE_VERSION $RELEASE_COMMIT; cat");
        assert_eq!((result, seen.as_str()), (Ok(()), "out\nerr\n1.0 abc\n"));
    }

    #[test]
    fn a_failure_shows_the_end_of_what_it_said() {
        let (result, _) = wait("seq 1 100000; echo 'not ok 7'; exit 3");
        let failure = result.unwrap_err();
        assert_eq!(failure.exit, Exit::Failed);
        let detail = failure.detail.unwrap();
        assert!(detail.starts_with("...\n") && detail.ends_with("100000\nnot ok 7\n"), "{detail}");
        assert!(detail.len() <= SHOWN + 4 && failure.why.unwrap().contains('3'));
    }

    #[test]
    fn what_it_leaves_running_holds_nobody_up() {
        let began = std::time::Instant::now();
        let (result, seen) = wait("sleep 20 & echo started");
        assert_eq!((result, seen.as_str()), (Ok(()), "started\n"));
        assert!(began.elapsed() < Duration::from_secs(10));
    }
}
