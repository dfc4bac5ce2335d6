//! WhatsApp: the Cloud API and Coexistence (Business app and Cloud API on one number).
//!
//! - The account is the `phone_number_id`; what concerns a whole business account carries its WABA id instead.
//! - A direct chat's conversation id is the peer's phone number in digits, or the business-scoped user id (BSUID) where
//!   the number is hidden; a group's is its `group_id`.
//! - Parties carry keys of the kinds [`PHONE`], [`USER`], [`PARENT_USER`], [`USERNAME`] and [`GROUP`].

pub mod capabilities;
pub mod inbound;
pub mod outbound;

/// The channel's name in records.
pub const CHANNEL: &str = "whatsapp";

/// Kind of party key: a phone number, E.164 digits without `+`.
pub const PHONE: &str = "phone";

/// Kind of party key: a BSUID (`JP.1349…`), valid for one business portfolio.
pub const USER: &str = "wa_user";

/// Kind of party key: a parent BSUID (`JP.ENT.118…`), valid for linked portfolios.
pub const PARENT_USER: &str = "wa_parent_user";

/// Kind of party key: a user name, which its owner may change.
pub const USERNAME: &str = "wa_username";

/// Kind of party key: a group, as the recipient of an outbound message.
pub const GROUP: &str = "wa_group";
