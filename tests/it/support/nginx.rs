//! The web server in front, configured as DDGC's was: 503 and a page of its own while a flag file is there.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::login::{Login, is_root};
use super::port;
use super::process::{Owned, signal};
use super::wait::wait_until;

/// What is behind it.
#[derive(Debug, Clone, Copy)]
pub enum Serves {
    /// The files of `live/www`.
    Files,
    /// The application that listens there.
    App(u16),
}

/// A running nginx; its page for maintenance says `down for maintenance`, for the long one `down for long`.
#[derive(Debug)]
pub struct Nginx {
    port: u16,
    dir: PathBuf,
    server: Owned,
}

impl Nginx {
    /// Starts one for a BASE, with its files in `dir` (which it makes).
    pub fn start(dir: &Path, base: &Path, serves: Serves) -> Self {
        fs::create_dir_all(dir.join("docroot")).unwrap();
        fs::write(dir.join("docroot/maintenance.html"), "down for maintenance\n").unwrap();
        fs::write(dir.join("docroot/long_maintenance.html"), "down for long\n").unwrap();
        Login::get().own_tree(dir);
        for _ in 0..20 {
            let port = port::free();
            fs::write(dir.join("nginx.conf"), config(dir, base, serves, port)).unwrap();
            let log = OpenOptions::new().create(true).append(true).open(dir.join("log")).unwrap();
            let child = Command::new("nginx")
                .args(["-e", "stderr", "-p"])
                .arg(dir)
                .arg("-c")
                .arg(dir.join("nginx.conf"))
                .env_clear()
                .env("PATH", "/usr/sbin:/usr/bin:/bin")
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(log)
                .spawn()
                .expect("nginx is missing: start the tests with tests/run");
            let mut server = Owned(child);
            let up = || dir.join("pid").exists() && port::answers(port);
            if wait_until(Duration::from_secs(5), || up() || server.0.try_wait().unwrap().is_some()) && up() {
                return Self { port, dir: dir.into(), server };
            }
        }
        panic!("nginx does not start:\n{}", fs::read_to_string(dir.join("log")).unwrap());
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Reads its configuration again.
    pub fn reload(&self) {
        signal("HUP", &[self.server.pid()]);
    }

    /// What it has to say.
    pub fn log(&self) -> String {
        fs::read_to_string(self.dir.join("log")).unwrap()
    }
}

fn config(dir: &Path, base: &Path, serves: Serves, port: u16) -> String {
    let login = Login::get();
    let user = if is_root() { format!("user {};", login.name) } else { String::new() };
    let (dir, base) = (dir.display(), base.display());
    let behind = match serves {
        Serves::Files => format!("root {base}/live/www;"),
        Serves::App(app) => format!("proxy_pass http://127.0.0.1:{app};"),
    };
    format!(
        "daemon off;
pid {dir}/pid;
worker_processes 1;
error_log stderr;
{user}
events {{}}
http {{
    access_log off;
    keepalive_requests 1000000000;
    default_type text/plain;
    client_body_temp_path {dir}/body;
    proxy_temp_path {dir}/proxy;
    fastcgi_temp_path {dir}/fastcgi;
    uwsgi_temp_path {dir}/uwsgi;
    scgi_temp_path {dir}/scgi;
    server {{
        listen 127.0.0.1:{port};
        root {dir}/docroot;
        location / {{
            if (-f {base}/ddgc_web_maintenance_long) {{ return 503; }}
            if (-f {base}/ddgc_web_maintenance) {{ return 503; }}
            {behind}
        }}
        error_page 503 @maintenance;
        location @maintenance {{
            if (-f {base}/ddgc_web_maintenance) {{ rewrite ^ /maintenance.html break; }}
            if (-f {base}/ddgc_web_maintenance_long) {{ rewrite ^ /long_maintenance.html break; }}
        }}
    }}
}}
"
    )
}
