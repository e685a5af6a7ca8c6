//! `tillbridge migrate rehearse`: the plan goes into a sandbox of its own, in this process, and what came of it is
//! compared with the plan.
//!
//! The twin is set up as the mapping says the tenant is. It keeps nothing: it is gone when the rehearsal ends. The run is
//! the real one, over SFTP, in a folder of its own, so that nothing of it is taken for the migration's.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail, ensure};
use http::Method;
use migration::mapping::{ContactKey, Mapping};
use migration::reconcile::{Against, Totals, Verdict};
use migration::run::{Ended, On, Options, Road, Setup, Waiting};
use migration::{Entity, Folder, Manifest, sftp};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::interrupt::Interrupt;
use super::{compare, next, plan_of, send};
use crate::exit::Exit;
use crate::web::Site;
use crate::{print, stand_in, wiring};

/// The rehearsal's own folder, in the migration's.
const FOLDER: &str = "rehearsal";
/// How often a run may wait for each file before something is taken to be wrong.
const WAITS_A_FILE: usize = 8;
/// By how much the twin's clock moves on between two looks; a batch of contacts takes less.
const WORKED_ON: Duration = Duration::from_secs(60);

/// Rehearses.
///
/// # Errors
/// A sandbox that can't be started, a file that it doesn't take.
pub(super) async fn run(folder: &Folder, json: bool) -> anyhow::Result<Exit> {
    let mapping = plan_of::mapping(folder)?;
    let plan = plan_of::manifest(folder)?;
    let copy = copy(folder, &plan).context("can't prepare the rehearsal's folder")?;
    let interrupt = Interrupt::watch()?;
    let twin = Twin::start(&mapping).await?;
    eprintln!(
        "Rehearsing: what is called Engage below is a sandbox in this process, and nothing leaves this machine."
    );
    let played = play(&copy, &plan, &mapping, &twin, &interrupt).await;
    let totals = match played {
        Ok(true) => twin.totals().await,
        Ok(false) => return Ok(Exit::Unfinished),
        Err(error) => Err(error),
    };
    twin.end().await?;
    let totals = totals?;
    let options = compare::options(&mapping)?;
    let reconciliation = compare::look(&copy, Against::Twin(&totals), &options, &interrupt).await?;
    if json {
        print::json(&reconciliation)?;
    } else {
        print::text(&compare::text(&copy, &reconciliation))?;
        if reconciliation.verdict == Verdict::Agrees {
            print::line(&format!("next: {}, which sends it to Engage", next(folder, "run")))?;
        }
    }
    Ok(compare::exit(&reconciliation))
}

/// The plan in a folder of its own: the same files by another name, or copies where the disk knows no such thing.
fn copy(folder: &Folder, plan: &Manifest) -> io::Result<Folder> {
    let to = folder.path().join(FOLDER);
    match std::fs::remove_dir_all(&to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let copy = Folder::at(to);
    std::fs::create_dir_all(copy.files())?;
    link(&folder.manifest(), &copy.manifest())?;
    for file in &plan.files {
        link(&folder.files().join(&file.name), &copy.files().join(&file.name))?;
    }
    for entity in Entity::ALL {
        let (index, own) = (folder.index(entity), copy.index(entity));
        if index.exists() {
            if let Some(parent) = own.parent() {
                std::fs::create_dir_all(parent)?;
            }
            link(&index, &own)?;
        }
    }
    Ok(copy)
}

fn link(from: &Path, to: &Path) -> io::Result<()> {
    match std::fs::hard_link(from, to) {
        Ok(()) => Ok(()),
        Err(_) => std::fs::copy(from, to).map(drop),
    }
}

/// Sends all of it, and does what Engage's clock and Voyado would do; false where it was stopped.
async fn play(
    folder: &Folder,
    plan: &Manifest,
    mapping: &Mapping,
    twin: &Twin,
    interrupt: &Interrupt,
) -> anyhow::Result<bool> {
    let engage = send::asking_over(mapping, twin.client()?)?;
    let setup = Setup {
        folder,
        manifest: plan,
        road: Road::of(&mapping.engage, plan.scope),
        sftp: Some(&twin.sftp),
        engage: Some(&engage),
    };
    for _ in 0..=plan.files.len() * WAITS_A_FILE {
        match send::carry_out(setup, &Options::default(), interrupt).await? {
            Ended::Done => return Ok(true),
            Ended::Stopped => return Ok(false),
            Ended::Waiting { on } => twin.take(plan, &on).await?,
            Ended::NeedsPerson { on } => {
                let files: Vec<&str> = on.iter().map(|one| one.file.as_str()).collect();
                bail!("the sandbox left these in doubt: {}", files.join(", "));
            }
        }
    }
    bail!("the sandbox doesn't take the files; its folders may be named otherwise than the mapping's")
}

/// A sandbox in this process.
struct Twin {
    site: Site,
    sftp: sftp::Config,
    stop: oneshot::Sender<()>,
    served: tokio::task::JoinHandle<()>,
}

impl Twin {
    async fn start(mapping: &Mapping) -> anyhow::Result<Self> {
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let config = sandbox::Config {
            listen: anywhere,
            settings: tenant(mapping)?,
            seed: stand_in::drawn_seed()?,
            sftp: Some(sandbox::Sftp::on(anywhere)),
            ..sandbox::Config::in_memory()
        };
        let server = sandbox::Server::bind(config).await.context("can't start a sandbox")?;
        let access = server.sftp().context("the sandbox lets no files in")?;
        let sftp = sftp::Config {
            host: access.address.ip().to_string(),
            port: access.address.port(),
            user: access.user.clone(),
            login: sftp::Login::Password(SecretString::from(access.password.clone())),
            host_key: Some(access.host_key.clone()),
        };
        let site = Site::new(&format!("http://{}", server.local_addr()), None)?;
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(async move {
            server
                .run(async {
                    // Whoever drops the other end wants an end as well.
                    let _ = stopped.await;
                })
                .await;
        });
        Ok(Self { site, sftp, stop, served })
    }

    fn client(&self) -> anyhow::Result<engage::Client> {
        let config = engage::Config {
            base_url: self.site.base_url().to_owned(),
            api_key: SecretString::from("rehearsal"),
            user_agent: wiring::USER_AGENT.to_owned(),
            timeout: Duration::from_secs(60),
            ca_file: None,
        };
        engage::Client::new(config).map_err(|error| anyhow!(error))
    }

    /// Engage's clock strikes, and Voyado starts what only Voyado can.
    async fn take(&self, plan: &Manifest, on: &[Waiting]) -> anyhow::Result<()> {
        // What was sent by calls is worked on a while later.
        self.act("clock", Some(&json!({ "advanceSeconds": WORKED_ON.as_secs() }))).await?;
        for one in on {
            let kind = plan.files.iter().find(|file| file.name == one.file).map(|file| file.entity);
            match (one.on, kind) {
                (On::Voyado, Some(kind)) => {
                    self.act(&format!("imports/{}/start", in_engage(kind)), None).await?
                }
                _ => self.act("imports/pick-up", None).await?,
            }
        }
        self.act("import", None).await
    }

    async fn act(&self, path: &str, body: Option<&Value>) -> anyhow::Result<()> {
        let reply = self.site.call(Method::POST, &format!("/_sandbox/{path}"), body, &[]).await?;
        ensure!(reply.status.is_success(), "the sandbox says {} to {path}: {}", reply.status, reply.detail());
        Ok(())
    }

    async fn totals(&self) -> anyhow::Result<Totals> {
        let reply = self.site.get("/_sandbox/totals").await?;
        serde_json::from_value(reply.body).context("the sandbox's totals can't be read")
    }

    async fn end(self) -> anyhow::Result<()> {
        // It may have ended by itself, which the next line tells.
        let _ = self.stop.send(());
        self.served.await.context("the sandbox broke down")
    }
}

/// A kind as the sandbox's folders call it.
fn in_engage(kind: Entity) -> &'static str {
    match kind {
        Entity::Receipts => "transactions",
        other => other.as_str(),
    }
}

fn tenant(mapping: &Mapping) -> anyhow::Result<sandbox::Settings> {
    let mut tenant = sandbox::Settings::default();
    let handle = mapping.engage.contact_type.clone();
    let (key, custom) = match mapping.engage.contact_key {
        ContactKey::MemberNumber => (sandbox::Identifier::MemberNumber, sandbox::Identifier::MemberNumber),
        ContactKey::ExternalId => (sandbox::Identifier::ExternalId, sandbox::Identifier::ExternalId),
        ContactKey::Email => (sandbox::Identifier::Email, tenant.custom_key),
        ContactKey::MobilePhone => (sandbox::Identifier::MobilePhone, tenant.custom_key),
        ContactKey::SocialSecurityNumber => (sandbox::Identifier::SocialSecurityNumber, tenant.custom_key),
    };
    tenant.contact_types.retain(|other| !other.handle.eq_ignore_ascii_case(&handle));
    tenant.contact_types.insert(0, sandbox::ContactType { handle, key, mandatory: Vec::new() });
    tenant.custom_key = custom;
    tenant.group_currency.clone_from(&mapping.retailer.group_currency);
    Ok(tenant)
}
