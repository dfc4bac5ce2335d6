//! `POST /v1/receipts`: checkpoints and receipts. The document proves itself by the device key, so a phone may hand it
//! over without a token, and after its enrolment has ended too.

use crate::{
    app::{Body, Shared},
    problem::Problem,
    store::{Enrolment, NewReceipt},
};
use axum::{extract::State, http::StatusCode};
use companion_crypto::{checkpoint, checkpoint::Checkpoint, document, hash::sha256};
use companion_domain::bytes::Digest;
use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;

/// The `typ` of a receipt for an order.
const RECEIPT_TYP: &str = "companion-receipt+jws";
/// The largest document.
pub(crate) const MAX_BODY: usize = 64 * 1024;

/// Keeps a document; a repeat changes nothing.
pub(crate) async fn take(
    State(app): State<Shared>,
    Body(body): Body,
) -> Result<StatusCode, Problem> {
    let text = String::from_utf8(body.into()).map_err(|_| Problem::MALFORMED)?;
    let header = claimed_header(&text).ok_or(Problem::MALFORMED)?;
    let kid = header.kid;
    let enrolment = app
        .store
        .read(move |store| Enrolment::find_by_kid(store, &kid))
        .await?
        .ok_or(Problem::BAD_SIGNATURE)?;
    let typ = [checkpoint::TYP, RECEIPT_TYP]
        .into_iter()
        .find(|typ| *typ == header.typ)
        .ok_or(Problem::MALFORMED)?;
    let verified =
        document::verify(&text, typ, &[&enrolment.device]).map_err(|_| Problem::BAD_SIGNATURE)?;
    let (issuer, chain) = if typ == checkpoint::TYP {
        let checkpoint: Checkpoint = verified.parse().map_err(|_| Problem::MALFORMED)?;
        let chain = (checkpoint.seq, Digest(checkpoint.head));
        (checkpoint.writer, Some(chain))
    } else {
        let receipt: Receipt = verified.parse().map_err(|_| Problem::MALFORMED)?;
        (receipt.iss, None)
    };
    if issuer != enrolment.id.as_str() {
        return Err(Problem::REFUSED);
    }
    let new = NewReceipt {
        id: sha256(&verified.payload),
        enrolment: enrolment.id,
        typ,
        chain,
        document: text,
    };
    let now = app.clock.now();
    let forked = app.store.write(move |store| new.keep(store, now)).await?;
    app.faults.reach("gateway.receipts.taken");
    if forked {
        tracing::error!("a writer signed two heads for one number of its chain");
        app.counters.add("chain_forks", 1);
    }
    Ok(StatusCode::OK)
}

#[derive(Deserialize)]
struct Receipt {
    iss: String,
}

#[derive(Deserialize)]
struct Header {
    typ: String,
    kid: String,
}

/// Which key and rules to verify with; trusted only after that.
fn claimed_header(text: &str) -> Option<Header> {
    #[derive(Deserialize)]
    struct Document {
        signatures: Vec<Signature>,
    }
    #[derive(Deserialize)]
    struct Signature {
        protected: String,
    }
    let document: Document = serde_json::from_str(text).ok()?;
    let protected = &document.signatures.first()?.protected;
    let header = BASE64URL_NOPAD.decode(protected.as_bytes()).ok()?;
    serde_json::from_slice(&header).ok()
}
