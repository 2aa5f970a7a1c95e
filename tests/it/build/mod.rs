//! `release build`: artifacts from real git repositories.

mod bytes;
mod clean;
mod contents;
mod deploying;
mod hostile;
mod places;
mod repositories;
mod revisions;

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use crate::support::{Repo, Run, World};

/// An operator with a repository and no host but this machine. The project has a VERSION, a program, a link and tests.
pub struct Project {
    pub world: World,
}

impl Project {
    /// With this `[build]` table, committed.
    pub fn new(build: &str) -> Self {
        let project = Self { world: World::new(&[]) };
        let repo = Repo::init(&project.world);
        project.toml(build);
        let files = [
            ("VERSION", "0.940\n"),
            ("lib/App.pm", "package App;\nour $VERSION = '0.940';\n1;\n"),
            ("bin/run", "#!/bin/sh\n"),
            ("t/app.t", "ok\n"),
            (".travis.yml", "language: perl\n"),
        ];
        files.iter().for_each(|(path, text)| drop(project.world.write(path, text)));
        let run = project.world.project().join("bin/run");
        std::fs::set_permissions(run, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        std::os::unix::fs::symlink("lib/App.pm", project.world.project().join("main")).unwrap();
        repo.commit("one", &[]);
        project
    }

    /// Writes hosts.toml with this `[build]` table.
    pub fn toml(&self, build: &str) {
        let text = format!("app = \"app\"\n\n[build]\n{build}\n\n[targets.view]\nhosts = [\"local:../view\"]\n");
        self.world.write("hosts.toml", text.replace("../view", self.world.root().join("view").to_str().unwrap()));
    }

    pub fn repo(&self) -> Repo<'_> {
        Repo::of(&self.world)
    }

    #[track_caller]
    pub fn release(&self, args: &[&str]) -> Run {
        self.world.release(args)
    }

    /// Builds; gives the JSON of it.
    #[track_caller]
    pub fn build(&self, args: &[&str]) -> serde_json::Value {
        self.release(&[&["build", "--json"], args].concat()).expect(0).json()
    }

    /// Builds and fails with this code and these words; nothing is in `dist/` that was not there.
    #[track_caller]
    pub fn refused(&self, args: &[&str], code: i32, words: &[&str]) -> Run {
        let before = self.dist();
        let run = self.release(&[&["build"], args].concat()).expect(code);
        for word in words.iter().chain(&["nothing was changed"]) {
            assert!(run.stderr.contains(word), "{word}: {}", run.stderr);
        }
        assert_eq!(self.dist(), before);
        run
    }

    /// The names in `dist/`.
    pub fn dist(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.world.project().join("dist")).into_iter().flatten().flatten();
        let mut names: Vec<_> = entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

/// What a tarball unpacks to: for each path below its top directory the contents, or where a link leads.
pub fn unpacked(path: &Path) -> BTreeMap<String, String> {
    let bytes = std::fs::read(path).unwrap();
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(&bytes[..]));
    let mut found = BTreeMap::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = String::from_utf8(entry.path_bytes().into_owned()).unwrap();
        let Some((_, path)) = name.split_once('/').filter(|(_, path)| !path.is_empty()) else { continue };
        let mut text = String::new();
        match entry.link_name_bytes() {
            Some(to) => text = format!("-> {}", String::from_utf8(to.into_owned()).unwrap()),
            None => drop(entry.read_to_string(&mut text).unwrap()),
        }
        found.insert(path.to_owned(), text);
    }
    found
}
