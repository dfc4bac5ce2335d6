//! Identifiers as newtypes: text that must not be confused with other text.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Declares identifiers that are text on the wire and opaque inside.
macro_rules! text_ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Wraps the text as it stands.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text as it goes on the wire.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            /// Ids name people and chats, so they are never printed by `{:?}`.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    )*};
}

text_ids! {
    /// A channel's name as records carry it, for example `whatsapp`. An open set.
    ChannelId;
    /// The company's identity on a channel (phone_number_id, bot id, tenant id): the key that proves "work".
    AccountId;
    /// A conversation's id in the channel's own words.
    SourceConversationId;
    /// A message's id in the channel's own words.
    SourceId;
    /// One joining of one company on one phone (UUIDv4, lower case).
    EnrolmentId;
    /// Who writes a chain: an enrolment or a gateway.
    WriterId;
    /// A message written on the phone (UUIDv7), named before the first attempt to send it.
    ClientMessageId;
    /// A company, as its documents name it.
    TenantId;
    /// A mirror target's name in the gateway's configuration.
    TargetId;
}

/// A key of formats.md 1: a two-character prefix, 32 characters of base32 and, for versions of a message, a suffix.
/// It is a keyed hash, so it may be printed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Key(String);

impl Key {
    /// Wraps a key made by [`crate::key::KeyParts`] and the tenant's salt.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The key as it goes on the wire.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
