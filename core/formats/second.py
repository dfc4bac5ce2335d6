"""The formats, implemented a second time, from their description alone (formats.md, whose chapters it follows)."""

import base64
import hashlib
import hmac
import json
import re
import struct
import unicodedata
from pathlib import Path

import jsonschema
import pyhpke
import referencing
import rfc8785
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey

SUITE = pyhpke.CipherSuite.new(
    pyhpke.KEMId.DHKEM_X25519_HKDF_SHA256, pyhpke.KDFId.HKDF_SHA256, pyhpke.AEADId.AES256_GCM
)


class Refused(Exception):
    """The value breaks a rule."""


def need(holds, rule):
    if not holds:
        raise Refused(rule)


# --- formats.md 0: bytes, hashes, JSON ---


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text):
    need(isinstance(text, str) and re.fullmatch("[A-Za-z0-9_-]*", text), "base64url")
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError as error:
        raise Refused("base64url") from error
    need(b64(data) == text, "base64url has one spelling")
    return data


def sha256(data):
    return hashlib.sha256(data).digest()


def mac(key, data):
    return hmac.digest(key, data, "sha256")


def base32lower(data):
    return base64.b32encode(data).decode().rstrip("=").lower()


def lp(data):
    return struct.pack(">I", len(data)) + data


def u64(number):
    return struct.pack(">Q", number)


def integer(text):
    number = float(text)
    need(number.is_integer() and abs(number) < 2**53, "number")
    return int(text) if re.fullmatch("-?[0-9]+", text) else int(number)


def once(pairs):
    need(len({name for name, _ in pairs}) == len(pairs), "a member stands there twice")
    return dict(pairs)


def parse(data):
    """The JSON of a signed document."""
    try:
        value = json.loads(
            data.decode(), object_pairs_hook=once, parse_int=integer, parse_float=integer, parse_constant=integer
        )
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, OverflowError) as error:
        raise Refused("JSON") from error
    return value


def jcs(text):
    """RFC 8785 of a JSON text, in which lone surrogates become U+FFFD first."""

    def mend(value):
        if isinstance(value, str):
            return re.sub("[\ud800-\udfff]", "\ufffd", value)
        if isinstance(value, list):
            return [mend(item) for item in value]
        if isinstance(value, dict):
            return {mend(name): mend(item) for name, item in value.items()}
        return value

    return rfc8785.dumps(mend(json.loads(text, parse_int=integer, parse_float=integer)))


def code(data):
    return base32lower(sha256(data))[:16]


# --- formats.md 1, 4: ids, chain ---


def record_key(salt, prefix, parts):
    data = b"".join(lp(part.encode()) for part in [prefix, *parts])
    return prefix + base32lower(mac(salt, data)[:20])


def edit_key(salt, message, ms, text):
    return f"{message}-e{ms}-{record_key(salt, 'e1', [message, text])[2:8]}"


def chain_start(writer):
    return sha256(b"companion/chain/1\0" + writer.encode())


def chain_next(head, seq, digest):
    return sha256(b"companion/chain/1\0" + head + u64(seq) + digest)


# --- formats.md 8: secrets at rest ---


def derive(key, salt, purpose):
    info = f"companion/v1/{purpose}".encode()
    return HKDF(hashes.SHA256(), 32, salt.encode(), info).derive(key)


def keyed_hash(key, place, value):
    return mac(key, lp(place.encode()) + lp(value))[:16]


def pad(plain):
    return plain + b"\x80" + bytes(-(len(plain) + 1) % 64)


def unpad(padded):
    plain = padded.rstrip(b"\0")
    need(plain.endswith(b"\x80") and pad(plain[:-1]) == padded, "padding")
    return plain[:-1]


def place_bytes(place):
    data = lp(place["word"].encode()) + u64(place["row"])
    if "seq" in place:
        data += u64(place["conversation"]) + u64(place["seq"])
    return data


def seal_value(key, key_id, place, nonce, plain):
    head = b"\x01" + struct.pack(">H", key_id)
    return head + nonce + AESGCM(key).encrypt(nonce, pad(plain), head + place)


def open_value(key, key_id, place, sealed):
    need(sealed[:3] == b"\x01" + struct.pack(">H", key_id), "form and key id")
    try:
        return unpad(AESGCM(key).decrypt(sealed[3:15], sealed[15:], sealed[:3] + place))
    except InvalidTag as error:
        raise Refused("tag") from error


def column(case):
    key = derive(unb64(case["key"]), case["enrolment"], "seal")
    return key, case["key_id"], place_bytes(case["place"])


def seal_01(case, nonce):
    return seal_value(*column(case), nonce, unb64(case["plain"]))


def open_01(case, sealed):
    return open_value(*column(case), sealed)


def slot(case):
    slot = case["slot"]
    bound = {name: value for name, value in slot.items() if name not in ("sealed", "hw", "hw_n")}
    return derive(unb64(case["secret"]), slot["id"], "slot"), slot["key"], lp(rfc8785.dumps(bound))


def seal_slot(case, nonce):
    return seal_value(*slot(case), nonce, unb64(case["plain"]))


def open_slot(case, sealed):
    return open_value(*slot(case), sealed)


def passcode_secret(kdf, code, h):
    code = unicodedata.normalize("NFKC", code).encode()
    return hash_secret_raw(code, unb64(kdf["salt"]), kdf["t"], kdf["m"], kdf["p"], 32, Type.ID) + h


def check_cost(kdf):
    need(65536 <= kdf["m"] <= 1048576 and 3 <= kdf["t"] <= 64 and 1 <= kdf["p"] <= 16, "cost")


def guarded(h, tries):
    return b"\x01" + h + struct.pack(">I", tries)


def hpke_seal(public, info, aad, plain, **psk):
    enc, context = SUITE.create_sender_context(public, info=info, **psk)
    return enc + context.seal(pad(plain), aad=aad)


def hpke_open(private, info, aad, sealed, **psk):
    try:
        context = SUITE.create_recipient_context(sealed[:32], private, info=info, **psk)
        return unpad(context.open(sealed[32:], aad=aad))
    except pyhpke.PyHPKEError as error:
        raise Refused("HPKE") from error


def key_pair(ikm):
    return SUITE.kem.derive_key_pair(unb64(ikm))


def locked(case):
    pair = SUITE.kem.derive_key_pair(derive(unb64(case["d"]), case["enrolment"], "locked"))
    psk = derive(unb64(case["t"]), case["enrolment"], "psk")
    return pair, {"psk": psk, "psk_id": b"companion/v1/psk"}


def seal_02(case, _nonce):
    head = b"\x02" + struct.pack(">H", case["key_id"])
    pair, psk = locked(case)
    aad = head + place_bytes(case["place"])
    return head + hpke_seal(pair.public_key, b"companion/v1/locked", aad, unb64(case["plain"]), **psk)


def open_02(case, sealed):
    need(sealed[:1] == b"\x02", "form")
    pair, psk = locked(case)
    aad = sealed[:3] + place_bytes(case["place"])
    return hpke_open(pair.private_key, b"companion/v1/locked", aad, sealed[3:], **psk)


def for_others(case, head):
    aad = head + lp(case["tenant"].encode()) + lp(case["enrolment"].encode()) + lp(unb64(case["item"]))
    return f"companion/v1/{case['purpose']}".encode(), aad


def seal_03(case, _nonce):
    pair = key_pair(case["ikm"])
    head = b"\x03" + sha256(pair.public_key.to_public_bytes())[:4]
    return head + hpke_seal(pair.public_key, *for_others(case, head), unb64(case["plain"]))


def open_03(case, sealed):
    pair = key_pair(case["ikm"])
    need(pair.public_key.to_public_bytes() == unb64(case["public"]), "DeriveKeyPair")
    need(sealed[:5] == b"\x03" + sha256(unb64(case["public"]))[:4], "receiver")
    return hpke_open(pair.private_key, *for_others(case, sealed[:5]), sealed[5:])


def recovery_case(ikm, purpose, tenant, enrolment, item):
    return {
        "ikm": ikm, "public": b64(key_pair(ikm).public_key.to_public_bytes()),
        "purpose": purpose, "tenant": tenant, "enrolment": enrolment, "item": b64(item.encode()),
    }  # fmt: skip


def recovery_request(text):
    request = parse(text.encode())
    conform("recovery", request)
    return request


def recovery_answer(case, request):
    """What the company answers: `R`, and for which case of `03`."""
    about = case["tenant"], request["enrolment_id"]
    r = open_03(recovery_case(case["ikm"], "recovery", *about, request["slot"]), unb64(request["r"]))
    return r, recovery_case(case["x_ikm"], "answer", *about, request["jti"])


def extension(text):
    told = parse(text.encode())
    conform("extension", told)
    return told


def shown(told):
    return told["show"] if told["show"] in ("channel", "sender", "full") else "none"


NAME = re.compile("([0-9]{15})-([0-9]{6})-[0-9a-f]{16}[.]sealed")


def next_name(name, at_s):
    """How the name of what comes at `at_s` begins, after the file `name`."""
    named = NAME.fullmatch(name)
    need(named, "name")
    ms, n = int(named[1]), int(named[2])
    if at_s * 1000 > ms:
        ms, n = at_s * 1000, 0
    elif n < 999999:
        n += 1
    else:
        ms, n = ms + 1, 0
    return f"{ms:015}-{n:06}"


def extension_case(case, name):
    told = extension(case["extension"])
    return told, {
        "ikm": case["ikm"], "public": told["inbox_key"], "purpose": "inbox",
        "tenant": told["tenant"], "enrolment": told["enrolment_id"], "item": b64(name.encode()),
    }  # fmt: skip


def open_item(case, name, sealed):
    item = parse(open_03(extension_case(case, name)[1], sealed))
    conform("extension_item", item)
    return item


# --- formats.md 0, 5, 9: signed documents ---

P = 2**255 - 19
ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD83D3D706A17C7


def load_key(jwk):
    if jwk["kty"] == "EC":
        return ECKey.import_key(jwk)
    y = int.from_bytes(unb64(jwk["x"]), "little") & (2**255 - 1)
    need(y < P and y not in (0, 1, P - 1, ORDER_8, P - ORDER_8), "small-order key")
    return OKPKey.import_key(jwk)


def alg_of(key):
    return "ES256" if key.key_type == "EC" else "Ed25519"


def members(value, *names):
    need(isinstance(value, dict) and sorted(value) == sorted(names), "members")
    return [value[name] for name in names]


def check_signature(protected, payload, signature, typ, keys):
    """The key's name, and whether the key is known."""
    header_typ, alg, kid = members(parse(unb64(protected)), "typ", "alg", "kid")
    need(header_typ == typ, "typ")
    need(isinstance(alg, str) and isinstance(kid, str), "header")
    unb64(signature)
    key = keys.get(kid)
    if key:
        need(alg == alg_of(key), "alg")
        try:
            jws.deserialize_compact(f"{protected}.{payload}.{signature}", key, algorithms=[alg])
        except (JoseError, ValueError) as error:
            raise Refused("signature") from error
    return kid, key is not None


def verify(text, typ, keys):
    """The payload and the names of the known keys that signed it."""
    payload, signatures = members(parse(text.encode()), "payload", "signatures")
    need(isinstance(signatures, list) and 1 <= len(signatures) <= 8, "signatures")
    keys = {key.thumbprint(): key for key in keys}
    found = [
        check_signature(protected, payload, signature, typ, keys)
        for protected, signature in (members(entry, "protected", "signature") for entry in signatures)
    ]
    need(len({kid for kid, _ in found}) == len(found), "a key twice")
    by = [kid for kid, known in found if known]
    need(by, "no known key")
    content = parse(unb64(payload))
    need(isinstance(content, dict) and type(content.get("v")) is int and content["v"] == 1, "version")
    return unb64(payload), by


def verify_compact(token, typ, key):
    parts = token.split(".")
    need(len(parts) == 3, "three parts")
    _, known = check_signature(*parts, typ, {key.thumbprint(): key})
    need(known, "no known key")
    need(isinstance(parse(unb64(parts[1])), dict), "claims")
    return unb64(parts[1])


def sign_entry(typ, payload, key):
    header = {"alg": alg_of(key), "kid": key.thumbprint(), "typ": typ}
    return jws.serialize_compact(header, payload, key, algorithms=[header["alg"]]).split(".")


def root_signed(text, keys):
    roots = [load_key({"kty": "OKP", "crv": "Ed25519", "x": row["x"]}) for row in keys["keys"] if row["role"] == "root"]
    payload, by = verify(text, "companion-keys+jws", roots)
    need(len(by) >= keys["threshold"]["root"], "root threshold")
    return payload


def own_keys(text):
    """A key set that its own root keys signed."""
    keys = parse(unb64(parse(text.encode())["payload"]))
    conform("keys", keys)
    for row in keys["keys"]:
        load_key({"kty": "OKP", "crv": "Ed25519", "x": row["x"]})
    need(len({row["x"] for row in keys["keys"]}) == len(keys["keys"]), "one key, one role")
    root_signed(text, keys)
    return keys


def follow(keys, text):
    root_signed(text, keys)
    after = own_keys(text)
    need(after["version"] == keys["version"] + 1 and after["tenant"] == keys["tenant"], "version and tenant")
    return after


# --- schemas ---

SCHEMAS = {path.stem: json.loads(path.read_text()) for path in (Path(__file__).parent / "schemas").glob("*.json")}
REGISTRY = referencing.Registry().with_resources(
    (schema["$id"], referencing.Resource.from_contents(schema)) for schema in SCHEMAS.values()
)


def conform(name, value):
    try:
        jsonschema.Draft202012Validator(SCHEMAS[name], registry=REGISTRY).validate(value)
    except jsonschema.ValidationError as error:
        raise Refused(f"schema {name}: {error.json_path}") from error
