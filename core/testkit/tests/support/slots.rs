//! Makes the vectors of slots and of recovery.

use super::{b64, make::Maker, text};
use companion_crypto::{
    CryptoError,
    derive::slot_key,
    hash::jcs,
    hpke::{Envelope, KeyPair, Purpose, open_with},
    passcode::{Cost, Kdf, Passcode},
    random::Random,
    recovery::{About, Request, seal_secret},
    seal::{Place, Sealer},
    secret::{Key, Secret},
};
use companion_domain::id::{EnrolmentId, TenantId};
use companion_vault::{
    VaultError,
    slots::{Guarded, Slot, Target, Wrapped},
};
use serde_json::{Value, json};

const TENANT: &str = "acme";

/// Slots of each kind, slots whose code is not stretched, and what the hardware guards.
pub fn make(maker: &Maker) -> Value {
    let (floor, cheap) = (Cost::FLOOR, Cost { m: 64, t: 2, p: 2 });
    let refused = [
        ("less memory", Cost { m: 65_535, ..floor }),
        ("fewer passes", Cost { t: 2, ..floor }),
        ("no lane", Cost { p: 0, ..floor }),
        (
            "too much memory",
            Cost {
                m: 1_048_577,
                ..floor
            },
        ),
        ("too many passes", Cost { t: 65, ..floor }),
        ("too many lanes", Cost { p: 17, ..floor }),
    ];
    let guarded = [0, 3, u32::MAX].map(|tries| {
        let h = maker.key();
        let guarded = Guarded { h, tries };
        let bytes = b64(guarded.bytes().expose());
        json!({"h": b64(guarded.h.expose()), "tries": tries, "bytes": bytes})
    });
    json!({
        "cases": [
            held(maker, Slot::device),
            held(maker, Slot::biometric),
            passcode(maker, "493817", floor),
            passcode(maker, "４９３-ｶﾞe\u{301}", cheap),
            recovery(maker),
            later(maker),
        ],
        "refused": refused.map(|(rule, cost)| json!({"rule": rule, "slot": refused_slot(maker, cost)})),
        "guarded": guarded,
    })
}

type Held = fn(&dyn Random, Target<'_>, Wrapped, &Key) -> Result<Slot, VaultError>;

/// A slot whose secret the hardware holds.
fn held(maker: &Maker, make: Held) -> Value {
    let (secret, plain) = (maker.key(), maker.key());
    let slot = make(
        &maker.random,
        target(maker, &plain),
        wrapped(maker),
        &secret,
    );
    case(&secret, &slot.unwrap(), &plain)
}

fn passcode(maker: &Maker, code: &str, cost: Cost) -> Value {
    let (h, plain) = (maker.key(), maker.key());
    let kdf = Kdf::new(&maker.random, cost);
    let secret = kdf.secret(&Passcode::new(code), &h).unwrap();
    let slot = Slot::passcode(
        &maker.random,
        target(maker, &plain),
        wrapped(maker),
        &kdf,
        &secret,
    );
    let mut case = case(&secret, &slot.unwrap(), &plain);
    case["passcode"] = json!({"code": code, "h": b64(h.expose())});
    case
}

fn refused_slot(maker: &Maker, cost: Cost) -> Value {
    let (secret, plain) = (Secret::random(&maker.random), maker.key());
    let kdf = Kdf::new(&maker.random, cost);
    let slot = Slot::passcode(
        &maker.random,
        target(maker, &plain),
        wrapped(maker),
        &kdf,
        &secret,
    );
    apart(&slot.unwrap()).0
}

fn recovery(maker: &Maker) -> Value {
    let (ikm, plain, enrolment) = (maker.key(), maker.key(), maker.uuid());
    let company = KeyPair::derive(&ikm);
    let slot = Slot::recovery(
        &maker.random,
        target(maker, &plain),
        &company.public(),
        &TenantId::new(TENANT),
        &EnrolmentId::new(&enrolment),
    );
    let slot = slot.unwrap();
    let about = Envelope {
        purpose: Purpose::Recovery,
        tenant: TENANT,
        enrolment: &enrolment,
        item: slot.id.as_bytes(),
    };
    let secret = open_with(&company, &about, &slot.wrapped.hw).unwrap();
    let mut case = case(&Key::new(secret.try_into().unwrap()), &slot, &plain);
    case["recovery"] = json!({"ikm": b64(ikm.expose()), "tenant": TENANT, "enrolment": enrolment});
    case
}

/// A slot as a later release may write it.
fn later(maker: &Maker) -> Value {
    let (secret, plain) = (maker.key(), maker.key());
    let mut slot = json!({"id": "later", "kind": "passkey", "key": 9, "kdf": "none", "more": {"n": [1, null]}});
    let place = Place::slot(&jcs(&slot).unwrap());
    let sealer = Sealer::new(9, &slot_key(&secret, text(&slot["id"])));
    let sealed = sealer.seal(&maker.random, &place, plain.expose()).unwrap();
    slot["hw"] = b64(&maker.bytes::<48>()).into();
    slot["sealed"] = b64(&sealed).into();
    case(&secret, &serde_json::from_value(slot).unwrap(), &plain)
}

fn case<const N: usize>(secret: &Secret<N>, slot: &Slot, plain: &Key) -> Value {
    let (slot, sealed) = apart(slot);
    json!({
        "secret": b64(secret.expose()), "slot": slot,
        "plain": b64(plain.expose()), "sealed": sealed,
    })
}

/// The slot without its seal, and the seal.
fn apart(slot: &Slot) -> (Value, Value) {
    let mut slot = serde_json::to_value(slot).unwrap();
    let sealed = slot.as_object_mut().unwrap().remove("sealed").unwrap();
    (slot, sealed)
}

fn target<'a>(maker: &Maker, key: &'a Key) -> Target<'a> {
    let id = 1 + maker.below(9) as u16;
    Target { id, key }
}

fn wrapped(maker: &Maker) -> Wrapped {
    let (hw, hw_n) = (maker.bytes::<48>().to_vec(), 1 + maker.below(9) as u32);
    Wrapped { hw, hw_n }
}

/// Requests with their answers, and texts that are no requests.
pub fn make_recovery(maker: &Maker) -> Value {
    let cases = [1, 2].map(|_| answered(maker).unwrap());
    let good = text(&cases[0]["request"]);
    let refused = [
        ("newer version", r#""v":2"#),
        ("no version", r#""w":1"#),
        ("one member more", r#""v":1,"w":1"#),
        ("a member twice", r#""v":1,"v":1"#),
    ]
    .map(|(rule, other)| json!({"rule": rule, "request": good.replace(r#""v":1"#, other)}));
    json!({"cases": cases, "refused": refused})
}

fn answered(maker: &Maker) -> Result<Value, CryptoError> {
    let (ikm, x_ikm, r) = (maker.key(), maker.key(), maker.key());
    let (company, x) = (KeyPair::derive(&ikm), KeyPair::derive(&x_ikm));
    let (enrolment, slot) = (maker.uuid(), b64(&maker.bytes::<8>()));
    let about = About {
        tenant: TENANT,
        enrolment: &enrolment,
        slot: &slot,
    };
    let sealed = seal_secret(&maker.random, &company.public(), &about, &r)?;
    let request = Request::new(&maker.random, &enrolment, &slot, &sealed, x.public());
    let answer = request.answer(&maker.random, &company, TENANT)?;
    Ok(json!({
        "ikm": b64(ikm.expose()), "x_ikm": b64(x_ikm.expose()), "tenant": TENANT, "r": b64(r.expose()),
        "request": request.text()?, "code": request.code()?, "answer": b64(&answer),
    }))
}
