//! Good files with their bytes mixed up: whatever comes of it is an answer, and never a crash or a change.

use std::process::Stdio;

use super::{PATIENCE, Scene, harmless, holds, unchanged};
use crate::campaign::chance::Chance;
use crate::campaign::{Tally, trials};
use crate::support::{Background, Run, Tarball};

const ARTIFACT: &str = "app-1.tar.gz";

/// With something of everything, so that there is something to break.
const HOSTS: &str = r#"app = 'app'
keep = 3
shared = ['log', 'data/x']
lease = '30s'
[env]
files = ['env.sh']
vars = { A = 'b' }
[prepare]
run = ['make']
[activate]
clear = ['cache']
copy = [{ from = 'www', to = 'htdocs' }]
run = ['./upgrade']
[service]
restart = 'sudo systemctl restart app'
[health]
url = 'http://127.0.0.1:5000/'
expect = '{version}'
timeout = '10s'
[maintenance]
flag = 'down'
when = 'always'
[targets.t]
hosts = ['user@h:22', { address = '[::1]', port = 2222 }]
strategy = 'rolling'
[targets.u]
hosts = ['i']
base = '/srv/app'
"#;

/// One to four of: a bit turned, a byte replaced, a piece lost, a piece of it or of another put in, the end cut off.
fn mutated(good: &[u8], other: &[u8], chance: &Chance) -> Vec<u8> {
    let mut bytes = good.to_vec();
    for _ in 0..=chance.below(4) {
        let at = chance.below(bytes.len().max(1)).min(bytes.len().saturating_sub(1));
        let piece = at..(at + 1 + chance.below(64)).min(bytes.len());
        match chance.below(6) {
            _ if bytes.is_empty() => {}
            0 => bytes[at] ^= 1 << chance.below(8),
            1 => bytes[at] = chance.below(256) as u8,
            2 => drop(bytes.drain(piece)),
            3 => bytes.truncate(at),
            4 => {
                let again = bytes[piece].to_vec();
                let to = chance.below(bytes.len());
                bytes.splice(to..to, again);
            }
            _ => {
                let from = chance.below(other.len());
                let block = &other[from..(from + 1 + chance.below(600)).min(other.len())];
                let end = (at + block.len()).min(bytes.len());
                bytes.splice(at..end, block.iter().copied());
            }
        }
    }
    bytes
}

/// The same with the tar headers inside the gzip data: its checksum would hide them.
fn repacked(plain: &[u8], chance: &Chance) -> Vec<u8> {
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;
    let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
    gz.write_all(&mutated(plain, plain, chance)).unwrap();
    gz.finish().unwrap()
}

/// Ended by itself, in time, with a code that it promises, in readable words, and nothing was touched.
fn answered(scene: &Scene, args: &[&str], files: &[(&str, &[u8])]) -> Result<(), String> {
    for (name, content) in files {
        scene.world.write(name, content);
    }
    let before = scene.everything();
    let said = scene.world.home().join(".cache/stderr");
    let mut command = scene.world.command("sh");
    command.args(["-c", "exec \"$@\" 2>\"$0\""]).arg(&said).arg(env!("CARGO_BIN_EXE_release")).args(args);
    let run = Background::start(command, Stdio::null()).finish(2 * PATIENCE);
    let stderr = String::from_utf8(std::fs::read(said).unwrap()).map_err(|e| format!("not UTF-8: {e}"))?;
    let run = Run { stderr, ..run };
    holds([0, 2, 3].contains(&run.code), || format!("exit code {}: {}", run.code, run.stderr))
        .and_then(|()| harmless(&run))
        .and_then(|()| unchanged(&before, &scene.everything()))
}

#[test]
fn artifacts_and_hosts_toml() {
    let scene = Scene::new();
    let mut tally = Tally::new("hostile: mutated artifacts and hosts.toml");
    let good = Tarball::new("app", "1").program("bin/run", "#!/bin/sh\n").link("now", "bin/run").noise("noise", 2_000);
    let (packed, other) = (good.bytes(), Tarball::new("app", "2").dir("empty").bytes());
    let plain = super::artifact::unzipped(&packed);
    let config = std::fs::read(scene.world.project().join("hosts.toml")).unwrap();
    for seed in 0..trials(60, 1_000) {
        let chance = Chance::new(seed);
        let result = if seed % 3 == 0 {
            let text = mutated(HOSTS.as_bytes(), &config, &chance);
            answered(&scene, &["check", "--config"], &[("hosts.toml", &text)])
        } else {
            let bytes = if seed % 3 == 1 { repacked(&plain, &chance) } else { mutated(&packed, &other, &chance) };
            answered(&scene, &["plan", "t", ARTIFACT], &[("hosts.toml", &config), (ARTIFACT, &bytes)])
        };
        tally.trial(result.map_err(|violation| format!("seed {seed}: {violation}")));
    }
    tally.finish();
}
