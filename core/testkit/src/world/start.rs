//! How each process is started, and what it is told.

use super::{Failure, GatewayProgram, Options, Target};
use crate::{
    kill::KillAt,
    process::{Child, ChildError},
};
use serde::Deserialize;
use serde_json::Value;
use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

pub(super) const APP: u64 = 12;
pub(super) const APP_TOKEN: &str = "sandbox-app-token";
pub(super) const WEBHOOK_SECRET: &str = "whsec_Y29tcGFuaW9uLXRlc3RraXQtc2VjcmV0LTAwMQ==";
/// The secret that signs the number's webhooks.
pub const APP_SECRET: &str = "testkit-app-secret";
pub(super) const GRAPH_TOKEN: &str = "testkit-graph-token";
pub(super) const TENANT: &str = "acme";

#[derive(Deserialize)]
pub(super) struct CrmListening {
    pub(super) listening: SocketAddr,
    pub(super) control: SocketAddr,
}

pub(super) async fn start_crm(options: &Options) -> Result<(Child, CrmListening), Failure> {
    let folder = &options.folder;
    let app = APP.to_string();
    let pace = options.pace.to_string();
    let data = path_text(&folder.join("crm"));
    let arguments = arguments(&[
        "crm",
        "--app",
        &app,
        "--token",
        APP_TOKEN,
        "--secret",
        WEBHOOK_SECRET,
        "--pace",
        &pace,
        "--data",
        &data,
    ]);
    let mut crm = Child::start("CRM", &program()?, &arguments, &folder.join("logs/crm.log"))?;
    let listening = crm.hear().await?;
    Ok((crm, listening))
}

pub(super) async fn start_gateway(
    options: &Options,
    address: SocketAddr,
    kill: Option<KillAt>,
) -> Result<Child, Failure> {
    let folder = &options.folder;
    let config = path_text(&folder.join("gateway/gateway.toml"));
    let address = address.to_string();
    let pace = options.pace.to_string();
    let reached = path_text(&folder.join("reached"));
    let log = folder.join("logs/gateway.log");
    match &options.gateway {
        GatewayProgram::Product(program) => {
            let file = folder.join("gateway/address");
            // The file of an earlier start would say that this one listens already.
            let _ = fs::remove_file(&file);
            let file_text = path_text(&file);
            let arguments = arguments(&[
                "--config",
                &config,
                "--listen",
                &address,
                "--address-file",
                &file_text,
            ]);
            let mut gateway = Child::start("gateway", program, &arguments, &log)?;
            while !file.exists() {
                if gateway.ended() {
                    return Err("the gateway ended before it listened".into());
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            Ok(gateway)
        }
        GatewayProgram::WithFaultPoints => {
            let mut arguments = arguments(&[
                "gateway",
                "--config",
                &config,
                "--listen",
                &address,
                "--pace",
                &pace,
                "--reached",
                &reached,
            ]);
            add_kill(&mut arguments, kill);
            let mut gateway = Child::start("gateway", &program()?, &arguments, &log)?;
            let _: Value = gateway.hear().await?;
            Ok(gateway)
        }
    }
}

pub(super) async fn start_phone(
    options: &Options,
    gateway: &str,
    kill: Option<KillAt>,
) -> Result<Child, Failure> {
    let folder = &options.folder;
    let text = |name: &str| path_text(&folder.join(name));
    let pace = options.pace.to_string();
    let mut arguments = arguments(&[
        "phone",
        "--root",
        &text("phone"),
        "--enrolment",
        options.enrolment.as_str(),
        "--shared",
        &path_text(&options.shared()),
        "--keystore",
        &text("keystore"),
        "--tenant",
        &text("tenant.json"),
        "--gateway",
        gateway,
        "--grants",
        &text("gateway/grants"),
        "--pace",
        &pace,
        "--reached",
        &text("reached"),
    ]);
    add_kill(&mut arguments, kill);
    let mut phone = Child::start(
        "phone",
        &program()?,
        &arguments,
        &folder.join("logs/phone.log"),
    )?;
    match phone.hear::<Value>().await?.get("error") {
        None => Ok(phone),
        Some(error) => Err(format!("the phone does not open: {error}").into()),
    }
}

fn add_kill(arguments: &mut Vec<String>, kill: Option<KillAt>) {
    if let Some(kill) = kill {
        arguments.extend(["--kill".to_owned(), kill.to_string()]);
    }
}

pub(super) fn gateway_config(
    options: &Options,
    public_url: &str,
    graph: &str,
    crm: &str,
) -> String {
    let target = match &options.target {
        Target::Kintone => format!(
            "kind = \"kintone\"\nbase_url = \"{crm}\"\napp = {APP}\ntoken = \"{APP_TOKEN}\"\n"
        ),
        Target::Webhook => {
            format!("kind = \"webhook\"\nurl = \"{crm}\"\nsecret = \"{WEBHOOK_SECRET}\"\n")
        }
        Target::Elsewhere { url, secret } => {
            format!("kind = \"webhook\"\nurl = \"{url}\"\nsecret = \"{secret}\"\n")
        }
    };
    let account = &options.number.phone_number_id;
    format!(
        "listen = \"127.0.0.1:0\"\ndatabase = \"gateway.db\"\nkeys = \"keys.json\"\n\
         tenant = \"{TENANT}\"\npublic_url = \"{public_url}\"\ntest_grants = \"grants\"\n\n\
         [[hook]]\nchannel = \"whatsapp\"\nname = \"testkit\"\nsecret = \"{APP_SECRET}\"\n\
         verify_token = \"testkit-verify\"\n\n\
         [[account]]\nchannel = \"whatsapp\"\nid = \"{account}\"\nmode = \"mixed\"\n\
         send = {{ base_url = \"{graph}\", version = \"v24.0\", token = \"{GRAPH_TOKEN}\" }}\n\n\
         [[target]]\nname = \"crm\"\n{target}"
    )
}

fn program() -> Result<PathBuf, ChildError> {
    std::env::current_exe().map_err(|cause| ChildError::Start {
        name: "testkit".into(),
        cause,
    })
}

fn arguments(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn path_text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
