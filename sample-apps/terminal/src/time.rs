//! Times as an employee reads them: today's by the clock, older ones with their day.

use crate::texts::Text;
use companion_domain::{reason::Language, time::Timestamp};
use jiff::{ZonedDateTime, civil::Weekday, tz::TimeZone};
use std::time::Duration;

/// `at` as seen at `now` in `zone`: `8:50`, `昨日 18:20`, `11/20(金)` or `Fri 20 Nov`.
pub fn shown(at: Timestamp, now: Timestamp, zone: &TimeZone, language: Language) -> String {
    let (Some(at), Some(now)) = (zoned(at, zone), zoned(now, zone)) else {
        return String::new();
    };
    let clock = format!("{}:{:02}", at.hour(), at.minute());
    let yesterday = now.date().yesterday().ok();
    if at.date() == now.date() {
        clock
    } else if Some(at.date()) == yesterday {
        Text::Yesterday.with(language, "time", clock)
    } else {
        day(&at, language)
    }
}

/// A span in its two largest units, rounded up: `2 d 3 h`, `5 h 20 min`, `15 min`.
pub fn left(span: Duration, language: Language) -> String {
    let minutes = span.as_secs().div_ceil(60);
    let (hours, rest) = (minutes / 60, minutes % 60);
    let text = match (hours, rest) {
        (48.., _) => {
            let hours = minutes.div_ceil(60);
            let text = Text::DaysHours.with(language, "d", hours / 24);
            return text.replace("{h}", &(hours % 24).to_string());
        }
        (1.., _) => Text::HoursMinutes.with(language, "h", hours),
        (0, _) => Text::Minutes.of(language).to_owned(),
    };
    text.replace("{m}", &rest.to_string())
}

/// A short span as a clock counts it down: `0:30`.
pub fn countdown(span: Duration) -> String {
    let seconds = span.as_millis().div_ceil(1000);
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

fn day(at: &ZonedDateTime, language: Language) -> String {
    let (ja, en) = match at.weekday() {
        Weekday::Monday => ("月", "Mon"),
        Weekday::Tuesday => ("火", "Tue"),
        Weekday::Wednesday => ("水", "Wed"),
        Weekday::Thursday => ("木", "Thu"),
        Weekday::Friday => ("金", "Fri"),
        Weekday::Saturday => ("土", "Sat"),
        Weekday::Sunday => ("日", "Sun"),
    };
    match language {
        Language::Ja => format!("{}/{}({ja})", at.month(), at.day()),
        Language::En => format!("{en} {}", at.strftime("%-d %b")),
    }
}

fn zoned(at: Timestamp, zone: &TimeZone) -> Option<ZonedDateTime> {
    let at = jiff::Timestamp::from_millisecond(at.ms()).ok()?;
    Some(at.to_zoned_datetime(zone.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_says_as_much_as_is_needed() {
        let tokyo = TimeZone::fixed(jiff::tz::offset(9));
        let at = |text| Timestamp::parse(text).unwrap();
        let now = at("2026-11-25T09:00:00+09:00");
        for (text, ja, en) in [
            ("2026-11-25T08:50:00+09:00", "8:50", "8:50"),
            ("2026-11-24T18:20:00+09:00", "昨日 18:20", "Yesterday 18:20"),
            ("2026-11-20T10:42:00+09:00", "11/20(金)", "Fri 20 Nov"),
            // Yesterday in UTC, today in Tokyo.
            ("2026-11-24T15:30:00Z", "0:30", "0:30"),
        ] {
            assert_eq!(shown(at(text), now, &tokyo, Language::Ja), ja);
            assert_eq!(shown(at(text), now, &tokyo, Language::En), en);
        }
    }
}
