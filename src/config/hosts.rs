//! `hosts = ["user@host:port"]`, `[[targets.NAME.hosts]]`, or a mixture of both.

use std::path::Path;

use toml::de::DeValue;

use super::address::{Login, address, host_key, jump, login, port, user};
use super::kind::text;
use super::own_paths::{own_directory, own_file};
use super::problem::Complaint;
use super::table::{At, Table};
use super::words::line;
use crate::model::target::{Address, Host};

/// One host, and what `primary` may call it.
#[derive(Debug, Clone)]
pub(super) struct Listed {
    /// The host.
    pub host: Host,
    /// The `address` of a table, which is shorter than the name that was made of it.
    pub alias: String,
}

/// Reads the hosts of a target.
pub(super) fn read(table: &mut Table, dir: &Path) -> Option<Vec<At<Listed>>> {
    let list = table.list("hosts")?;
    let span = list.span();
    let items = list.into_inner();
    if items.is_empty() {
        table.complain(span, Complaint::new("is empty").hint("hosts = [\"user@host\"]").about("hosts"));
    }
    let one = |item| match item_text(item) {
        Some(_) => table.checked("hosts", item, |item| plain(text(item)?, dir)),
        None => entry(table.item("hosts", item)?, dir).map(|listed| At::new(item.span(), listed)),
    };
    Some(items.into_iter().filter_map(one).collect())
}

/// Anything but a table is read as a string, so that a wrong type is told what is usual.
fn item_text<'a>(item: &'a At<DeValue<'a>>) -> Option<&'a DeValue<'a>> {
    Some(item.get_ref()).filter(|item| !item.is_table())
}

fn plain(name: &str, dir: &Path) -> Result<Listed, Complaint> {
    let address = match local(name, dir) {
        Some(address) => address?,
        None => ssh(login(name)?),
    };
    let host = Host { name: name.to_owned(), address, role: None };
    Ok(Listed { host, alias: name.to_owned() })
}

fn entry(mut table: Table, dir: &Path) -> Option<Listed> {
    let own_address = table.text("address", |text| {
        let address = local(text, dir).unwrap_or_else(|| address(text).map(ssh))?;
        Ok((text.to_owned(), address))
    });
    let own_user = table.text("user", user);
    let own_port = table.number("port", port);
    let identity = table.text("identity", |text| own_file(text, dir)).map(At::into_inner);
    let jump = table.text("jump", jump).map(At::into_inner);
    let role = table.text("role", line).map(At::into_inner);
    let host_key = table.text("host_key", host_key).map(At::into_inner);
    table.require("address", "address = \"HOST\", as ssh takes it");
    let Some((alias, address)) = own_address.map(At::into_inner) else {
        table.done();
        return None;
    };
    let listed = match address {
        Address::Local { .. } => {
            if let Some(key) = ["user", "port", "identity", "jump", "host_key"].into_iter().find(|key| table.has(key)) {
                let what = format!("`{key}` is for ssh, and {alias:?} is this machine");
                table.complain(table.span.clone(), Complaint::new(what).hint(format!("leave `{key}` away")));
            }
            Listed { host: Host { name: alias.clone(), address, role }, alias }
        }
        Address::Ssh { host, user, port, .. } => {
            twice(&table, "user", user.is_some() && own_user.is_some());
            twice(&table, "port", port.is_some() && own_port.is_some());
            let user = user.or(own_user.map(At::into_inner));
            let port = port.or(own_port.map(At::into_inner));
            let name = full_name(user.as_deref(), &host, port);
            let address = Address::Ssh { host, user, port, identity, jump, host_key };
            Listed { host: Host { name, address, role }, alias }
        }
    };
    table.done();
    Some(listed)
}

fn twice(table: &Table, key: &str, yes: bool) {
    if yes {
        let what = format!("{} says its {key} twice, in `address` and in `{key}`", table.title());
        table.complain(table.span.clone(), Complaint::new(what).hint("leave one of them away"));
    }
}

/// `local` or `local:DIR`; `None` for what ssh would take.
fn local(text: &str, dir: &Path) -> Option<Result<Address, Complaint>> {
    if text == "local" {
        return Some(Ok(Address::Local { base: None }));
    }
    let base = own_directory(text.strip_prefix("local:")?, dir);
    Some(base.map(|base| Address::Local { base: Some(base) }))
}

fn ssh(login: Login) -> Address {
    let Login { user, host, port } = login;
    Address::Ssh { host, user, port, identity: None, jump: None, host_key: None }
}

/// As it would be written in one string: what outputs call it, and what can be given to ssh by hand.
fn full_name(user: Option<&str>, host: &str, port: Option<u16>) -> String {
    let user = user.map(|user| format!("{user}@")).unwrap_or_default();
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    if host.contains(':') { format!("{user}[{host}]{port}") } else { format!("{user}{host}{port}") }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{hosts, hosts_error};
    use super::*;

    #[test]
    fn a_table_says_what_a_string_can_not() {
        let key = format!("SHA256:{}", "a".repeat(43));
        let found = hosts(&format!(
            "[[targets.t.hosts]]\naddress = 'duck.co'\nport = 2222\nuser = 'ddgc'\nidentity = 'keys/id'\n\
             jump = 'me@gate'\nrole = 'web'\nhost_key = '{key}'"
        ));
        let address = Address::Ssh {
            host: "duck.co".into(),
            user: Some("ddgc".into()),
            port: Some(2222),
            identity: Some("/home/me/site/keys/id".into()),
            jump: Some("me@gate".into()),
            host_key: Some(key),
        };
        assert_eq!(found, [Host { name: "ddgc@duck.co:2222".into(), address, role: Some("web".into()) }]);
    }

    #[test]
    fn strings_and_tables_mix() {
        let found =
            hosts("[targets.t]\nhosts = ['me@a', { address = '::1', port = 22 }, { address = 'b:2' }, 'local:out']");
        assert_eq!(
            found.iter().map(|host| host.name.as_str()).collect::<Vec<_>>(),
            ["me@a", "[::1]:22", "b:2", "local:out"]
        );
        assert_eq!(found[3].address, Address::Local { base: Some("/home/me/site/out".into()) });
        assert_eq!(hosts("[[targets.t.hosts]]\naddress = 'local'")[0].address, Address::Local { base: None });
    }

    #[test]
    fn each_mistake_has_its_own_words() {
        for (hosts, what) in [
            ("[targets.t]", "has no `hosts`"),
            ("[targets.t]\nhosts = []", "is empty"),
            ("[targets.t]\nhosts = 'a'", "must be a list"),
            ("[targets.t]\nhosts = [1]", "must be a string"),
            ("[targets.t.hosts]\naddress = 'a'", "must be a list, not a table"),
            ("[targets.t]\nhosts = ['local:']", "not a directory"),
            ("[targets.t]\nhosts = ['local:~/x']", "not a directory"),
            ("[[targets.t.hosts]]\nuser = 'a'", "has no `address`"),
            ("[[targets.t.hosts]]\naddress = 'a'\nport = 0", "not a port"),
            ("[[targets.t.hosts]]\naddress = 'a'\nport = '22'", "must be a whole number"),
            ("[[targets.t.hosts]]\naddress = 'a'\nuser = '-lroot'", "not a user's name"),
            ("[[targets.t.hosts]]\naddress = 'u@a'\nuser = 'v'", "says its user twice"),
            ("[[targets.t.hosts]]\naddress = 'a:1'\nport = 2", "says its port twice"),
            ("[[targets.t.hosts]]\naddress = 'local'\nport = 2", "`port` is for ssh"),
            ("[[targets.t.hosts]]\naddress = 'a'\nidentity = '-x'", "not a file"),
            ("[[targets.t.hosts]]\naddress = 'a'\nrole = ''", "can't be empty"),
            ("[[targets.t.hosts]]\nadress = 'a'", "unknown key `adress`"),
        ] {
            let error = hosts_error(hosts);
            let all = format!("{}\n{}", error.what, error.detail.unwrap());
            assert!(all.contains(what), "{hosts}: {all}");
        }
    }
}
