//! `release setup TARGET`: makes the directories, and prints what an administrator has to add.

use super::operate::operate;
use super::rollback::chosen;
use super::{Context, sudoers};
use crate::cli;
use crate::model::target::{Address, Target};
use crate::model::{BootHook, Exit, Failure};
use crate::plan::{Operator, Seen, Simple, simple};
use crate::ui;

pub async fn run(args: cli::Setup, context: &mut Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    let target = chosen(&config, args.target.as_deref())?;
    if let Some(word) = &args.seed {
        return super::seed::run(&args, word, target, context).await;
    }
    let operator = context.operator(None);
    let exit = operate(context, target, &operator, &|seen: &[Seen<'_>], by: &Operator| {
        simple(target, &Simple::Setup(args.hook()), seen, by)
    })
    .await?;
    if matches!(exit, Exit::Done | Exit::Refused) && !context.global.json {
        if exit == Exit::Refused {
            ui::print_text(&context.ui, &base_by_hand(target))?;
        }
        ui::print_text(&context.ui, &ui::with_config(&advice(target, args.hook()), context.ui.config.as_deref()))?;
    }
    Ok(exit)
}

/// What an administrator has to do where the account can't make the base.
fn base_by_hand(target: &Target) -> String {
    let base = target.hosts.iter().find_map(|host| match &host.address {
        Address::Local { base } => base.as_ref().map(|base| base.display().to_string()),
        Address::Ssh { .. } => None,
    });
    let (user, base) = (user(target), base.unwrap_or_else(|| target.base.clone()));
    format!(
        "\n# as an administrator on each host that was refused, then setup again:\nsudo install -d -o {user} {base}\n"
    )
}

/// The lines to paste: exact commands for sudo, the flag for nginx; and the command that adds a boot hook.
fn advice(target: &Target, hook: Option<BootHook>) -> String {
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
    if hook.is_none() {
        text.push_str(
            "\n# so that a host that lost power in a deploy tidies up when it boots (a line in its crontab):\n",
        );
        text.push_str(&format!("release setup {} --boot-hook\n", target.name));
    }
    text
}

fn user(target: &Target) -> String {
    let named = target.hosts.iter().find_map(|host| match &host.address {
        Address::Ssh { user, .. } => user.clone(),
        Address::Local { .. } => None,
    });
    named.unwrap_or_else(|| "USER".into())
}
