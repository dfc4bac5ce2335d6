//! Whether Meta sent a request: the signature of a webhook, the token of a subscription check.

use companion_crypto::hash;
use data_encoding::HEXLOWER_PERMISSIVE;

/// The header that carries the signature. The SHA-1 header beside it is ignored.
pub const SIGNATURE_HEADER: &str = "X-Hub-Signature-256";

/// What the signature of a webhook says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authenticity {
    /// Meta signed exactly these bytes.
    Valid,
    /// There is no signature.
    Missing,
    /// The signature is of something else, or of another secret.
    Wrong,
}

/// Checks the value of [`SIGNATURE_HEADER`] against the app secret, in constant time, before anything is parsed.
///
/// `raw` is the body byte for byte: a body that was parsed and written anew does not verify. There is no timestamp in it
/// and so no window against replays; deduplicate by `event_key` instead.
pub fn verify_signature(signature: Option<&str>, secret: &[u8], raw: &[u8]) -> Authenticity {
    let Some(signature) = signature else {
        return Authenticity::Missing;
    };
    let tag = signature
        .trim()
        .strip_prefix("sha256=")
        .and_then(|hex| HEXLOWER_PERMISSIVE.decode(hex.as_bytes()).ok());
    match tag {
        Some(tag) if hash::hmac_matches(secret, raw, &tag) => Authenticity::Valid,
        _ => Authenticity::Wrong,
    }
}

/// The challenge to answer a subscription check (`GET`) with, as plain text; `None` to refuse it.
///
/// `query` yields the request's decoded parameters, `verify_token` is what was entered in Meta's app settings.
pub fn challenge<'a>(
    query: impl IntoIterator<Item = (&'a str, &'a str)>,
    verify_token: &str,
) -> Option<&'a str> {
    let (mut mode, mut token, mut challenge) = (None, None, None);
    for (name, value) in query {
        match name {
            "hub.mode" => mode = Some(value),
            "hub.verify_token" => token = Some(value),
            "hub.challenge" => challenge = Some(value),
            _ => {}
        }
    }
    let known = hash::equal(token?.as_bytes(), verify_token.as_bytes());
    challenge.filter(|_| mode == Some("subscribe") && known)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"app-secret-demo";
    const BODY: &[u8] = br#"{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[]}],"t":"\u3042\/"}"#;
    const HEX: &str = "47841ae0a02cc359812783e0084924b7aac6c4dbea777f7cc0aee6e534169d07";

    #[test]
    fn the_signature_is_over_the_bytes_as_they_came() {
        let verify = |signature: &str, body: &[u8]| verify_signature(Some(signature), SECRET, body);
        let signature = format!("sha256={HEX}");
        assert_eq!(verify(&signature, BODY), Authenticity::Valid);
        assert_eq!(
            verify(&format!("sha256={}", HEX.to_uppercase()), BODY),
            Authenticity::Valid
        );
        let same_json = br#"{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[]}],"t":"\u3042/"}"#;
        assert_eq!(verify(&signature, same_json), Authenticity::Wrong);
    }

    #[test]
    fn anything_but_the_whole_signature_is_refused() {
        assert_eq!(verify_signature(None, SECRET, BODY), Authenticity::Missing);
        for wrong in ["", "sha256=", HEX, "sha1=00", "sha256=47841a", "sha256=zz"] {
            assert_eq!(
                verify_signature(Some(wrong), SECRET, BODY),
                Authenticity::Wrong,
                "{wrong}"
            );
        }
        let signature = format!("sha256={HEX}");
        assert_eq!(
            verify_signature(Some(&signature), b"other", BODY),
            Authenticity::Wrong
        );
    }

    #[test]
    fn the_challenge_is_answered_only_to_who_knows_the_token() {
        let query = |mode, token| {
            [
                ("hub.mode", mode),
                ("hub.verify_token", token),
                ("hub.challenge", "1158201444"),
            ]
        };
        assert_eq!(
            challenge(query("subscribe", "token"), "token"),
            Some("1158201444")
        );
        assert_eq!(challenge(query("subscribe", "tokem"), "token"), None);
        assert_eq!(challenge(query("unsubscribe", "token"), "token"), None);
        assert_eq!(
            challenge(query("subscribe", "token").into_iter().take(2), "token"),
            None
        );
    }
}
