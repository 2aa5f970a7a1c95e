//! The keys that stand both at the top of the file and in a target's table.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::activate::{ActivateLayer, apart};
use super::build::BuildLayer;
use super::env::{EnvLayer, plain};
use super::health::HealthLayer;
use super::maintenance::MaintenanceLayer;
use super::naming::artifact;
use super::notify::NotifyLayer;
use super::own_paths::own_file;
use super::paths::{base, inside_not_ours};
use super::problem::Complaint;
use super::schema::SchemaLayer;
use super::service::ServiceLayer;
use super::signatures::SignaturesLayer;
use super::table::{At, Table};
use super::units::{connect_timeout, duration, lease, size};
use super::words::{command, entry};
use crate::model::Limits;
use crate::model::target::ArtifactName;

/// What one of the two says. Nothing is filled in, so that [`Layer::over`] can tell what was said.
#[derive(Debug, Clone, Default)]
pub(super) struct Layer {
    pub artifact: Option<ArtifactName>,
    pub build: BuildLayer,
    pub base: Option<String>,
    pub releases: Option<At<String>>,
    pub live: Option<At<String>>,
    pub keep: Option<usize>,
    pub shared: Option<Vec<String>>,
    pub shared_files: Option<Vec<String>>,
    pub lease: Option<Duration>,
    pub max_unpacked: Option<u64>,
    pub env: EnvLayer,
    pub prepare: Option<Vec<String>>,
    pub prepare_timeout: Option<Duration>,
    pub maintenance: MaintenanceLayer,
    pub service: ServiceLayer,
    pub health: HealthLayer,
    pub activate: ActivateLayer,
    pub signatures: SignaturesLayer,
    pub schema: Option<SchemaLayer>,
    pub notify: NotifyLayer,
    pub ssh_config: Option<PathBuf>,
    pub connect_timeout: Option<Duration>,
}

impl Layer {
    /// Reads them; the table may have others.
    pub fn read(table: &mut Table, app: &str, dir: &Path) -> Self {
        let shared = table.texts("shared", inside_not_ours).map(At::into_inner);
        let shared_files = table.texts("shared_files", inside_not_ours).map(At::into_inner);
        let both: Vec<_> = shared.iter().chain(&shared_files).flatten().cloned().collect();
        apart(&both, if shared_files.is_some() { "shared_files" } else { "shared" }, table);
        let mut prepare = table.table("prepare");
        let mut ssh = table.table("ssh");
        let found = Self {
            artifact: table.text("artifact", |text| artifact(text, app)).map(At::into_inner),
            build: table.table("build").map(BuildLayer::read).unwrap_or_default(),
            base: table.text("base", base).map(At::into_inner),
            releases: table.text("releases", entry),
            live: table.text("live", entry),
            keep: table.number("keep", keep).map(At::into_inner),
            shared_files: shared_files.map(|paths| paths.into_iter().map(At::into_inner).collect()),
            shared: shared.map(|paths| paths.into_iter().map(At::into_inner).collect()),
            lease: table.text("lease", lease).map(At::into_inner),
            max_unpacked: table.value("max_unpacked", size).map(At::into_inner),
            env: table.table("env").map(EnvLayer::read).unwrap_or_default(),
            prepare: prepare.as_mut().and_then(|prepare| prepare.texts("run", command)).map(plain),
            prepare_timeout: prepare.as_mut().and_then(|prepare| prepare.text("timeout", duration)).map(At::into_inner),
            maintenance: table.table("maintenance").map(MaintenanceLayer::read).unwrap_or_default(),
            service: table.table("service").map(ServiceLayer::read).unwrap_or_default(),
            health: table.table("health").map(HealthLayer::read).unwrap_or_default(),
            activate: table.table("activate").map(ActivateLayer::read).unwrap_or_default(),
            signatures: table.table("signatures").map(SignaturesLayer::read).unwrap_or_default(),
            schema: table.table("schema").map(SchemaLayer::read),
            notify: table.table("notify").map(NotifyLayer::read).unwrap_or_default(),
            ssh_config: ssh.as_mut().and_then(|ssh| ssh.text("config", |text| own_file(text, dir))).map(At::into_inner),
            connect_timeout: ssh
                .as_mut()
                .and_then(|ssh| ssh.text("connect_timeout", connect_timeout))
                .map(At::into_inner),
        };
        [prepare, ssh].into_iter().flatten().for_each(Table::done);
        found
    }

    /// How long each command may take, where one of the tables says so.
    pub fn limits(&self) -> Limits {
        let usual = Limits::default();
        Limits {
            env: self.env.timeout.unwrap_or(usual.env),
            prepare: self.prepare_timeout.unwrap_or(usual.prepare),
            service: self.service.timeout.unwrap_or(usual.service),
            activate: self.activate.timeout.unwrap_or(usual.activate),
            schema: self.schema.as_ref().and_then(|schema| schema.timeout).unwrap_or(usual.schema),
        }
    }

    /// Lays it over another, key by key.
    pub fn over(self, under: Self) -> Self {
        Self {
            artifact: self.artifact.or(under.artifact),
            build: self.build.over(under.build),
            base: self.base.or(under.base),
            releases: self.releases.or(under.releases),
            live: self.live.or(under.live),
            keep: self.keep.or(under.keep),
            shared: self.shared.or(under.shared),
            shared_files: self.shared_files.or(under.shared_files),
            lease: self.lease.or(under.lease),
            max_unpacked: self.max_unpacked.or(under.max_unpacked),
            env: self.env.over(under.env),
            prepare: self.prepare.or(under.prepare),
            prepare_timeout: self.prepare_timeout.or(under.prepare_timeout),
            maintenance: self.maintenance.over(under.maintenance),
            service: self.service.over(under.service),
            health: self.health.over(under.health),
            activate: self.activate.over(under.activate),
            signatures: self.signatures.over(under.signatures),
            schema: SchemaLayer::merged(self.schema, under.schema),
            notify: self.notify.over(under.notify),
            ssh_config: self.ssh_config.or(under.ssh_config),
            connect_timeout: self.connect_timeout.or(under.connect_timeout),
        }
    }
}

fn keep(number: i64) -> Result<usize, Complaint> {
    match usize::try_from(number) {
        Ok(keep) if keep >= 2 => Ok(keep),
        _ => Err(Complaint::new(format!("{number} is too few, at least 2")).why("rollback needs the previous release")),
    }
}
