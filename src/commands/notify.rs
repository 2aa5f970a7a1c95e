//! `[notify]`: a command of the operator's hears of each operation, from this machine and after its end.
//!
//! The hosts' ledgers are the truth, and this is a courtesy: it does not run where this process dies, it may fail and it may
//! hang, and nothing of that changes what became of the operation.

use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStderr, Command};

use super::Context;
use crate::agent::journal::End;
use crate::fleet::Ended;
use crate::model::target::{Notify, Target};
use crate::model::{Exit, HostPlan, Plan};
use crate::plan::Ending;
use crate::ui;

/// So much of what the command says on stderr is read.
const SAID_MAX: usize = 64 << 10;

/// How long its last words may take to come.
const LAST_WORDS: Duration = Duration::from_millis(300);

/// Tells the target's command of an operation that some host took up; what never began is in no ledger either.
pub async fn notify(context: &mut Context, target: &Target, plan: &Plan, ended: &Ended, exit: Exit, summary: &str) {
    let Some(notify) = target.notify.as_ref().filter(|_| ended.endings.iter().any(began)) else { return };
    let now = (context.clock)().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let document = record(target, plan, &ended.endings, exit, summary, &now);
    let directory = context.project();
    let told = tokio::select! {
        told = tell(notify, &directory, &document) => told,
        Some(()) = context.interrupts.recv() => Err("interrupted".into()),
    };
    if let Err(why) = told {
        ui::warn(&context.ui, &format!("the command of [notify] failed: {why}; the operation is as it was said"));
    }
}

fn began(ending: &Ending) -> bool {
    !matches!(ending.how, Some(End::Locked | End::Frozen | End::Stale | End::Refused))
}

/// The operation as one JSON document: what the ledgers say of it, and how each host ended.
fn record(target: &Target, plan: &Plan, endings: &[Ending], exit: Exit, summary: &str, now: &str) -> Value {
    let first = plan.hosts.first();
    // What goes into the ledger of each host but for what differs from host to host.
    let noted = first.map(|host| format!("{{{}}}", host.record)).unwrap_or_default();
    let mut all: Map<String, Value> = serde_json::from_str(&noted).unwrap_or_default();
    let began = all.remove("at");
    let host = |(host, ending): (&HostPlan, &Ending)| {
        json!({"host": host.host, "state": ending.state(), "live": ending.live, "previous": host.was,
            "detail": Some(&ending.text).filter(|text| !text.is_empty())})
    };
    let hosts: Vec<Value> = plan.hosts.iter().zip(endings).map(host).collect();
    let of_client = json!({
        "app": target.app, "target": target.name, "operation": first.map(|host| &host.operation), "verb": plan.verb,
        "subject": plan.subject, "outcome": exit.word(), "exit": exit.code(), "summary": summary,
        "began": began, "ended": now, "hosts": hosts,
    });
    if let Value::Object(members) = of_client {
        all.extend(members);
    }
    Value::Object(all)
}

/// Runs the command with the document on its stdin. It has all the time it is given, and no more.
async fn tell(notify: &Notify, directory: &Path, document: &Value) -> Result<(), String> {
    let mut command = Command::new("sh");
    // Of its own group, so that Ctrl-C reaches us alone and all that it started can be ended.
    command.args(["-c", &notify.command]).current_dir(directory).process_group(0);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    let group = Group(child.id());
    let result = tokio::time::timeout(notify.timeout, talk(&mut child, document)).await;
    let seconds = notify.timeout.as_secs_f32();
    let result = result.unwrap_or_else(|_| Err(format!("it took more than {seconds} s and was ended")));
    match result {
        // What it has left running may go on: `curl ... &` is no failure.
        Ok(()) => group.leave(),
        Err(_) => drop(group),
    }
    result
}

async fn talk(child: &mut Child, document: &Value) -> Result<(), String> {
    let (stdin, stderr) = (child.stdin.take(), child.stderr.take());
    let line = format!("{document}\n");
    let send = async move {
        if let Some(mut stdin) = stdin {
            // One that does not read it has its reasons.
            let _ = stdin.write_all(line.as_bytes()).await;
        }
    };
    let said = Arc::new(Mutex::new(Vec::new()));
    let mut hearing = tokio::spawn(hear(stderr, said.clone()));
    let status = tokio::join!(child.wait(), send).0.map_err(|error| error.to_string())?;
    // Its last words may be on their way; but what it has left running may hold the pipe for ever.
    let _ = tokio::time::timeout(LAST_WORDS, &mut hearing).await;
    hearing.abort();
    if status.success() {
        return Ok(());
    }
    let said = said.lock().map(|said| String::from_utf8_lossy(&said).into_owned()).unwrap_or_default();
    let last = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("and said nothing");
    let how = status.code().map_or_else(|| "killed by a signal".into(), |code| format!("exit {code}"));
    Err(format!("{how}: {last}"))
}

/// Reads to the end, so that it never blocks, and keeps what came first.
async fn hear(stderr: Option<ChildStderr>, said: Arc<Mutex<Vec<u8>>>) {
    let Some(mut stderr) = stderr else { return };
    let mut piece = [0; 4096];
    while let Ok(got) = stderr.read(&mut piece).await {
        if got == 0 {
            return;
        }
        // Of much output the end is what matters; of very much, the beginning has to do.
        if let Ok(mut said) = said.lock()
            && said.len() < SAID_MAX
        {
            said.extend(&piece[..got]);
        }
    }
}

/// A process group that is killed when this is dropped.
struct Group(Option<u32>);

impl Group {
    fn leave(mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.0 {
            // Gone already is as good.
            let _ = std::process::Command::new("sh").args(["-c", &format!("kill -s KILL -- -{leader}")]).output();
        }
    }
}
