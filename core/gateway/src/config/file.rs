//! The file as it is written: TOML of this shape, checked into a [`Config`].

use super::{Account, Config, ConfigError, Hook, Roles, Target};
use companion_adapters::{
    channel::whatsapp,
    crm::{self, kintone, webhook},
    http::Token,
};
use companion_domain::{
    grant::Mode,
    id::{AccountId, ChannelId, TargetId, TenantId},
};
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// Checks the text of a configuration file that lies in `folder`, and reads the secret files that it names.
pub(super) fn parse(text: &str, folder: &Path) -> Result<Config, ConfigError> {
    let file: File = toml::from_str(text).map_err(|error| ConfigError::Shape(shape(&error)))?;
    let listen = file
        .listen
        .parse()
        .map_err(|_| value("listen", "not an address and a port"))?;
    if !(file.public_url.starts_with("https://") || file.public_url.starts_with("http://")) {
        return Err(value("public_url", "not an http or https address"));
    }
    let mut config = Config {
        listen,
        database: folder.join(file.database),
        keys: folder.join(file.keys),
        poster_keys: file.poster_keys.map(|path| folder.join(path)),
        tenant: TenantId::new(file.tenant),
        public_url: file.public_url,
        test_grants: file.test_grants.map(|path| folder.join(path)),
        roles: Roles::default(),
        hooks: BTreeMap::new(),
        accounts: BTreeMap::new(),
        targets: Vec::new(),
    };
    for (at, hook) in file.hook.into_iter().enumerate() {
        let key = format!("hook[{at}]");
        known_channel(&key, &hook.channel)?;
        let (name, hook) = hook.check(&key, folder)?;
        if config.hooks.insert(name, hook).is_some() {
            return Err(value(key, "a second hook of this channel and name"));
        }
    }
    for (at, account) in file.account.into_iter().enumerate() {
        let key = format!("account[{at}]");
        known_channel(&key, &account.channel)?;
        let (id, account) = account.check(&key, folder)?;
        if config.accounts.insert(id, account).is_some() {
            return Err(value(key, "a second account of this channel and id"));
        }
    }
    for (at, target) in file.target.into_iter().enumerate() {
        let key = format!("target[{at}]");
        let target = target.check(&key, folder)?;
        let known = |id: &AccountId| config.accounts.keys().any(|(_, known)| known == id);
        if !target.accounts.iter().flatten().all(known) {
            return Err(value(
                format!("{key}.accounts"),
                "not an account of this file",
            ));
        }
        if target.name.as_str().contains('/') {
            return Err(value(format!("{key}.name"), "a slash belongs to channels"));
        }
        if config.targets.iter().any(|other| other.name == target.name) {
            return Err(value(format!("{key}.name"), "a second target of this name"));
        }
        config.targets.push(target);
    }
    Ok(config)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    listen: String,
    database: PathBuf,
    keys: PathBuf,
    poster_keys: Option<PathBuf>,
    tenant: String,
    public_url: String,
    test_grants: Option<PathBuf>,
    #[serde(default)]
    hook: Vec<FileHook>,
    #[serde(default)]
    account: Vec<FileAccount>,
    #[serde(default)]
    target: Vec<FileTarget>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileHook {
    channel: String,
    name: String,
    secret: Option<String>,
    secret_file: Option<PathBuf>,
    verify_token: Option<String>,
    verify_token_file: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileAccount {
    channel: String,
    id: String,
    waba: Option<String>,
    mode: Mode,
    send: Option<FileSend>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileSend {
    base_url: String,
    version: String,
    token: Option<String>,
    token_file: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum FileTarget {
    Webhook {
        name: String,
        accounts: Option<Vec<String>>,
        url: String,
        secret: Option<String>,
        secret_file: Option<PathBuf>,
        previous_secret: Option<String>,
        previous_secret_file: Option<PathBuf>,
    },
    Kintone {
        name: String,
        accounts: Option<Vec<String>>,
        base_url: String,
        app: u64,
        token: Option<String>,
        token_file: Option<PathBuf>,
        #[serde(default)]
        fields: kintone::Fields,
    },
}

impl FileHook {
    fn check(self, key: &str, folder: &Path) -> Result<((ChannelId, String), Hook), ConfigError> {
        let hook = Hook {
            secret: secret(key, "secret", self.secret, self.secret_file, folder)?,
            verify_token: secret(
                key,
                "verify_token",
                self.verify_token,
                self.verify_token_file,
                folder,
            )?,
        };
        Ok(((ChannelId::new(self.channel), self.name), hook))
    }
}

impl FileAccount {
    fn check(
        self,
        key: &str,
        folder: &Path,
    ) -> Result<((ChannelId, AccountId), Account), ConfigError> {
        if self.mode == Mode::Company {
            return Err(value(
                format!("{key}.mode"),
                "company accounts need an archive, which this gateway does not keep; use \"mixed\"",
            ));
        }
        let send = match self.send {
            None => None,
            Some(send) => {
                let key = format!("{key}.send");
                Some(whatsapp::outbound::SendConfig {
                    base_url: url(&key, "base_url", send.base_url)?,
                    version: send.version,
                    phone_number_id: self.id.clone(),
                    token: secret(&key, "token", send.token, send.token_file, folder)?,
                })
            }
        };
        let id = (ChannelId::new(self.channel), AccountId::new(self.id));
        Ok((
            id,
            Account {
                mode: self.mode,
                waba: self.waba.map(AccountId::new),
                send,
            },
        ))
    }
}

impl FileTarget {
    fn check(self, key: &str, folder: &Path) -> Result<Target, ConfigError> {
        let (name, accounts, crm) = match self {
            Self::Webhook {
                name,
                accounts,
                url: address,
                secret: text,
                secret_file,
                previous_secret,
                previous_secret_file,
            } => {
                let current = secret(key, "secret", text, secret_file, folder)?;
                let previous = if previous_secret.is_some() || previous_secret_file.is_some() {
                    let name = "previous_secret";
                    let text = secret(key, name, previous_secret, previous_secret_file, folder)?;
                    Some(signing_secret(key, name, &text)?)
                } else {
                    None
                };
                let config = webhook::Config {
                    url: url(key, "url", address)?,
                    secret: signing_secret(key, "secret", &current)?,
                    previous,
                };
                (name, accounts, crm::Target::Webhook(config))
            }
            Self::Kintone {
                name,
                accounts,
                base_url,
                app,
                token,
                token_file,
                fields,
            } => {
                let config = kintone::Config {
                    base_url: url(key, "base_url", base_url)?,
                    app,
                    token: secret(key, "token", token, token_file, folder)?,
                    fields,
                };
                (name, accounts, crm::Target::Kintone(config))
            }
        };
        Ok(Target {
            name: TargetId::new(name),
            crm,
            accounts: accounts.map(|ids| ids.into_iter().map(AccountId::new).collect()),
        })
    }
}

fn known_channel(key: &str, channel: &str) -> Result<(), ConfigError> {
    if channel == whatsapp::CHANNEL {
        return Ok(());
    }
    Err(value(
        format!("{key}.channel"),
        "not a channel that this gateway knows",
    ))
}

fn url(key: &str, name: &str, text: String) -> Result<String, ConfigError> {
    let parsed = reqwest::Url::parse(&text).ok();
    match parsed.as_ref().map(reqwest::Url::scheme) {
        Some("http" | "https") => Ok(text.trim_end_matches('/').to_owned()),
        _ => Err(value(
            format!("{key}.{name}"),
            "not an http or https address",
        )),
    }
}

fn signing_secret(
    key: &str,
    name: &str,
    text: &Token,
) -> Result<webhook::SigningSecret, ConfigError> {
    webhook::SigningSecret::parse(text.expose())
        .map_err(|error| value(format!("{key}.{name}"), error.to_string()))
}

/// A secret stands in the file itself or, better, in a file of its own.
fn secret(
    key: &str,
    name: &str,
    text: Option<String>,
    file: Option<PathBuf>,
    folder: &Path,
) -> Result<Token, ConfigError> {
    let text = match (text, file) {
        (Some(text), None) => text,
        (None, Some(file)) => read(&folder.join(file))?.trim_end().to_owned(),
        (Some(_), Some(_)) => {
            let problem = format!("given twice, as {name} and as {name}_file");
            return Err(value(format!("{key}.{name}"), problem));
        }
        (None, None) => {
            let problem = format!("missing; give {name} or {name}_file");
            return Err(value(format!("{key}.{name}"), problem));
        }
    };
    if text.is_empty() {
        return Err(value(format!("{key}.{name}"), "empty"));
    }
    Ok(Token::new(text))
}

pub(super) fn read(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|error| ConfigError::File {
        path: path.to_owned(),
        error,
    })
}

fn value(key: impl Into<String>, problem: impl Into<String>) -> ConfigError {
    ConfigError::Value {
        key: key.into(),
        problem: problem.into(),
    }
}

/// What TOML found wrong, without the line that it quotes: that line may hold a secret.
fn shape(error: &toml::de::Error) -> String {
    error.message().to_owned()
}
