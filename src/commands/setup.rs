//! `release setup TARGET`: makes the directories, and prints what an administrator has to add.

use super::operate::operate;
use super::rollback::chosen;
use super::{Context, sudoers};
use crate::cli;
use crate::model::target::{Address, Target};
use crate::model::{Exit, Failure};
use crate::plan::{Simple, simple};
use crate::ui;

pub async fn run(args: cli::TargetOnly, context: &mut Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    let target = chosen(&config, args.target.as_deref())?;
    let operator = context.operator(None);
    let exit = operate(context, target, None, |seen| simple(target, &Simple::Setup, seen, &operator)).await?;
    if exit == Exit::Done && !context.global.json {
        ui::print_text(&context.ui, &advice(target))?;
    }
    Ok(exit)
}

/// The lines to paste: exact commands for sudo, the flag for nginx, a boot hook.
fn advice(target: &Target) -> String {
    let mut text = String::new();
    let sudo = sudoers::lines(target, &user(target));
    if !sudo.is_empty() {
        // sudo reads no file with a dot in its name.
        let file = target.app.replace('.', "-");
        text.push_str(&format!("\n# for `visudo -f /etc/sudoers.d/release-{file}` on each host:\n"));
        sudo.iter().for_each(|line| text.push_str(&format!("{line}\n")));
    }
    if let Some(maintenance) = &target.maintenance {
        let base = if target.base.starts_with('~') {
            format!("/home/{}{}", user(target), &target.base[1..])
        } else {
            target.base.clone()
        };
        let path = |flag: &str| if flag.starts_with('/') { flag.to_owned() } else { format!("{base}/{flag}") };
        text.push_str("\n# for nginx, in the location that passes to the application:\n");
        for flag in std::iter::once(&maintenance.flag).chain(&maintenance.long_flag) {
            text.push_str(&format!("if (-f {}) {{ return 503; }}\n", path(flag)));
        }
    }
    text.push_str(
        "\n# for `crontab -e` on each host, so that one that lost power in a deploy tidies up when it boots:\n",
    );
    let dir = if target.base == "~" { "$HOME".to_owned() } else { target.base.replacen('~', "$HOME", 1) };
    text.push_str(&format!(
        "@reboot sh \"$(ls -t {dir}/.release/agent-*.sh | head -n 1)\" recover {dir} {} {}\n",
        target.releases, target.live
    ));
    text
}

fn user(target: &Target) -> String {
    let named = target.hosts.iter().find_map(|host| match &host.address {
        Address::Ssh { user, .. } => user.clone(),
        Address::Local { .. } => None,
    });
    named.unwrap_or_else(|| "USER".into())
}
