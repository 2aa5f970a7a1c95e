//! What the schema should become: the file that `[schema] desired` names and the files of `[schema] versions`, of an artifact or as they lie
//! beside hosts.toml; and what of it is still to run.

use std::fs;
use std::path::Path;

use crate::artifact::{Artifact, Content, contents};
use crate::fleet::Database;
use crate::model::target::{Schema, Target};
use crate::model::{Failure, HazardName, ReleaseId};
use crate::schema::versions::{VersionFile, pending};
use crate::schema::{Hazard, Request, Step, Upgrade, Wanted, sql};

/// The files, as they were found.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The name of the wanted schema's file, and its text.
    pub text: Option<(String, String)>,
    /// Files of `[schema] versions`, by their paths in the release.
    pub files: Vec<Content>,
}

impl Sources {
    /// A wanted schema, and nothing beside it.
    pub fn of_text(file: &str, text: String) -> Self {
        Self { text: Some((file.to_owned(), text)), files: Vec::new() }
    }

    /// What an artifact says of its schema.
    ///
    /// # Errors
    /// It has not what hosts.toml names, or no text.
    pub fn of_artifact(target: &Target, schema: &Schema, artifact: &Artifact) -> Result<Self, Failure> {
        let top = target.artifact.top_directory(&artifact.version);
        let text = match &schema.desired {
            Some(file) => {
                let found = contents(artifact, &top, |path| path == file)?;
                Some((file.clone(), text_of(artifact, file, found.first())?))
            }
            None => None,
        };
        let files = match &schema.versions {
            Some(directory) => contents(artifact, &top, |path| path.starts_with(&format!("{directory}/")))?,
            None => Vec::new(),
        };
        Ok(Self { text, files })
    }

    /// What lies in this directory, as a release would be built of it.
    ///
    /// # Errors
    /// There is not what hosts.toml names, or it can't be read.
    pub fn beside(directory: &Path, schema: &Schema) -> Result<Self, Failure> {
        let text = match &schema.desired {
            Some(file) => Some((file.clone(), read_text(&directory.join(file))?)),
            None => None,
        };
        let mut files = Vec::new();
        if let Some(versions) = &schema.versions {
            walk(&directory.join(versions), versions, &mut files)?;
            files.sort_by(|a, b| a.path.cmp(&b.path));
        }
        Ok(Self { text, files })
    }
}

fn text_of(artifact: &Artifact, file: &str, found: Option<&Content>) -> Result<String, Failure> {
    let place = artifact.path.display().to_string();
    let Some(content) = found else {
        return Err(Failure::refused(place, format!("has no {file}"))
            .why("[schema] desired says that the release's schema is there")
            .hint("put it into the artifact, or change `desired` in hosts.toml"));
    };
    utf8(&place, file, content.bytes.clone())
}

fn utf8(place: &str, file: &str, bytes: Vec<u8>) -> Result<String, Failure> {
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Failure::refused(place, format!("{file} is not UTF-8, at byte {at}"))
    })
}

/// The text of a file on this side.
///
/// # Errors
/// It can't be read, or is no text.
pub fn read_text(path: &Path) -> Result<String, Failure> {
    let place = path.display().to_string();
    let bytes = fs::read(path).map_err(|error| unreadable(path, &error))?;
    String::from_utf8(bytes)
        .map_err(|error| Failure::refused(place, format!("is not UTF-8, at byte {}", error.utf8_error().valid_up_to())))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::usage(path.display().to_string(), "can't be read").why(error.to_string())
}

/// The regular files below a directory, at most `VERSION/before/NAME` deep; links are no part of a version.
fn walk(directory: &Path, name: &str, found: &mut Vec<Content>) -> Result<(), Failure> {
    for entry in fs::read_dir(directory).map_err(|error| unreadable(directory, &error))? {
        let entry = entry.map_err(|error| unreadable(directory, &error))?;
        let path = entry.path();
        let kind = entry.file_type().map_err(|error| unreadable(&path, &error))?;
        let Some(own) = entry.file_name().to_str().map(|own| format!("{name}/{own}")) else { continue };
        if kind.is_dir() {
            walk(&path, &own, found)?;
        } else if kind.is_file() {
            let bytes = fs::read(&path).map_err(|error| unreadable(&path, &error))?;
            found.push(Content { path: own, executable: false, bytes });
        }
    }
    Ok(())
}

/// What is to happen, as an engine is asked for it.
#[derive(Debug, Default)]
pub struct Wanting {
    text: Option<(String, String)>,
    before: Vec<Step>,
    after: Vec<Step>,
    /// What is dangerous about the files.
    hazards: Vec<Hazard>,
    /// What the database's ledger is told to have run: path and sha256.
    pub noted: Vec<(String, String)>,
    /// What the operator should know.
    note: Option<String>,
}

impl Wanting {
    /// What of these files is still to run on this database. `live`: the release that is in service.
    ///
    /// # Errors
    /// A file is no step, or they are in disorder; or the database can't be asked.
    pub async fn of(
        target: &Target,
        schema: &Schema,
        sources: Sources,
        live: Option<&ReleaseId>,
        database: &mut Database,
    ) -> Result<Self, Failure> {
        let text = sources.text;
        let Some(directory) = &schema.versions else { return Ok(Self { text, ..Self::default() }) };
        let of = |content: &Content| VersionFile::of(directory, &content.path, &content.bytes);
        // Beside `desired`, what stands directly in a version's directory is what made the schema once.
        let files: Vec<VersionFile> =
            sources.files.iter().filter_map(of).filter(|file| text.is_some() != file.part.is_empty()).collect();
        let applied = database.state().await?.files;
        let baseline = live.filter(|_| applied.is_empty() && !files.is_empty()).map(|live| live.version().to_string());
        let all: Vec<(String, String)> = files.iter().map(|file| (file.path.clone(), file.sha256.clone())).collect();
        let open = pending(files, &applied, baseline.as_deref())
            .map_err(|disorder| Failure::refused(&target.name, disorder.to_string()))?;
        let note = baseline.map(|version| {
            format!(
                "schema: nothing is noted of what has run; the files up to {version}, which is live, are taken as done"
            )
        });
        // What is taken as done is noted with the rest, or the next deploy would miss it.
        let noted = all.into_iter().filter(|(path, _)| !applied.iter().any(|(done, _)| done == path)).collect();
        let (after, before): (Vec<_>, Vec<_>) = open.into_iter().partition(|file| file.part == "after");
        let mut hazards = Vec::new();
        let before = checked(database, before, &mut hazards)?;
        let after = checked(database, after, &mut hazards)?;
        Ok(Self { text, before, after, hazards, noted, note })
    }

    /// The upgrade that does it.
    ///
    /// # Errors
    /// Refused, or the database can't be asked.
    pub async fn plan(
        &self,
        database: &mut Database,
        operation: &str,
        allowed: &[HazardName],
    ) -> Result<Upgrade, Failure> {
        let request = match &self.text {
            Some((file, text)) => {
                Request { wanted: Wanted::Text { file, text }, before: &self.before, after: &self.after, operation }
            }
            None => Request { wanted: Wanted::After(&self.before), before: &[], after: &[], operation },
        };
        let mut upgrade = database.plan(&request, allowed).await?;
        for hazard in &self.hazards {
            if !upgrade.hazards.contains(hazard) {
                upgrade.hazards.push(hazard.clone());
            }
        }
        upgrade.notes.extend(self.note.clone());
        Ok(upgrade)
    }
}

/// The files as steps of the transaction, and what is dangerous about them.
fn checked(database: &Database, files: Vec<VersionFile>, hazards: &mut Vec<Hazard>) -> Result<Vec<Step>, Failure> {
    let mut steps = Vec::new();
    for file in files {
        let text = String::from_utf8(file.bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            Failure::refused(&file.path, format!("is not UTF-8, at byte {at}"))
        })?;
        let checked = sql::check(database.engine, sql::Purpose::Step, &file.path, &text)
            .map_err(|refusal| database.refused(refusal))?;
        if checked.no_transaction {
            return Err(Failure::refused(&file.path, "is marked no-transaction, and all files run in one")
                .hint("run it by hand before the deploy"));
        }
        hazards.extend(checked.hazards);
        // As it is, so that its lines keep their numbers: the engine takes off what it can't use.
        steps.push(Step { name: file.path, sql: text });
    }
    Ok(steps)
}
