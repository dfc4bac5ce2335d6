//! What comes in malformed is the caller's error, whatever call it came with.

use companion_domain::{
    bytes::Digest,
    id::{AccountId, ChannelId, ClientMessageId, EnrolmentId, Key, SourceId},
    reason::Code,
    time::Timestamp,
};
use companion_ffi::{
    UniFfiTag,
    error::CompanionError,
    ids::{JsonObject, JsonValue},
};
use uniffi::{FfiConverter, Lift, LiftArgsError, Lower, LowerReturn, RustBuffer, RustCallError};

/// Hands `text` in as an argument of type `T` and returns what the call would throw.
fn thrown<T: FfiConverter<UniFfiTag, FfiType = RustBuffer>>(text: &str) -> Option<CompanionError> {
    let error = <T as FfiConverter<UniFfiTag>>::try_lift(lowered(text)).err()?;
    let failed = LiftArgsError {
        arg_name: "argument",
        error,
    };
    match <Result<(), CompanionError> as LowerReturn<UniFfiTag>>::handle_failed_lift(failed) {
        Err(RustCallError::Error(buffer)) => {
            Some(<CompanionError as Lift<UniFfiTag>>::try_lift(buffer).unwrap())
        }
        _ => panic!("not an error of ours"),
    }
}

fn lowered(text: &str) -> RustBuffer {
    <String as Lower<UniFfiTag>>::lower(text.to_owned())
}

fn malformed(place: &str) -> Option<CompanionError> {
    Some(CompanionError::InvalidInput {
        place: place.into(),
        code: "malformed".into(),
    })
}

#[test]
fn an_enrolment_names_a_folder_so_it_is_a_uuid_in_its_one_spelling() {
    let good = "7f3c1f0e-9b1d-4c55-8a53-2f6f0c1d9e11";
    assert_eq!(thrown::<EnrolmentId>(good), None);
    for bad in [
        "",
        "..",
        "../7f3c1f0e-9b1d-4c55-8a53-2f6f0c1d9e11",
        "7F3C1F0E-9B1D-4C55-8A53-2F6F0C1D9E11",
        "7f3c1f0e9b1d4c558a532f6f0c1d9e11",
    ] {
        assert_eq!(thrown::<EnrolmentId>(bad), malformed("enrolment"), "{bad}");
        assert_eq!(
            thrown::<ClientMessageId>(bad),
            malformed("client_message_id")
        );
    }
}

#[test]
fn keys_and_names_have_their_alphabet_and_words_of_a_channel_almost_any() {
    let key = format!("m1{}", "a2".repeat(16));
    for good in [
        key.clone(),
        format!("{key}-e1767323045000-abcdef"),
        format!("{key}-d"),
    ] {
        assert_eq!(thrown::<Key>(&good), None, "{good}");
    }
    for bad in ["", "m1", &key.to_uppercase(), &format!("{key}/..")] {
        assert_eq!(thrown::<Key>(bad), malformed("key"), "{bad}");
    }
    assert_eq!(thrown::<ChannelId>("whatsapp"), None);
    assert_eq!(thrown::<ChannelId>("What's"), malformed("channel"));
    for good in ["wamid.HBgM==", "山田:1", "106540352242922"] {
        assert_eq!(thrown::<SourceId>(good), None, "{good}");
        assert_eq!(thrown::<AccountId>(good), None, "{good}");
    }
    for bad in ["", "a\nb", &"x".repeat(1025)] {
        assert_eq!(thrown::<SourceId>(bad), malformed("message"));
    }
}

#[test]
fn json_digests_and_reasons_are_read_or_refused() {
    assert_eq!(thrown::<JsonValue>(r#"{"a":[1]}"#), None);
    assert_eq!(thrown::<JsonValue>("{"), malformed("json"));
    assert_eq!(thrown::<JsonObject>("[]"), malformed("json"));
    assert_eq!(thrown::<Digest>(&"A".repeat(43)), None);
    assert_eq!(thrown::<Digest>("A"), malformed("digest"));
    assert_eq!(thrown::<Code>("client.busy"), None);
    assert!(thrown::<Code>("client.nothing").is_some());
}

#[test]
fn a_time_comes_back_to_the_millisecond() {
    for ms in [0, -1, 1_767_323_045_123] {
        let at = Timestamp::from_ms(ms);
        let outside = <Timestamp as FfiConverter<UniFfiTag>>::lower(at);
        assert_eq!(outside, ms);
        let back = <Timestamp as FfiConverter<UniFfiTag>>::try_lift(outside).unwrap();
        assert_eq!(back, at);
    }
}
