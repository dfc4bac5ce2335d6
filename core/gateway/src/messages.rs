//! `POST /v1/messages`: messages to customers, taken once each by `client_message_id`.

use crate::{
    app::{App, Body, Caller, Shared},
    poster,
    problem::Problem,
    records::{Objection, Results},
    store::{Kind, NewPost},
};
use axum::{Json, extract::State};
use companion_crypto::hash::{jcs, sha256};
use companion_domain::{id::EnrolmentId, outbound::OutboundMessage};
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
struct Request {
    messages: Vec<Box<RawValue>>,
}

/// Takes a batch.
pub(crate) async fn take(
    State(app): State<Shared>,
    Caller(enrolment): Caller,
    body: Body,
) -> Result<Json<Results>, Problem> {
    let request: Request = body.json()?;
    let results = app.take_batch(&enrolment, request.messages, post).await?;
    app.faults.reach("gateway.messages.taken");
    Ok(Json(results))
}

fn post(app: &App, enrolment: &EnrolmentId, json: &str) -> Result<NewPost, Objection> {
    let message: OutboundMessage =
        serde_json::from_str(json).map_err(|_| Objection::Refused("message_shape"))?;
    let (channel, account) = (&message.channel, &message.account);
    let configured = app.config.accounts.get(&(channel.clone(), account.clone()));
    if configured.is_none_or(|account| account.send.is_none()) {
        return Err(Objection::Refused("account_cannot_send"));
    }
    let keys = app.poster_keys()?;
    let canonical = jcs(&message).map_err(|_| Objection::Refused("message_shape"))?;
    let id = message.client_message_id.as_str();
    Ok(NewPost {
        kind: Kind::Message,
        id: id.to_owned(),
        writer: enrolment.clone(),
        digest: keys.keyed(&sha256(&canonical)),
        channel: channel.clone(),
        account: account.clone(),
        sealed: app.seal_to_poster(enrolment, id, json)?,
        conversation: keys.conversation(&[
            enrolment.as_str(),
            account.as_str(),
            message.conversation.as_str(),
        ]),
        seq: 0,
        targets: vec![poster::channel_target(channel, account)],
        erases: None,
    })
}
