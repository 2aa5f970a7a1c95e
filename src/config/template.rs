//! What `release init` writes.

/// A hosts.toml with every key explained. Lines with `#` and no space are settings to uncomment.
pub const TEMPLATE: &str = r##"# hosts.toml: where this application is deployed to, and how. `release check` reads it and tells what is wrong.
# Relative paths on a host are under `base`. Every table may be repeated for one target, as in
# [targets.prod.service], and then overrides key by key. No passwords here: keep them in files on the host ([env]).

app = "myapp"
#artifact = "{app}-{version}.tar.gz"   # how tarballs are named
#default = "here"                      # the target of a command given none

#base = "~"                            # default: the home of the ssh user; else like "/srv/myapp"
#releases = "releases"                 # each release in a dated directory of its own
#live = "live"                         # the symlink that names the release in service
#keep = 5                              # good releases kept, besides live and previous
#shared = ["uploads", "log"]           # linked from BASE/shared into every release
#shared_files = [".env"]               # files, linked likewise; refused while missing: release setup TARGET --seed .env
#lease = "60s"                         # a host undoes by itself when the client is silent for so long
#max_unpacked = "4GiB"

# Sourced and set before any command on the host.
#[env]
#files = ["~/.profile"]
#vars = { APP_ENV = "production" }
#timeout = "30s"                       # for all files together: what hangs is ended, and the operation undone

# Run in the new release, before anything is switched off.
#[prepare]
#run = ["make"]
#timeout = "30m"                       # for each command

# The file that the web server looks for.
#[maintenance]
#flag = "maintenance"
#long_flag = "maintenance_long"
#when = "schema"                       # always | schema | never

# A systemd unit (user = true for one of `systemctl --user`), or commands: stop and start, restart, reload.
#[service]
#systemd = "myapp.service"
#user = false
#timeout = "3m"                        # for each command, in an undo too; a `start` must return

# Asked on the host itself, until the new release answers; or command = "...".
#[health]
#url = "http://127.0.0.1:8080/"
#expect = "{version}"                  # the body or the X-Release header must name the release
#timeout = "30s"
#headers = { Host = "example.com" }    # beside a url
#socket = "run/app.sock"               # the unix socket that is asked, instead of the url's host and port; needs curl
#insecure = true                       # a certificate that nobody has signed will do

# Goes with the swap, and is undone with it.
#[activate]
#clear = ["cache"]
#copy = [{ from = "share/docroot", to = "docroot" }]
#run = []
#timeout = "10m"                       # for each command of `run`

# Only what these have signed is deployed: ssh-keygen -Y sign -n release-artifact -f KEY ARTIFACT
# Each line of the file is `NAME KEY`; it lies outside of the repository, where no commit can change it.
#[signatures]
#allowed_signers = "~/.config/release/allowed_signers"
#revoked = "~/.config/release/revoked"   # keys that count no more, or `ssh-keygen -k`'s list of them
#required = true

# The database. The URL is expanded on the host: credentials never leave it.
#[schema]
#url = "$DATABASE_URL"
#desired = "schema.sql"                # or versions = "sql", or command = { check = "...", up = "...", down = "..." }
#backup = "before-change"              # always | before-change | never
#allow = []
#timeout = "1h"                        # for each script, backup or command

# `release build` makes an artifact of a commit. Paths are from the top of the repository; patterns as in "docs/**/*.md".
#[build]
#test = "make test"                    # run in a clean checkout of the commit; must pass, and leave it clean
#include = []                          # what git does not track, as `test` makes it there: ["public/assets"]
#exclude = [".travis.yml"]
#version_files = ["VERSION"]           # where `release cut` writes the version: files that hold nothing else, or
                                       # { path = "lib/App.pm", line = "our $VERSION = '{version}'" }

# Run here after each operation, by sh: gets its record on stdin, as JSON. What becomes of it changes no deploy.
#[notify]
#command = "cat >>deploys.jsonl"
#timeout = "30s"

#[ssh]
#config = "~/.ssh/config"
#connect_timeout = "10s"

# This machine, without ssh: try `release here`.
[targets.here]
hosts = ["local:deployed"]

# A host is what ssh would take; aliases, keys and jump hosts come from your own ssh config.
#[targets.prod]
#hosts = ["myapp@www1.example.com", "myapp@www2.example.com:2222"]
#primary = "myapp@www1.example.com"    # runs the schema upgrade
#requires = "here"                     # only bytes that were live and good there
#git = { branch = "production", remote = "origin" }   # `release promote` fast-forwards it and pushes it
#protected = true                      # asks, unless --yes
#strategy = "rolling"                  # together | rolling
#batch = 1                             # or "25%"
#wait = "10s"

# The same with a table for each host.
#[[targets.more.hosts]]
#address = "www3.example.com"
#user = "myapp"
#port = 22
#identity = "~/.ssh/id_deploy"
#jump = "gate.example.com"
#role = "web"                          # shown in the status; every host gets and runs the same
"##;

/// The template with all that it offers.
#[cfg(test)]
pub(super) fn uncommented() -> String {
    let set = |line: &str| match line.strip_prefix('#') {
        Some(setting) if !setting.starts_with([' ', '#']) => format!("{setting}\n"),
        _ => format!("{line}\n"),
    };
    TEMPLATE.lines().map(set).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::whole;
    use super::*;

    #[test]
    fn reads_as_it_is() {
        let config = whole(TEMPLATE);
        assert_eq!(config.default_target().unwrap().name, "here");
        assert_eq!(config.warnings, [""; 0]);
    }

    #[test]
    fn reads_with_every_setting_uncommented() {
        let all = uncommented();
        assert!(!all.contains("\n#["), "{all}");
        let config = whole(&all);
        let names: Vec<_> = config.targets.iter().map(|target| target.name.as_str()).collect();
        assert_eq!(names, ["here", "prod", "more"]);
        assert!(config.targets[1].health.is_some());
    }
}
