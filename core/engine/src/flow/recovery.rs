//! The way back through the company (formats.md 8): a request for the secret of the recovery slot, and its answer, which is
//! right only if what the slot opens to opens the store.

use super::{
    slots::{self, Recovery},
    unlock::{Door, parse},
};
use crate::{
    error::CompanionError,
    store::{control, load, save},
    values::RecoveryRequest,
};
use companion_crypto::{hpke::KeyPair, passcode::Passcode, recovery::Request, secret::Key};
use companion_domain::{bytes::Digest, id as conversation, lock::Input, reason::Code};
use companion_vault::{
    Write,
    slots::{Kind, Slot, Slots},
};
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A request that waits for its answer, under `T`.
#[derive(Clone, Serialize, Deserialize)]
struct Pending {
    request: String,
    /// From which the key is made that is answered to.
    x: Digest,
}

impl Pending {
    fn pair(&self) -> KeyPair {
        KeyPair::derive(&Key::new(self.x.0))
    }
}

impl Door<'_> {
    /// Asks for the secret of the recovery slot.
    pub(crate) async fn recovery_request(&self) -> Result<RecoveryRequest, CompanionError> {
        let slots = slots::load(self.home)?;
        let slot = recovery_slot(&slots)?;
        let waiting = self
            .pending()?
            .and_then(|one| Request::parse(&one.request).ok());
        let request = match waiting.filter(|request| request.slot == slot.id) {
            Some(request) => request,
            None => self.ask(slot).await?,
        };
        Ok(RecoveryRequest {
            request: request.text()?,
            code: request.code()?,
        })
    }

    async fn ask(&self, slot: &Slot) -> Result<Request, CompanionError> {
        let random = self.home.surroundings.random.as_ref();
        let mut x = [0; 32];
        random.fill(&mut x);
        let public = KeyPair::derive(&Key::new(x)).public();
        let enrolment = self.home.enrolment.as_str();
        let request = Request::new(random, enrolment, &slot.id, &slot.wrapped.hw, public);
        let pending = Pending {
            request: request.text()?,
            x: Digest(x),
        };
        let job = move |write: &mut Write<'_>| save(write, control::RECOVERY, &pending);
        self.session.vault.write(job).await?;
        Ok(request)
    }

    fn pending(&self) -> Result<Option<Pending>, CompanionError> {
        let read = self
            .session
            .vault
            .read(|read| load(read, control::RECOVERY));
        Ok(read?)
    }

    /// Opens work by the company's answer. All slots begin anew: the company knows the old secret now.
    pub(crate) async fn recover(
        &self,
        answer: &str,
        new: &str,
    ) -> Result<BTreeSet<conversation::Key>, CompanionError> {
        let new = Passcode::new(new);
        parse(&new, &self.home.policy, |_| false)?;
        self.admit(&Input::Recovered)?;
        let slots = slots::load(self.home)?;
        slots::sweep(self.home, &slots).await?;
        let d = self.answered(recovery_slot(&slots)?, answer)?;
        // No slot is changed for a key that does not open the store.
        self.under(&d, |_| Ok(())).await?;
        let recovery = Recovery::fresh(self.home, self.session, &d)?;
        self.renew(slots, &new, &d, recovery).await?;
        let emptied = self.open(d, &Input::Recovered, Some(new)).await?;
        let answered = |write: &mut Write<'_>| write.set_control(control::RECOVERY, None);
        self.session.vault.write(answered).await?;
        Ok(emptied)
    }

    /// `D`, from the answer to the request that waits.
    fn answered(&self, slot: &Slot, answer: &str) -> Result<Key, CompanionError> {
        let wrong = |code| CompanionError::invalid("answer", code);
        let pending = self.pending()?.ok_or_else(|| wrong("not_asked"))?;
        let request = Request::parse(&pending.request)?;
        let bytes = BASE64URL_NOPAD.decode(answer.trim().as_bytes());
        let bytes = bytes.map_err(|_| wrong("malformed"))?;
        let tenant = self.session.grant.tenant.as_str();
        let r = request.open(&pending.pair(), tenant, &bytes);
        let d = r.ok().and_then(|r| slot.open(&r).ok());
        d.ok_or_else(|| wrong("refused"))
    }
}

fn recovery_slot(slots: &Slots) -> Result<&Slot, CompanionError> {
    let off = CompanionError::NotPermitted {
        reason: Code::RecoveryOff,
    };
    slots.find(&Kind::Recovery).ok_or(off)
}
