//! A CRM to break: the calls of kintone and a receiver of webhooks, on a network that does what a plan says.

mod app;
mod kintone;
mod query;
mod receiver;
// The records that the targets' own tests send.
#[cfg(test)]
#[path = "../../../adapters/src/crm/samples.rs"]
mod samples;

pub use receiver::Delivery;

use crate::network::{Handle, Plan, Refusals, Server};
use companion_adapters::crm::webhook::SigningSecret;
use companion_domain::time::Clock;
use std::{fs, io, path::PathBuf};

/// How a sandbox is set up.
pub struct Options {
    /// The number of the one app.
    pub app: u64,
    /// The app's API token.
    pub token: String,
    /// The secrets by which the receiver knows its sender; any of them is enough.
    pub secrets: Vec<SigningSecret>,
    /// The faults to begin with.
    pub plan: Plan,
    /// The clock by which deliveries, delays and dates are told.
    pub clock: Clock,
    /// A folder for `requests.log`, which holds every request as it arrived.
    pub data: Option<PathBuf>,
}

/// Starts a sandbox. kintone's API is at `/k/v1`, the receiver at `POST /webhook`; on the control address
/// `GET /_deliveries?after=N` tells what the receiver got after the first N deliveries, as a list of [`Delivery`], and
/// `PUT /_deliveries` replaces it.
pub async fn start(options: Options) -> io::Result<Handle> {
    let log = match &options.data {
        Some(folder) => {
            fs::create_dir_all(folder)?;
            Some(folder.join("requests.log"))
        }
        None => None,
    };
    let (receiver, deliveries) = receiver::routes(options.secrets, options.clock.clone());
    Server {
        traffic: kintone::routes(options.app, options.token).merge(receiver),
        control: deliveries,
        refusals: REFUSALS,
        plan: options.plan,
        clock: options.clock,
        log,
    }
    .start()
    .await
}

const REFUSALS: Refusals = Refusals {
    throttled: r#"{"code":"GAIA_TO04","id":"sandbox","message":"Too many requests at once."}"#,
    failed: r#"{"code":"CB_IL01","id":"sandbox","message":"An error occurred."}"#,
    unauthorized: r#"{"code":"CB_WA01","id":"sandbox","message":"The sign-in failed."}"#,
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network;
    use companion_adapters::http::{Attempt, Request};
    use companion_domain::time::Timestamp;
    use serde::de::DeserializeOwned;

    pub(super) use super::samples::envelope;

    pub(super) const TOKEN: &str = "app-token";
    pub(super) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    pub(super) const OLD_SECRET: &str = "whsec_BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB";

    pub(super) fn now() -> Timestamp {
        Timestamp::from_seconds(1_767_323_045)
    }

    /// A sandbox with somebody who calls it.
    pub(super) struct Crm {
        pub(super) handle: Handle,
        client: reqwest::Client,
    }

    pub(super) async fn crm() -> Crm {
        let options = Options {
            app: 12,
            token: TOKEN.into(),
            secrets: [SECRET, OLD_SECRET]
                .map(|text| SigningSecret::parse(text).unwrap())
                .into(),
            plan: Plan::default(),
            clock: Clock::new(now),
            data: None,
        };
        Crm {
            handle: start(options).await.unwrap(),
            client: network::client().unwrap(),
        }
    }

    impl Crm {
        pub(super) async fn send(&self, request: Request) -> Attempt {
            network::send(&self.client, request).await
        }

        pub(super) async fn control<T: DeserializeOwned>(&self, path: &str) -> T {
            let url = format!("http://{}{path}", self.handle.control);
            let answer = self.client.get(url).send().await.unwrap();
            serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
        }
    }
}
