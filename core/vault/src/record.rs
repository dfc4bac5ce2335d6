//! The mirror: one chain of records per writer, advanced in the transaction that queues the record.

use crate::{
    error::{At, VaultError},
    outbox::MIRROR,
    transaction::{Read, Write},
};
use companion_crypto::chain;
use companion_domain::{
    bytes::Digest,
    record::{Envelope, Record},
};

const CHAIN: &str = "vault.chain";
const PLACE: &str = "chain";

/// Where the writer's chain stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainState {
    /// How many records it holds.
    pub seq: u64,
    /// The head after the last one.
    pub head: [u8; 32],
}

impl Read<'_> {
    /// Where the chain stands.
    ///
    /// # Errors
    /// `Corrupt` if its control row does not open.
    pub fn chain(&self) -> Result<ChainState, VaultError> {
        let Some(bytes) = self.control(CHAIN)? else {
            let head = chain::start(self.seals.writer.as_str());
            return Ok(ChainState { seq: 0, head });
        };
        let corrupt = VaultError::Corrupt { place: PLACE };
        let (seq, head) = bytes.split_first_chunk().ok_or(corrupt)?;
        Ok(ChainState {
            seq: u64::from_be_bytes(*seq),
            head: head.try_into().map_err(|_| corrupt)?,
        })
    }
}

impl Write<'_> {
    /// Appends a record to the chain, queues its envelope in the mirror lane and adds a line to the ledger. Fills in
    /// `conversation_seq` and `salt`. `entry` is the row's control value, `now_ms` (milliseconds since 1970) names the
    /// day whose epoch seals the envelope. `None` if a record with this key was appended before.
    ///
    /// # Errors
    /// `Conflict` if there is no such conversation, `Corrupt` if the record has no canonical form (formats.md 0).
    pub fn append_record(
        &mut self,
        conversation: i64,
        mut record: Record,
        entry: &[u8],
        now_ms: i64,
        ledger: &[u8],
    ) -> Result<Option<Envelope>, VaultError> {
        if self.record_seen(conversation, &record.key)? {
            return Ok(None);
        }
        let mut counts = self.counts(conversation)?;
        counts.records += 1;
        let mut salt = vec![0; 16];
        self.seals.random.fill(&mut salt);
        record.conversation_seq = counts.records;
        record.salt = salt;

        let chain = self.advance(&record)?;
        self.set_counts(conversation, &counts)?;
        self.know_record(conversation, &record.key)?;
        let head = Digest(chain.head);
        let (tenant, writer) = (&self.seals.tenant, &self.seals.writer);
        let envelope = Envelope::new(tenant, writer, chain.seq, head, record);
        let payload = serde_json::to_vec(&envelope).at(PLACE)?;
        let key = envelope.id.as_str();
        self.enqueue(MIRROR, key, conversation, entry, now_ms, &payload)?;
        self.add_ledger(ledger)?;
        Ok(Some(envelope))
    }

    fn advance(&mut self, record: &Record) -> Result<ChainState, VaultError> {
        let before = self.chain()?;
        let seq = before.seq + 1;
        let head = chain::next(&before.head, seq, &chain::digest(record).at(PLACE)?);
        let bytes = [seq.to_be_bytes().as_slice(), &head].concat();
        self.set_control(CHAIN, Some(&bytes))?;
        Ok(ChainState { seq, head })
    }
}
