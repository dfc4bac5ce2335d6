//! `POST /v1/records`: mirror records for the poster.

use crate::{
    app::{App, Body, Caller, Shared},
    keys::PosterKeys,
    problem::Problem,
    store::{Kind, NewPost, Verdict},
};
use axum::{Json, extract::State};
use companion_crypto::{
    chain,
    hpke::{self, Purpose},
};
use companion_domain::{
    id::{EnrolmentId, TargetId},
    record::Envelope,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The largest batch.
const MAX_BATCH: usize = 100;
/// The largest body of a batch.
pub(crate) const MAX_BODY: usize = 8 * 1024 * 1024;
/// The largest record: longer text travels as an attachment.
const MAX_RECORD: usize = 64 * 1024;

#[derive(Deserialize)]
struct Request {
    records: Vec<Record>,
}

#[derive(Deserialize)]
struct Record {
    event: Box<RawValue>,
}

/// The answer to a batch, item by item in its order.
#[derive(Serialize)]
pub(crate) struct Results {
    pub(crate) results: Vec<ItemResult>,
}

/// What became of one item.
#[derive(Serialize)]
pub(crate) struct ItemResult {
    id: String,
    result: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

/// Why an item is not taken.
pub(crate) enum Objection {
    /// Not now: the gateway must change first.
    Held(&'static str),
    /// Not in this form.
    Refused(&'static str),
}

/// Takes a batch.
pub(crate) async fn take(
    State(app): State<Shared>,
    Caller(enrolment): Caller,
    body: Body,
) -> Result<Json<Results>, Problem> {
    let request: Request = body.json()?;
    let records = request.records.into_iter().map(|record| record.event);
    let results = app.take_batch(&enrolment, records.collect(), post).await?;
    app.faults.reach("gateway.records.taken");
    Ok(Json(results))
}

fn post(app: &App, enrolment: &EnrolmentId, json: &str) -> Result<NewPost, Objection> {
    let event = check(app, enrolment, json)?;
    let record = event.data.record;
    let targets: Vec<TargetId> = app
        .config
        .targets
        .iter()
        .filter(|target| target.takes(&record.account))
        .map(|target| target.name.clone())
        .collect();
    if targets.is_empty() {
        return Err(Objection::Held("no_target"));
    }
    let digest = chain::digest(&record).map_err(|_| Objection::Refused("record_digest"))?;
    Ok(NewPost {
        kind: Kind::Record,
        sealed: app.seal_to_poster(enrolment, record.key.as_str(), json)?,
        id: record.key.as_str().to_owned(),
        writer: enrolment.clone(),
        digest: app.poster_keys()?.keyed(&digest),
        channel: record.channel,
        account: record.account,
        conversation: record.conversation.as_str().to_owned(),
        seq: record.conversation_seq,
        targets,
        erases: record.reply_to.filter(|_| record.kind == "erasure"),
    })
}

/// An envelope whose parts agree, written by who sends it.
fn check(app: &App, enrolment: &EnrolmentId, json: &str) -> Result<Envelope, Objection> {
    if json.len() > MAX_RECORD {
        return Err(Objection::Refused("record_size"));
    }
    let event: Envelope =
        serde_json::from_str(json).map_err(|_| Objection::Refused("record_shape"))?;
    if event.data.writer.as_str() != enrolment.as_str() {
        return Err(Objection::Refused("record_writer"));
    }
    let data = event.data.clone();
    let made = Envelope::new(
        &app.config.tenant,
        &data.writer,
        data.seq,
        data.head,
        data.record,
    );
    if made != event {
        return Err(Objection::Refused("record_envelope"));
    }
    // A member that this release does not know would be lost on the way to the target, and the proof with it.
    let whole: Option<serde_json::Value> = serde_json::from_str(json).ok();
    if whole != serde_json::to_value(&event).ok() {
        return Err(Objection::Held("record_newer"));
    }
    Ok(event)
}

impl App {
    /// Takes a batch, each item as `post` reads it, all in one commit, and wakes the poster.
    pub(crate) async fn take_batch(
        &self,
        enrolment: &EnrolmentId,
        items: Vec<Box<RawValue>>,
        post: impl Fn(&Self, &EnrolmentId, &str) -> Result<NewPost, Objection>,
    ) -> Result<Results, Problem> {
        if items.len() > MAX_BATCH {
            return Err(Problem::TOO_MANY);
        }
        let posts: Vec<_> = items
            .iter()
            .map(|item| (named_id(item.get()), post(self, enrolment, item.get())))
            .collect();
        let now = self.clock.now();
        let maker = self.maker.clone();
        let results = self.store.write(move |store| {
            posts
                .into_iter()
                .map(|(id, post)| {
                    let (result, reason) = match post {
                        Err(Objection::Held(reason)) => ("held", Some(reason)),
                        Err(Objection::Refused(reason)) => ("refused", Some(reason)),
                        Ok(post) => match post.take(store, &maker, now)? {
                            Verdict::Accepted => ("accepted", None),
                            Verdict::Duplicate => ("duplicate", None),
                            Verdict::Conflict => ("conflict", None),
                            Verdict::NotBound => ("refused", Some("account_not_bound")),
                            Verdict::Undecided => ("held", Some("earlier_undecided")),
                        },
                    };
                    Ok(ItemResult { id, result, reason })
                })
                .collect()
        });
        let results: Vec<ItemResult> = results.await?;
        for result in &results {
            self.counters.add(
                match result.result {
                    "accepted" => "posts_accepted",
                    "duplicate" => "posts_duplicate",
                    "conflict" => "posts_conflict",
                    "held" => "posts_held",
                    _ => "posts_refused",
                },
                1,
            );
        }
        self.posts.notify_waiters();
        Ok(Results { results })
    }

    /// Only a process with the poster's role has the route that asks for them.
    pub(crate) fn poster_keys(&self) -> Result<&PosterKeys, Objection> {
        self.keys.poster().ok_or(Objection::Held("poster_keys"))
    }

    /// Seals what only the poster may read.
    pub(crate) fn seal_to_poster(
        &self,
        enrolment: &EnrolmentId,
        id: &str,
        json: &str,
    ) -> Result<Vec<u8>, Objection> {
        let about = self.about_post(enrolment, id);
        let key = self.poster_keys()?.pair().public();
        hpke::seal_to(&*self.random, &key, &about, json.as_bytes())
            .map_err(|_| Objection::Held("sealing"))
    }

    /// Opens what [`Self::seal_to_poster`] sealed; `None` if it was sealed to other keys than these.
    pub(crate) fn open_post(
        &self,
        enrolment: &EnrolmentId,
        id: &str,
        sealed: &[u8],
    ) -> Option<Vec<u8>> {
        let pair = self.keys.poster()?.pair();
        hpke::open_with(pair, &self.about_post(enrolment, id), sealed).ok()
    }

    fn about_post<'a>(&'a self, enrolment: &'a EnrolmentId, id: &'a str) -> hpke::Envelope<'a> {
        hpke::Envelope {
            purpose: Purpose::Poster,
            tenant: self.config.tenant.as_str(),
            enrolment: enrolment.as_str(),
            item: id.as_bytes(),
        }
    }
}

/// The id that an answer names, even for what could not be read.
fn named_id(json: &str) -> String {
    #[derive(Deserialize)]
    struct Named {
        #[serde(alias = "client_message_id")]
        id: String,
    }
    serde_json::from_str(json).map_or_else(|_| String::new(), |named: Named| named.id)
}
