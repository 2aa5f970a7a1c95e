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
    let mut text = "\n# as an administrator on each host that was refused, then setup again:\n".to_owned();
    for Account { user, base, hosts } in accounts(target) {
        text.push_str(&format!(
            "sudo install -d -o {user} {base}{}\n",
            hosts.map_or(String::new(), |h| format!("  # {h}"))
        ));
    }
    text
}

/// The lines to paste: exact commands for sudo, the flag for nginx; and the command that adds a boot hook.
fn advice(target: &Target, hook: Option<BootHook>) -> String {
    let mut text = String::new();
    // sudo reads no file with a dot in its name.
    let file = target.app.replace('.', "-");
    for (user, hosts) in by(accounts(target), |account| account.user.clone()) {
        let sudo = sudoers::lines(target, &user);
        if !sudo.is_empty() {
            text.push_str(&format!("\n# for `visudo -f /etc/sudoers.d/release-{file}` on {hosts}:\n"));
            sudo.iter().for_each(|line| text.push_str(&format!("{line}\n")));
        }
    }
    if let Some(maintenance) = &target.maintenance {
        for (base, hosts) in by(accounts(target), |account| account.home_base()) {
            let on = if hosts == EACH { String::new() } else { format!(" on {hosts}") };
            text.push_str(&format!("\n# for nginx, in the location that passes to the application{on}:\n"));
            for flag in std::iter::once(&maintenance.flag).chain(&maintenance.long_flag) {
                let path = if flag.starts_with('/') { flag.clone() } else { format!("{base}/{flag}") };
                text.push_str(&format!("if (-f {path}) {{ return 503; }}\n"));
            }
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

const EACH: &str = "each host";

/// An account that hosts are entered with, and its base.
struct Account {
    user: String,
    base: String,
    /// Which hosts it is on; `None`: on all.
    hosts: Option<String>,
}

impl Account {
    /// The base as a program that is not the account's own has to name it.
    fn home_base(&self) -> String {
        match self.base.strip_prefix('~') {
            Some(rest) => format!("/home/{}{rest}", self.user),
            None => self.base.clone(),
        }
    }
}

/// The accounts of a target's hosts, each once, in order.
fn accounts(target: &Target) -> Vec<Account> {
    let each = target.hosts.iter().map(|host| {
        let (user, base) = match &host.address {
            Address::Ssh { user, .. } => (user.clone(), None),
            Address::Local { base } => (None, base.as_ref().map(|base| base.display().to_string())),
        };
        let user = user.unwrap_or_else(|| "USER".into());
        Account { user, base: base.unwrap_or_else(|| target.base.clone()), hosts: Some(host.name.clone()) }
    });
    let mut all: Vec<Account> = Vec::new();
    for account in each {
        match all.iter_mut().find(|known| known.user == account.user && known.base == account.base) {
            Some(known) => known.hosts = known.hosts.take().zip(account.hosts).map(|(a, b)| format!("{a}, {b}")),
            None => all.push(account),
        }
    }
    if let [only] = all.as_mut_slice() {
        only.hosts = None;
    }
    all
}

/// What of accounts is the same, with the hosts where it is.
fn by(accounts: Vec<Account>, what: impl Fn(&Account) -> String) -> Vec<(String, String)> {
    let mut all: Vec<(String, Vec<String>)> = Vec::new();
    for account in accounts {
        let (key, hosts) = (what(&account), account.hosts.unwrap_or_else(|| EACH.into()));
        match all.iter_mut().find(|(known, _)| *known == key) {
            Some((_, known)) => known.push(hosts),
            None => all.push((key, vec![hosts])),
        }
    }
    if let [(_, hosts)] = all.as_mut_slice() {
        *hosts = vec![EACH.into()];
    }
    all.into_iter().map(|(key, hosts)| (key, hosts.join(", "))).collect()
}
