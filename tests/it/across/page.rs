//! `release status --html`: one page, replaced in one rename, that a cron job can publish.

use std::fs;
use std::io::Read as _;

use super::Project;
use crate::support::Run;

#[test]
fn a_cron_job_publishes_it_and_its_exit_code_is_that_of_the_status() {
    let mut project = Project::new();
    project.ship("1.0", &["view", "prod"]);
    project.note("run <script>alert(1)</script> & \x1b[2J");
    project.ship("1.1", &["view"]);
    let site = project.world.root().join("site");
    fs::create_dir(&site).unwrap();
    let (file, config) = (site.join("index.html"), project.world.project().join("hosts.toml"));
    let publish = || {
        let args = ["-q", "--config", config.to_str().unwrap(), "status", "--html", file.to_str().unwrap()];
        let mut command = project.world.release_command(&args);
        command.current_dir("/");
        Run::of(command)
    };
    let run = publish().expect(0);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", ""));
    let page = fs::read_to_string(&file).unwrap();
    for part in [
        "<title>app: what is deployed</title>",
        "<h2>view → prod</h2>",
        "Prod is behind view by 1 commit, no schema changes and 1 note",
        r"<pre>- run &lt;script&gt;alert(1)&lt;/script&gt; &amp; \x1b[2J</pre>",
        "operator@",
        "prefers-color-scheme",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    for outside in ["<script", "http:", "https:", "url(", "@import", "src="] {
        assert!(!page.contains(outside), "{outside}: {page}");
    }
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&file).unwrap().permissions());
    assert_eq!(mode & 0o444, 0o444, "a web server reads it: {mode:o}");
    assert_eq!(fs::read_dir(&site).unwrap().count(), 1, "nothing is left beside it");

    project.world.host_mut("h3").sshd_mut().stop();
    let config = project.world.project().join("hosts.toml");
    let again = project.release(&["status", "--html", file.to_str().unwrap()]).expect(3);
    assert!(again.stdout.contains("TARGET"), "without -q the table too: {}", again.stdout);
    assert!(fs::read_to_string(&file).unwrap().contains("class=\"bad\""));
    fs::write(config, "app = 1").unwrap();
    project.release(&["-q", "status", "--html", file.to_str().unwrap()]).expect(2);
    assert!(fs::read_to_string(&file).unwrap().contains("</html>"), "the old page stays");
}

#[test]
fn whoever_reads_it_sees_the_old_page_or_the_new_one_whole() {
    let project = Project::new();
    project.ship("1.0", &["view", "prod"]);
    project.release(&["status", "--html", "page.html"]).expect(0);
    let path = project.world.project().join("page.html");
    let old = fs::read_to_string(&path).unwrap();
    let mut reading = fs::File::open(&path).unwrap();
    project.release(&["lock", "view", "-m", "a while"]).expect(0);
    project.release(&["-q", "status", "--html", "page.html"]).expect(0);
    let mut seen = String::new();
    reading.read_to_string(&mut seen).unwrap();
    assert_eq!(seen, old, "who had begun to read it");
    let new = fs::read_to_string(&path).unwrap();
    assert!(new.starts_with("<!doctype html>") && new.ends_with("</html>\n") && new.contains("a while"), "{new}");
}

#[test]
fn a_place_that_cannot_be_written_is_refused_before_any_host_is_asked() {
    let project = Project::new();
    let asked = project.world.host("h1").sshd().exec_channels();
    for path in ["no/such/page.html", ".", "/dev/null"] {
        let run = project.release(&["status", "--html", path]).expect(2);
        assert!(run.stderr.contains("a page can't be written there"), "{path}: {}", run.stderr);
    }
    assert_eq!(project.world.host("h1").sshd().exec_channels(), asked);
    project.release(&["status", "--html"]).expect(2);
}
