//! What a company grants an enrolment (formats.md 9).

use crate::{
    bytes::Digest,
    id::{AccountId, ChannelId, EnrolmentId, TenantId},
};
use serde::{Deserialize, Serialize};

/// How an account is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// The account is wholly the company's: the gateway mirrors, the phone shows.
    Company,
    /// The employee's own number or account: the phone classifies and mirrors.
    Mixed,
}

/// An account that the enrolment may use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantedAccount {
    /// The channel.
    pub channel: ChannelId,
    /// The company's identity on it.
    pub account: AccountId,
    /// How it is used.
    pub mode: Mode,
}

/// The grant, as the gateway gives it and the phone keeps it under `T`. It holds the tenant's key salt.
#[derive(Clone, Serialize, Deserialize)]
pub struct Grant {
    /// The version of this form: 1.
    pub v: u32,
    /// The company.
    pub tenant: TenantId,
    /// This joining.
    pub enrolment_id: EnrolmentId,
    /// 32 bytes, never rotated: who has them can confirm a guessed number.
    pub key_salt: Digest,
    /// The company's key set, a `companion-keys+jws`.
    pub keys: String,
    /// The policy group.
    pub group: String,
    /// The policy in force, a `companion-policy+jws`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// The accounts that the employee may accept.
    pub accounts: Vec<GrantedAccount>,
    /// The inbox's id at the gateway.
    pub inbox: String,
}
