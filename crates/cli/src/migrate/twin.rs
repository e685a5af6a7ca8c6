//! The sandbox that a rehearsal goes to: in this process, set up as the mapping says the tenant is.
//!
//! It keeps nothing: it is gone when the rehearsal ends. The rehearsal does to it what Engage's clock and Voyado would do.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, anyhow, ensure};
use http::Method;
use migration::layout::Layout;
use migration::mapping::{ContactKey, Format, Mapping, Part};
use migration::reconcile::Totals;
use migration::run::{On, Waiting};
use migration::{Entity, Manifest, sftp};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::web::Site;
use crate::{stand_in, wiring};

/// By how much the twin's clock moves on between two looks; a batch of contacts takes less.
const WORKED_ON: Duration = Duration::from_secs(60);
/// What contacts' files say that is no attribute.
const BESIDE_ATTRIBUTES: [&str; 5] = ["contactType", "source", "acceptsEmail", "acceptsSms", "acceptsPostal"];

/// A sandbox in this process.
pub(super) struct Twin {
    site: Site,
    pub(super) sftp: sftp::Config,
    stop: oneshot::Sender<()>,
    served: tokio::task::JoinHandle<()>,
}

impl Twin {
    /// One that is set up as the mapping says the tenant is.
    ///
    /// # Errors
    /// When no address is free.
    pub(super) async fn start(mapping: &Mapping) -> anyhow::Result<Self> {
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

    /// A client of its API.
    ///
    /// # Errors
    /// When none can be made.
    pub(super) fn client(&self) -> anyhow::Result<engage::Client> {
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
    ///
    /// # Errors
    /// When it refuses.
    pub(super) async fn take(&self, plan: &Manifest, on: &[Waiting]) -> anyhow::Result<()> {
        // What was sent by calls is worked on a while later.
        self.act("clock", Some(&json!({ "advanceSeconds": WORKED_ON.as_secs() }))).await?;
        for one in on {
            let kind = plan.files.iter().find(|file| file.name == one.file).map(|file| file.entity);
            match (one.on, kind) {
                (On::Voyado, Some(kind)) => {
                    self.act(&format!("imports/{}/start", file_kind(kind).word()), None).await?
                }
                _ => self.act("imports/pick-up", None).await?,
            }
        }
        self.act("import", None).await
    }

    /// Does something to it.
    ///
    /// # Errors
    /// When it refuses.
    pub(super) async fn act(&self, path: &str, body: Option<&Value>) -> anyhow::Result<()> {
        let reply = self.site.call(Method::POST, &format!("/_sandbox/{path}"), body, &[]).await?;
        ensure!(reply.status.is_success(), "the sandbox says {} to {path}: {}", reply.status, reply.detail());
        Ok(())
    }

    /// What it holds, counted.
    ///
    /// # Errors
    /// When it does not tell.
    pub(super) async fn totals(&self) -> anyhow::Result<Totals> {
        let reply = self.site.get("/_sandbox/totals").await?;
        serde_json::from_value(reply.body).context("the sandbox's totals can't be read")
    }

    /// Ends it; what it held is gone.
    ///
    /// # Errors
    /// When it had broken down.
    pub(super) async fn end(self) -> anyhow::Result<()> {
        // It may have ended by itself, which the next line tells.
        let _ = self.stop.send(());
        self.served.await.context("the sandbox broke down")
    }
}

/// The tenant as the mapping has it: its key and contact type, its own attributes, its folders, what it calls its columns.
fn tenant(mapping: &Mapping) -> anyhow::Result<sandbox::Settings> {
    let tenant = sandbox::Settings::default();
    let (key, custom) = match mapping.engage.contact_key {
        ContactKey::MemberNumber => (sandbox::Identifier::MemberNumber, sandbox::Identifier::MemberNumber),
        ContactKey::ExternalId => (sandbox::Identifier::ExternalId, sandbox::Identifier::ExternalId),
        ContactKey::Email => (sandbox::Identifier::Email, tenant.custom_key),
        ContactKey::MobilePhone => (sandbox::Identifier::MobilePhone, tenant.custom_key),
        ContactKey::SocialSecurityNumber => (sandbox::Identifier::SocialSecurityNumber, tenant.custom_key),
    };
    let handle = mapping.engage.contact_type.clone();
    Ok(sandbox::Settings {
        contact_types: vec![sandbox::ContactType { handle, key, mandatory: Vec::new() }],
        custom_key: custom,
        custom_attributes: own_attributes(mapping),
        group_currency: mapping.retailer.group_currency.clone(),
        import_folders: folders(mapping, tenant.import_folders),
        file_columns: own_columns(mapping)?,
        ..tenant
    })
}

/// Contacts' fields that a sandbox doesn't know of every tenant: they go as they are, to attributes that this one made.
fn own_attributes(mapping: &Mapping) -> Vec<String> {
    let known: Vec<&str> = sandbox::standard_attributes().chain(BESIDE_ATTRIBUTES).collect();
    let rules = mapping.table(Entity::Contacts, Part::Whole).map_or(&[][..], |table| &table.rules);
    let names = rules.iter().map(|(name, _)| name).filter(|name| !known.contains(&name.as_str()));
    names.cloned().collect()
}

fn folders(mapping: &Mapping, usual: sandbox::ImportFolders) -> sandbox::ImportFolders {
    let of = |entity, usual| mapping.engage.folders.get(&entity).cloned().unwrap_or(usual);
    sandbox::ImportFolders {
        stores: of(Entity::Stores, usual.stores),
        contacts: of(Entity::Contacts, usual.contacts),
        transactions: of(Entity::Receipts, usual.transactions),
        points: of(Entity::Points, usual.points),
        vouchers: of(Entity::Vouchers, usual.vouchers),
    }
}

/// Columns that the mapping calls otherwise than the layout that is built in: own names by the usual.
fn own_columns(mapping: &Mapping) -> anyhow::Result<BTreeMap<sandbox::FileKind, BTreeMap<String, String>>> {
    let mut all = BTreeMap::new();
    for (entity, own) in &mapping.layouts {
        let fields: Vec<String> = own.columns.iter().map(|(_, path)| path.clone()).collect();
        let usual = Layout::new(*entity, Format::Csv, &fields, &[])?;
        let own = own.columns.iter().filter_map(|(name, path)| {
            let usual = usual.columns().iter().find(|column| column.path == *path)?;
            Some((usual.name.clone(), name.clone()))
        });
        all.insert(file_kind(*entity), own.collect());
    }
    Ok(all)
}

fn file_kind(entity: Entity) -> sandbox::FileKind {
    match entity {
        Entity::Stores => sandbox::FileKind::Stores,
        Entity::Contacts => sandbox::FileKind::Contacts,
        Entity::Receipts => sandbox::FileKind::Transactions,
        Entity::Points => sandbox::FileKind::Points,
        Entity::Vouchers => sandbox::FileKind::Vouchers,
    }
}
