//! The configuration file. Whatever loads is usable: addresses are parsed, secrets are read, modes are supported.

mod file;

use companion_adapters::{channel::whatsapp, crm, http::Token};
use companion_domain::{
    grant::Mode,
    id::{AccountId, ChannelId, TargetId, TenantId},
};
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// A gateway's configuration. `gateway.example.toml` shows every key.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The SQLite file.
    pub database: PathBuf,
    /// The key file that `companion-gateway init` makes.
    pub keys: PathBuf,
    /// The poster's own key file; `None`: its secret is in `keys`.
    pub poster_keys: Option<PathBuf>,
    /// The company.
    pub tenant: TenantId,
    /// The address that phones know: the `aud` of their assertions.
    pub public_url: String,
    /// A folder of grants that are taken as they lie there. For tests.
    pub test_grants: Option<PathBuf>,
    /// What this process does.
    pub roles: Roles,
    /// Webhooks, by channel and name.
    pub hooks: BTreeMap<(ChannelId, String), Hook>,
    /// The company's identities on channels.
    pub accounts: BTreeMap<(ChannelId, AccountId), Account>,
    /// Where records go.
    pub targets: Vec<Target>,
}

/// The parts of a gateway's work; each may be a process of its own on the same database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Roles {
    /// Takes webhooks.
    pub ingress: bool,
    /// Serves phones.
    pub relay: bool,
    /// Takes records and messages and posts them.
    pub poster: bool,
}

/// A webhook address, `/hooks/{channel}/{name}`.
#[derive(Clone, Debug)]
pub struct Hook {
    /// Signs each delivery.
    pub secret: Token,
    /// What the channel shows at the subscription check.
    pub verify_token: Token,
}

/// The company's identity on a channel.
#[derive(Clone, Debug)]
pub struct Account {
    /// How it is used.
    pub mode: Mode,
    /// What it belongs to on its channel: a delivery about that is about it, too.
    pub waba: Option<AccountId>,
    /// How messages are sent; absent: they are refused.
    pub send: Option<whatsapp::outbound::SendConfig>,
}

/// A mirror target.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its name in the store.
    pub name: TargetId,
    /// What it is.
    pub crm: crm::Target,
    /// The accounts whose records it gets; `None`: all.
    pub accounts: Option<Vec<AccountId>>,
}

/// Why a configuration is not usable. It names the key and never a secret.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// The file is not TOML of the right shape.
    #[error("{0}")]
    Shape(String),
    /// A key has a value that does not do.
    #[error("{key}: {problem}")]
    Value {
        /// The key.
        key: String,
        /// What is wrong with its value.
        problem: String,
    },
}

impl Config {
    /// Reads the file at `path` and the secret files that it names; relative paths start at its folder.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = file::read(path)?;
        let folder = path.parent().unwrap_or(Path::new("."));
        Self::parse(&text, folder)
    }

    /// Reads the text of a configuration file that lies in `folder`.
    pub fn parse(text: &str, folder: &Path) -> Result<Self, ConfigError> {
        file::parse(text, folder)
    }

    /// The accounts that a delivery about `named` is about: the one of this id, or all that belong to it.
    pub(crate) fn accounts_of(&self, channel: &ChannelId, named: &AccountId) -> Vec<&AccountId> {
        self.accounts
            .iter()
            .filter(|((of, id), account)| {
                of == channel && (id == named || account.waba.as_ref() == Some(named))
            })
            .map(|((_, id), _)| id)
            .collect()
    }
}

impl Target {
    /// Whether it gets the records of `account`.
    pub(crate) fn takes(&self, account: &AccountId) -> bool {
        self.accounts
            .as_ref()
            .is_none_or(|ids| ids.contains(account))
    }
}

impl Default for Roles {
    fn default() -> Self {
        Self {
            ingress: true,
            relay: true,
            poster: true,
        }
    }
}

impl std::str::FromStr for Roles {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut roles = Self {
            ingress: false,
            relay: false,
            poster: false,
        };
        for word in text.split(',') {
            match word.trim() {
                "ingress" => roles.ingress = true,
                "relay" => roles.relay = true,
                "poster" => roles.poster = true,
                other => return Err(format!("no role is called {other:?}")),
            }
        }
        Ok(roles)
    }
}
