//! Questions before anything is touched: is what is live healthy, as `[health]` asks, and where is the database?

use super::look::silent;
use super::{Fleet, LOOK_TIME, Member};
use crate::agent::{answers, wire};
use crate::model::target::Target;
use crate::model::{Failure, Step};
use crate::plan::{environment, health_check};

impl Fleet {
    /// Asks each host of several where the database of `[schema]` is; the answer stands in what was seen of it.
    ///
    /// # Errors
    /// A host no longer answers.
    pub async fn ask_databases(&mut self, target: &Target) -> Result<(), Failure> {
        if self.members.len() > 1 {
            for member in &mut self.members {
                member.ask_database(target).await?;
            }
        }
        Ok(())
    }

    /// Has each host read the files of `[env]`; what speaks against them stands in what was seen of it.
    ///
    /// # Errors
    /// A host no longer answers.
    pub async fn try_env(&mut self, target: &Target) -> Result<(), Failure> {
        for member in &mut self.members {
            member.send_env(target).await?;
        }
        for member in &mut self.members {
            member.take_env(target).await?;
        }
        Ok(())
    }

    /// Asks each host that has a live release; the answer stands in what was seen of it.
    ///
    /// # Errors
    /// A host no longer answers.
    pub async fn ask_health(&mut self, target: &Target) -> Result<(), Failure> {
        for member in &mut self.members {
            member.send_health(target).await?;
        }
        for member in &mut self.members {
            member.take_health(target).await?;
        }
        Ok(())
    }
}

impl Member {
    /// Has one host read the files of `[env]`.
    ///
    /// # Errors
    /// It no longer answers.
    pub async fn try_env(&mut self, target: &Target) -> Result<(), Failure> {
        self.send_env(target).await?;
        self.take_env(target).await
    }

    /// Is the live release of one host healthy?
    ///
    /// # Errors
    /// It no longer answers.
    pub async fn ask_health(&mut self, target: &Target) -> Result<(), Failure> {
        self.send_health(target).await?;
        self.take_health(target).await
    }

    /// Where is the database of `[schema]`, as this host sees it?
    ///
    /// # Errors
    /// It no longer answers.
    pub async fn ask_database(&mut self, target: &Target) -> Result<(), Failure> {
        let Some(schema) = target.schema.as_ref().filter(|schema| !schema.url.is_empty()) else { return Ok(()) };
        let channel = self.channel.as_mut().ok_or_else(|| silent(&self.host))?;
        let request = wire::ask_database(environment(target).as_ref(), &schema.url);
        channel.send(&request).await.map_err(|_| silent(&self.host))?;
        let line = channel.text_within(LOOK_TIME).await.map_err(|_| silent(&self.host))?;
        self.observed.database = line.strip_prefix("database ").and_then(answers::database);
        Ok(())
    }

    async fn send_env(&mut self, target: &Target) -> Result<(), Failure> {
        let Some(request) = self.env_request(target) else { return Ok(()) };
        let channel = self.channel.as_mut().ok_or_else(|| silent(&self.host))?;
        channel.send(&request).await.map_err(|_| silent(&self.host))
    }

    async fn take_env(&mut self, target: &Target) -> Result<(), Failure> {
        if self.env_request(target).is_none() {
            return Ok(());
        }
        let channel = self.channel.as_mut().ok_or_else(|| silent(&self.host))?;
        // As long as the host says that somebody is at work; how long that may be is known there.
        let mut line = "alive".to_owned();
        while line == "alive" {
            line = channel.text_within(LOOK_TIME).await.map_err(|_| silent(&self.host))?;
        }
        self.observed.env_fails = line.strip_prefix("env failed ").map(str::to_owned);
        Ok(())
    }

    /// Only files can fail; a locked host is refused for that.
    fn env_request(&self, target: &Target) -> Option<String> {
        let env = environment(target).filter(|env| matches!(env, Step::Env { files, .. } if !files.is_empty()))?;
        self.observed.lock.is_none().then(|| wire::try_env(&env, target.limits.env))
    }

    async fn send_health(&mut self, target: &Target) -> Result<(), Failure> {
        let Some(request) = self.request(target) else { return Ok(()) };
        let channel = self.channel.as_mut().ok_or_else(|| silent(&self.host))?;
        channel.send(&request).await.map_err(|_| silent(&self.host))
    }

    async fn take_health(&mut self, target: &Target) -> Result<(), Failure> {
        if self.request(target).is_none() {
            return Ok(());
        }
        let channel = self.channel.as_mut().ok_or_else(|| silent(&self.host))?;
        let line = channel.text_within(LOOK_TIME).await.map_err(|_| silent(&self.host))?;
        self.observed.health = line.strip_prefix("health ").and_then(answers::health);
        Ok(())
    }

    fn request(&self, target: &Target) -> Option<String> {
        let (health, live) = (target.health.as_ref()?, self.observed.live_release(&target.releases)?);
        // A host that is locked or has no tool for it is refused for that.
        let leads = matches!(self.observed.live, crate::model::Live::Link(_));
        (leads && self.observed.lock.is_none() && self.observed.env_fails.is_none())
            .then(|| wire::ask_health(environment(target).as_ref(), &health_check(health, &live)))
    }
}
