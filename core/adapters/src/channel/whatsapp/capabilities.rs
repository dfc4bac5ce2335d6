//! What WhatsApp allows: windows, limits, and what each error code asks of us.

use companion_domain::{outbound::OutboundContent, time::Timestamp};
use std::time::Duration;

/// How long after a customer's message free-form messages may be sent.
pub const WINDOW: Duration = Duration::from_hours(24);

/// The longest text, in characters.
pub const MAX_TEXT: usize = 4_096;

/// How fast one number may send. Meta changes these values per number, so they are configuration with these defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throughput {
    /// Messages per second of the number.
    pub per_second: u32,
    /// Least time between two messages to one person.
    pub pair_interval: Duration,
}

impl Throughput {
    /// A number that the Business app shares.
    pub const COEXISTENCE: Self = Self::new(20);

    /// A number of the Cloud API alone, before Meta raises it.
    pub const CLOUD_ONLY: Self = Self::new(80);

    const fn new(per_second: u32) -> Self {
        Self {
            per_second,
            pair_interval: Duration::from_secs(6),
        }
    }
}

/// Whether `content` may be sent at `now`. Templates and read marks always may; all else only within [`WINDOW`] of the
/// customer's last message, of which `None` says that there was none.
pub fn may_send(
    content: &OutboundContent,
    last_customer_message: Option<Timestamp>,
    now: Timestamp,
) -> bool {
    match content {
        OutboundContent::Template { .. } | OutboundContent::ReadMark { .. } => true,
        OutboundContent::Text { .. }
        | OutboundContent::Reaction { .. }
        | OutboundContent::Media { .. } => {
            last_customer_message.is_some_and(|last| now.since(last) < WINDOW)
        }
    }
}

/// The largest file of a medium in bytes; `None` for a kind that cannot be sent.
///
/// `media` is `image video audio document sticker`; `animated` matters for stickers.
pub fn max_media_bytes(media: &str, animated: bool) -> Option<u64> {
    match media {
        "image" => Some(5_000_000),
        "video" | "audio" => Some(16_000_000),
        "document" => Some(100_000_000),
        "sticker" if animated => Some(500_000),
        "sticker" => Some(100_000),
        _ => None,
    }
}

/// What an error code asks of us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// The whole number must wait.
    Throttle,
    /// This message may be tried again later.
    Retry,
    /// The 24-hour window is closed: only a template gets through.
    Template,
    /// The number stops until somebody sees to it.
    Alert,
    /// This message will never arrive.
    Final,
}

impl Remedy {
    /// Whether the same message may be tried again without anybody's doing.
    pub fn retryable(self) -> bool {
        matches!(self, Self::Throttle | Self::Retry)
    }
}

/// The remedy for an error code of the Cloud API or of the Graph API below it; `None` for an unknown one.
pub fn remedy(code: &str) -> Option<Remedy> {
    Some(match code {
        "4" | "80007" | "130429" | "131057" => Remedy::Throttle,
        "131000" | "131016" | "131056" => Remedy::Retry,
        "131047" => Remedy::Template,
        "0" | "3" | "10" | "190" | "200" | "131031" | "131042" | "131045" | "131048" => {
            Remedy::Alert
        }
        "130472" | "131026" | "131049" | "131050" | "131051" | "131052" | "131053" | "131062"
        | "131063" | "132000" | "132001" | "132005" | "132007" | "132012" | "132015" | "132016"
        | "2593109" => Remedy::Final,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_closes_24_hours_after_the_customers_last_message() {
        let last = Timestamp::from_seconds(1_760_000_000);
        let text = OutboundContent::Text {
            text: "はい".into(),
            reply_to: None,
        };
        let template = OutboundContent::Template {
            name: "reminder".into(),
            language: "ja".into(),
            components: Vec::new(),
        };
        let minute = Duration::from_mins(1);
        assert!(may_send(&text, Some(last), last + WINDOW - minute));
        assert!(!may_send(&text, Some(last), last + WINDOW));
        assert!(!may_send(&text, None, last));
        assert!(
            may_send(&text, Some(last), last - minute),
            "a slow clock closes nothing"
        );
        assert!(may_send(&template, None, last));
    }

    #[test]
    fn only_what_may_work_unchanged_is_retried() {
        for code in ["130429", "131056", "131057", "131000", "131016"] {
            assert!(remedy(code).unwrap().retryable(), "{code}");
        }
        for code in ["131047", "131026", "131048", "131031", "132001", "2593109"] {
            assert!(!remedy(code).unwrap().retryable(), "{code}");
        }
        assert_eq!(remedy("999999"), None);
    }
}
