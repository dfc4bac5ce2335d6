//! Whatever arrives: text is mended as UTF-16 decoders mend it, and nothing panics.

use companion_crypto::{
    document,
    hpke::{self, Envelope, KeyPair, Purpose},
    json::without_lone_surrogates,
    random::SeededRandom,
    recovery::Request,
    seal::{Place, Sealer},
    secret::Key,
    sign::SigningKey,
};
use proptest::{collection::vec, prelude::*};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn escaped_text_is_mended_as_utf_16_is(
        units in vec(prop_oneof![any::<u16>(), 0xD7F0_u16..0xE010, 0x20_u16..0x7F], 0..20),
        plain in "[^\"\\\\\u{0}-\u{1f}]*",
    ) {
        let escapes: String = units.iter().map(|unit| format!("\\u{unit:04x}")).collect();
        let json = format!("\"{plain}{escapes}{plain}\"");
        let read: String = serde_json::from_str(&without_lone_surrogates(&json)).unwrap();
        prop_assert_eq!(read, format!("{plain}{}{plain}", String::from_utf16_lossy(&units)));
    }

    #[test]
    fn any_text_is_mended_or_left(text in "(\\\\|u|d|8|9|[0-9a-fA-F]|.){0,30}") {
        let mended = without_lone_surrogates(&text);
        prop_assert_eq!(without_lone_surrogates(&mended), &*mended);
    }

    #[test]
    fn no_text_is_a_signed_document(text in ".*", a in any::<u8>(), cut in 0_usize..400) {
        let key = SigningKey::from_seed(&Key::new([a; 32])).unwrap();
        prop_assert!(document::verify(&text, "t", &[key.public()]).is_err());
        prop_assert!(document::verify_compact(&text, "t", &[key.public()]).is_err());
        prop_assert!(Request::parse(&text).is_err());
        let good = document::sign("t", b"{\"v\":1}".to_vec(), &[&key]).unwrap();
        prop_assert!(document::verify(&good, "t", &[key.public()]).is_ok());
        if let Some((head, tail)) = good.split_at_checked(cut) && !tail.is_empty() {
            let changed = [head, &text, tail].concat();
            prop_assert!(text.trim().is_empty() || document::verify(&changed, "t", &[key.public()]).is_err());
            prop_assert!(document::verify(head, "t", &[key.public()]).is_err());
        }
    }

    #[test]
    fn no_bytes_are_a_sealed_value(mut bytes in vec(any::<u8>(), 0..200), form in 0_u8..4, seed in any::<u64>()) {
        let random = SeededRandom::new(seed);
        let key = Key::random(&random);
        let pair = KeyPair::derive(&key);
        let place = Place::row("place", 1);
        let about = Envelope { purpose: Purpose::Inbox, tenant: "t", enrolment: "e", item: b"i" };
        if let Some(first) = bytes.first_mut() {
            *first = form;
        }
        prop_assert!(Sealer::new(1, &key).open(&place, &bytes).is_err());
        prop_assert!(hpke::open_with(&pair, &about, &bytes).is_err());
        prop_assert!(hpke::open_locked(&pair, &key, &place, &bytes).is_err());
    }
}
