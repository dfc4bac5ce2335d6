//! A phone of the test world: joining without an identity provider, opening with a test's clock and a planned end.

use crate::clock::TestClock;
use companion_crypto::random::SystemRandom;
use companion_engine::{self as engine, CompanionError, Surroundings, values::OpenOptions};
use companion_ffi::{CompanionClient, ports::Ports};
use companion_testkit::{
    kill::{KillAt, fault_points},
    ports::CHEAP_GUESS,
    tenant::Tenant,
};
use std::{path::Path, sync::Arc};

/// What a phone needs to join the company of a world; plain text, so that it can be given to another process.
#[derive(Clone, uniffi::Record)]
pub struct Invitation {
    /// The gateway's address.
    pub gateway: String,
    /// The company with its keys, as JSON.
    pub company: String,
    /// The folder by which the gateway learns of its phones.
    pub grants: String,
}

/// Joins the company: makes the enrolment of `options` in its folder.
///
/// # Errors
/// Those of `CompanionClient.open`, and `InvalidInput` for an invitation that is none.
#[uniffi::export(async_runtime = "tokio")]
pub async fn join_company(
    options: OpenOptions,
    ports: Ports,
    invitation: Invitation,
    clock: Arc<TestClock>,
) -> Result<(), CompanionError> {
    let company: Tenant = serde_json::from_str(&invitation.company).map_err(|_| refused())?;
    let (enrolment, gateway) = (options.enrolment.clone(), invitation.gateway);
    let surroundings = surroundings(&clock, None);
    engine::join(options, ports.into(), surroundings, |offer| {
        let grant = company.grant(&enrolment, offer, Path::new(&invitation.grants));
        Ok((grant.map_err(|_| refused())?, gateway))
    })
    .await
}

fn refused() -> CompanionError {
    CompanionError::InvalidInput {
        place: "invitation".into(),
        code: "malformed".into(),
    }
}

/// Opens a client as `CompanionClient.open` does, on the test's clock. `kill` names a fault point and the visit to it at
/// which this process ends as by SIGKILL: `engine.push.answered:1`.
///
/// # Errors
/// Those of `CompanionClient.open`, and `InvalidInput` for a `kill` of another form.
#[uniffi::export(async_runtime = "tokio")]
pub async fn open_client(
    options: OpenOptions,
    ports: Ports,
    clock: Arc<TestClock>,
    kill: Option<String>,
) -> Result<Arc<CompanionClient>, CompanionError> {
    let kill = kill.map(|text| text.parse::<KillAt>());
    let kill = kill.transpose().map_err(|_| CompanionError::InvalidInput {
        place: "kill".into(),
        code: "malformed".into(),
    })?;
    let surroundings = surroundings(&clock, kill);
    let client = engine::CompanionClient::open_with(options, ports.into(), surroundings).await?;
    Ok(CompanionClient::new(client))
}

fn surroundings(clock: &Arc<TestClock>, kill: Option<KillAt>) -> Surroundings {
    Surroundings {
        clock: clock.clock(),
        random: Arc::new(SystemRandom),
        faults: fault_points(kill, None),
        guess: CHEAP_GUESS,
    }
}

uniffi::use_remote_type!(companion_ffi::CompanionError);
uniffi::use_remote_type!(companion_ffi::OpenOptions);
