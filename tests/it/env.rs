//! `[env]`: files that are sourced once, and variables, for every command on the host.

use crate::support::{Fleet, HostSpec, SERVICE, Userland};

/// Prints what a command sees, so that tests can look at it byte for byte.
const SHOW: &str = r#"
[prepare]
run = ['printf "%s|" "$NAME" "$QUOTED" "$LINES2" "$LIST" "$EMPTY" >seen', 'env >all']
"#;

fn env(files: &str) -> String {
    format!(
        r#"[env]
files = [{files}]
vars = {{ QUOTED = "it's \"$HOME\" `id` \\n", LINES2 = "one\ntwo\n", EMPTY = "", "NAME" = "from vars" }}
{SHOW}"#
    )
}

#[test]
fn files_are_sourced_once_in_order_and_vars_come_last() {
    let fleet = Fleet::files(&["h1"], &env("'~/first.sh', 'conf/second.sh'"));
    let host = fleet.host();
    host.write("first.sh", "echo first >>$HOME/sourced\nexport NAME=first\nlist=(a 'b c')\n[[ -n ${list[1]} ]] && export LIST=\"${list[1]}\"\n");
    host.write(
        "conf/second.sh",
        "echo second >>$HOME/sourced\nexport NAME=\"$NAME second\" MORE=$'tab\\there'\nfalse || true\n",
    );
    fleet.deploy("1.0").expect(0);
    assert_eq!(host.read("sourced").unwrap(), "first\nsecond\n".repeat(2), "beforehand, and once for both commands");
    let home = host.base().display().to_string();
    let seen = host.read("live/seen").unwrap();
    assert_eq!(seen, "from vars|it's \"$HOME\" `id` \\n|one\ntwo\n|b c||", "{home}");
    assert!(host.read("live/all").unwrap().contains("MORE=tab\there\n"));
}

#[test]
fn commands_get_the_locale_of_a_login_and_know_their_release() {
    let spec = HostSpec::new("h1").env("LC_ALL", "C.UTF-8").env("LANG", "de_DE.UTF-8");
    let fleet = Fleet::of(vec![spec], "[prepare]\nrun = ['env >all']\n[activate]\nrun = ['env >active']\n");
    fleet.deploy("1.0").expect(0);
    fleet.deploy("1.1").expect(0);
    let host = fleet.host();
    for file in ["live/all", "live/active"] {
        let all = host.read(file).unwrap();
        let value = |name: &str| all.lines().find_map(|l| l.strip_prefix(&format!("{name}="))).map(str::to_owned);
        assert_eq!(value("LC_ALL").as_deref(), Some("C.UTF-8"), "{file}: not ours");
        assert_eq!(value("RELEASE_VERSION").as_deref(), Some("1.1"));
        assert_eq!(value("RELEASE_BASE").as_deref(), host.base().to_str());
        assert!(value("RELEASE_PREVIOUS").unwrap().ends_with("-1.0"));
        assert!(value("RELEASE_NAME").unwrap().ends_with("-1.1") && value("RELEASE_OPERATION").is_some());
    }
}

#[test]
fn a_file_that_fails_or_is_missing_stops_the_deploy_and_secrets_go_with_it() {
    let fleet = Fleet::files(&["h1"], "[env]\nfiles = ['~/env.sh']\n");
    let run = fleet.deploy("1.0").expect(3);
    assert!(run.stderr.contains("env.sh") && run.stderr.contains("h1"), "{}", run.stderr);
    let host = fleet.host();
    host.write("env.sh", "echo no such perl >&2\nexport SECRET=hunter2\nreturn 7\n");
    let before = fleet.visible();
    let run = fleet.deploy("1.0").expect(3);
    assert!(run.stderr.contains("no such perl"), "{}", run.stderr);
    fleet.assert_same(&before);
    host.write("env.sh", "export SECRET=hunter2\n");
    fleet.deploy("1.0").expect(0);
    let kept = fleet.world.ssh("h1", "grep -rl hunter2 .release; true").ok();
    assert_eq!(kept, "", "no secret stays in the books");
}

#[test]
fn a_host_without_bash_reads_plain_files() {
    let spec = HostSpec::new("h1").userland(Userland::BusyBox);
    let fleet = Fleet::of(vec![spec], &env("'~/first.sh'"));
    fleet.host().write("first.sh", "export LIST=\"it's plain\nsh\"\n");
    fleet.deploy("1.0").expect(0);
    let seen = fleet.host().read("live/seen").unwrap();
    assert_eq!(seen, "from vars|it's \"$HOME\" `id` \\n|one\ntwo\n|it's plain\nsh||");
}

#[test]
fn the_service_gets_it_too() {
    let toml = format!("[env]\nvars = {{ GREETING = \"it's me\" }}\n{SERVICE}")
        .replace("\"bin/start\"", "'env >started; bin/start'");
    let fleet = Fleet::serving(vec![HostSpec::new("h1")], &toml);
    fleet.deploy_app("1.0", crate::support::Mode::Good).expect(0);
    assert!(fleet.host().read("started").unwrap().contains("GREETING=it's me\n"));
}
