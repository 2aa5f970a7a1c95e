//! Looking: one channel, one round trip, nothing changed.

use std::path::Path;
use std::sync::Arc;

use tokio::sync::Semaphore;

use super::{Fleet, LOOK_TIME, Member, Uploads};
use crate::agent::{self, answers, wire, wire::Question};
use crate::host::{Channel, Connection, NoChannel, Over, Patience};
use crate::model::target::{Address, Host, Target};
use crate::model::{Exit, Failure, Observed};

/// How many lines of noise a login may print before our script speaks.
const NOISE_MAX: usize = 1000;

/// How much of a line of noise is shown, in characters.
const NOISE_SHOWN: usize = 200;

/// How many bytes of noise.
const NOISE_BYTES: usize = 16 << 20;

/// How many bytes a host may say of itself; a large ledger is a hundredth of it.
const ANSWER_MAX: usize = 16 << 20;

/// The most bytes of an operation's output that are asked back.
const LOG_MAX: usize = 256 << 20;

/// So many connections are being made at a time: each is an `ssh` that computes keys.
const DOORS: usize = 64;

/// What a host with two channels takes of our open files, and what we have open ourselves.
const FILES_OF_HOST: usize = 10;
const FILES_OF_OURS: usize = 64;

/// Refuses a target with more hosts than can be connected at the same time, as an operation has to.
pub fn enough_files(target: &Target) -> Result<(), Failure> {
    let need = target.hosts.len() * FILES_OF_HOST + FILES_OF_OURS;
    // Where the limit can't be read, it will tell.
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let Some(limit) = line.and_then(|rest| rest.split_whitespace().next()?.parse::<usize>().ok()) else {
        return Ok(());
    };
    if need <= limit {
        return Ok(());
    }
    let what = format!("its {} hosts need {need} open files, and {limit} are allowed", target.hosts.len());
    Err(Failure::refused(&target.name, what).hint(format!("ulimit -n {need}, or make several targets of it")))
}

pub async fn all(
    target: &Target,
    questions: &[Question],
    control: &Path,
    uploads: Uploads,
) -> Vec<Result<Member, Failure>> {
    let mut tasks = Vec::new();
    let doors = Arc::new(Semaphore::new(DOORS));
    for (at, host) in target.hosts.iter().enumerate() {
        let (host, target, questions) = (host.clone(), target.clone(), questions.to_vec());
        // A directory for each, so that its socket's name stays short and its config its own.
        let control = control.join(at.to_string());
        let doors = doors.clone();
        tasks.push(tokio::spawn(async move { one(&host, &target, &questions, &control, uploads, &doors).await }));
    }
    let mut results = Vec::with_capacity(tasks.len());
    for (task, host) in tasks.into_iter().zip(&target.hosts) {
        results.push(task.await.unwrap_or_else(|_| Err(Failure::refused(&host.name, "looking at it failed inside"))));
    }
    results
}

async fn one(
    host: &Host,
    target: &Target,
    questions: &[Question],
    control: &Path,
    uploads: Uploads,
    doors: &Semaphore,
) -> Result<Member, Failure> {
    tokio::fs::create_dir_all(control).await.map_err(|error| {
        Failure::refused(&host.name, "can't make a directory for the connection").why(error.to_string())
    })?;
    // Never closed, so always granted.
    let door = doors.acquire().await;
    let connection = Connection::open(host, &target.ssh, control).await?;
    drop(door);
    let base = base_of(host, target);
    // The channel for the upload is opened while the host is looked at: that costs no time of its own.
    let spare = async {
        match uploads {
            Uploads::Follow => connection.channel().await.map(Some).or_else(|none| match none {
                NoChannel::Refused => Err(too_few_sessions(host, uploads)),
                // Whether that is more than an accident, the look tells.
                NoChannel::Lost => Ok(None),
            }),
            Uploads::None => Ok(None),
        }
    };
    let looking = async {
        let mut channel = connection.channel().await.map_err(|none| match none {
            NoChannel::Refused => too_few_sessions(host, uploads),
            NoChannel::Lost => silent(host),
        })?;
        // All in one go: an answer for each would be a round trip for each.
        let request = format!("{}\n{}", wire::hello(target, &base), wire::look(questions));
        let sent = channel.send(&request).await;
        // Even if it was not: a login that lets nobody in may have said why before it ended.
        expect_greeting(&mut channel, host).await?;
        sent.map_err(|_| silent(host))?;
        let observed = read_answers(&mut channel, host).await?;
        Ok::<_, Failure>((channel, observed))
    };
    let (looked, spare) = tokio::join!(looking, spare);
    let ((channel, observed), spare) = (looked?, spare?);
    Ok(Member {
        host: host.clone(),
        observed,
        base,
        control: control.to_owned(),
        connection,
        channel: Some(channel),
        spare,
    })
}

fn base_of(host: &Host, target: &Target) -> String {
    match &host.address {
        Address::Local { base: Some(base) } => base.to_string_lossy().into_owned(),
        _ => target.base.clone(),
    }
}

/// Says hello, and finds our script's answer behind whatever a login prints.
pub async fn greet(channel: &mut Channel, host: &Host, target: &Target, base: &str) -> Result<(), Failure> {
    greet_with(channel, host, &wire::hello(target, base)).await
}

/// The same, with the line as it is.
pub async fn greet_with(channel: &mut Channel, host: &Host, hello: &str) -> Result<(), Failure> {
    let sent = channel.send(hello).await;
    expect_greeting(channel, host).await?;
    sent.map_err(|_| silent(host))
}

async fn expect_greeting(channel: &mut Channel, host: &Host) -> Result<(), Failure> {
    let expected = format!("@release 1 {}", agent::agent_digest());
    let mut noise = String::new();
    let mut patience = Patience::new(LOOK_TIME, NOISE_BYTES);
    for _ in 0..NOISE_MAX {
        let line = match patience.text(channel).await {
            Ok(line) => line,
            Err(Over::Endless) => break,
            Err(over) => return Err(no_greeting(host, over, noise)),
        };
        // A login's last line may have no end.
        if line.ends_with(&expected) {
            return Ok(());
        }
        if noise.len() < 2000 {
            noise.extend(line.chars().take(NOISE_SHOWN));
            noise.push('\n');
        }
    }
    Err(Failure::refused(&host.name, "the host's login prints without end")
        .detail(noise)
        .hint("make its rc files print nothing when nobody is there to read"))
}

/// The script did not answer: what the login said instead.
fn no_greeting(host: &Host, over: Over, noise: String) -> Failure {
    let failure = Failure::refused(&host.name, "the host does not answer as it should")
        .hint("log in there, and run: sh -c 'echo ok'");
    if !noise.is_empty() {
        // Its own reason, such as nologin's sentence.
        let last = noise.trim_end().lines().last().unwrap_or_default().trim().to_owned();
        return failure.why(format!("unexpected text before the handshake: {last}")).detail(noise);
    }
    failure.why(match over {
        Over::Slow => format!("nothing came in {} s", LOOK_TIME.as_secs()),
        _ => "its login shell ended, or has no `sh`".into(),
    })
}

async fn ask(channel: &mut Channel, host: &Host, questions: &[Question]) -> Result<Observed, Failure> {
    channel.send(&wire::look(questions)).await.map_err(|_| silent(host))?;
    read_answers(channel, host).await
}

async fn read_answers(channel: &mut Channel, host: &Host) -> Result<Observed, Failure> {
    let mut observed = Observed::default();
    let mut patience = Patience::new(LOOK_TIME, ANSWER_MAX);
    loop {
        let line = patience.text(channel).await.map_err(|over| unanswered(host, over))?;
        if line == "end" {
            return Ok(observed);
        }
        answers::take_up(&mut observed, &line);
    }
}

/// The host began to answer, and there will be no whole answer.
pub fn unanswered(host: &Host, over: Over) -> Failure {
    match over {
        Over::Lost => silent(host),
        Over::Slow => Failure::refused(&host.name, "the host is too slow, or hangs")
            .why("its answer did not come whole in time")
            .hint("log in there, and see what it is busy with"),
        Over::Endless => Failure::refused(&host.name, "the host answers without end")
            .hint("log in there, and look at .release/ledger"),
    }
}

pub async fn again(member: &mut Member, target: &Target, questions: &[Question]) -> Result<Observed, Failure> {
    if member.channel.is_none() {
        let mut channel = member.connection.channel().await.map_err(|_| silent(&member.host))?;
        greet(&mut channel, &member.host, target, &member.base).await?;
        member.channel = Some(channel);
    }
    match member.channel.as_mut() {
        Some(channel) => ask(channel, &member.host, questions).await,
        None => Err(silent(&member.host)),
    }
}

/// Has leftovers finished or undone; says for each host what came of it.
pub async fn recover(
    fleet: &mut Fleet,
    target: &Target,
    only_where_needed: bool,
) -> Result<Vec<(String, String)>, Failure> {
    let mut results = Vec::new();
    for member in &mut fleet.members {
        let needed = member.observed.lock.is_none() && member.observed.leftovers().next().is_some();
        if only_where_needed && !needed {
            continue;
        }
        let host = &member.host;
        let channel = member.channel.as_mut().ok_or_else(|| silent(host))?;
        let request = wire::agent() + &wire::recover(target);
        channel.send(&request).await.map_err(|_| silent(host))?;
        // Undoing may have to start a service and wait until it answers: as long as the host says that somebody is at work.
        let mut line = "alive".to_owned();
        while line == "alive" {
            line = channel.text_within(LOOK_TIME).await.map_err(|_| silent(host))?;
        }
        match line.as_str() {
            "recovered locked" => {
                let what = match &member.observed.lock {
                    Some(lock) => format!("locked by {}: {} since {}", lock.who, lock.verb, lock.since),
                    None => "another operation is at work".to_owned(),
                };
                return Err(
                    Failure::new(Exit::Locked, &host.name, what).hint(format!("release status {}", target.name))
                );
            }
            "recovered failed" => return Err(Failure::refused(&host.name, "the host's state can't be written")),
            other => results.push((host.name.clone(), other.trim_start_matches("recovered ").to_owned())),
        }
    }
    Ok(results)
}

pub async fn log_of(member: &mut Member, operation: &str) -> Result<Option<Vec<u8>>, Failure> {
    let host = &member.host;
    let channel = member.channel.as_mut().ok_or_else(|| silent(host))?;
    channel.send(&format!("log {operation}")).await.map_err(|_| silent(host))?;
    let first = channel.text_within(LOOK_TIME).await.map_err(|_| silent(host))?;
    let Some(size) = first.strip_prefix("bytes ").and_then(|size| size.parse::<usize>().ok()) else { return Ok(None) };
    channel.finish().await;
    let mut text = Vec::new();
    let mut patience = Patience::new(LOOK_TIME, LOG_MAX);
    while text.len() < size.min(LOG_MAX)
        && let Ok(line) = patience.line(channel).await
    {
        text.extend(line);
        text.push(b'\n');
    }
    text.truncate(size.max(1));
    Ok(Some(text))
}

/// `MaxSessions` of the server counts the channels of a connection.
fn too_few_sessions(host: &Host, uploads: Uploads) -> Failure {
    let (what, need) = match uploads {
        Uploads::Follow => ("a deploy needs two sessions at a time, and the server opens only one", 2),
        Uploads::None => ("the server opens no session", 1),
    };
    Failure::refused(&host.name, what)
        .why("MaxSessions in its sshd_config limits the sessions of a connection")
        .hint(format!("MaxSessions {need} or more in sshd_config on the host, then reload its sshd"))
}

pub fn silent(host: &Host) -> Failure {
    Failure::refused(&host.name, "the connection was lost").hint("release status")
}
