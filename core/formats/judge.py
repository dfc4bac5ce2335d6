#!/usr/bin/env python3
"""Judges two implementations of the formats by each other.

judge.py check DIR        checks every file of vectors in DIR, and the scenarios by their schema; exit 1 with the reason
judge.py make DIR SEED    writes fresh vectors to DIR for the other implementation to check
"""

import json
import random
import sys
import uuid
from pathlib import Path

import rfc8785
from joserfc.jwk import ECKey, OKPKey

sys.dont_write_bytecode = True
from second import (  # noqa: E402
    Refused,
    b64,
    chain_next,
    chain_start,
    check_cost,
    code,
    conform,
    derive,
    edit_key,
    extension,
    extension_case,
    follow,
    guarded,
    jcs,
    key_pair,
    keyed_hash,
    load_key,
    need,
    next_name,
    open_01,
    open_02,
    open_03,
    open_item,
    open_slot,
    own_keys,
    parse,
    passcode_secret,
    record_key,
    recovery_answer,
    recovery_case,
    recovery_request,
    seal_01,
    seal_02,
    seal_03,
    seal_slot,
    sha256,
    shown,
    sign_entry,
    unb64,
    verify,
    verify_compact,
)

PAYLOADS = {"companion-time+jws": "time", "companion-checkpoint+jws": "checkpoint", "companion-item+jws": "item"}


def flipped(data):
    for at in range(len(data)):
        yield data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1 :]


def refuses(what, call, *arguments):
    try:
        call(*arguments)
    except Refused:
        return
    raise AssertionError(f"not refused: {what}")


def equal(left, right, what):
    if left != right:
        raise AssertionError(f"not equal: {what}")


def check_ids(file):
    salt = unb64(file["key_salt"])
    for case in file["cases"]:
        equal(record_key(salt, case["prefix"], case["parts"]), case["id"], case)
    for case in file["edits"]:
        equal(edit_key(salt, case["message"], case["edited_at_ms"], case["text"]), case["id"], case)
    for case in file["deletions"]:
        equal(case["message"] + "-d", case["id"], case)


def check_hashes(file):
    for case in file["canonical"]:
        data = jcs(case["json"])
        equal([b64(data), b64(sha256(data)), code(data)], [case["bytes"], case["sha256"], case["code"]], case)
    for case in file["refused"]:
        refuses(case, jcs, case["json"])


def check_derived(file):
    for case in file["cases"]:
        equal(b64(derive(unb64(case["key"]), case["salt"], case["purpose"])), case["derived"], case)
    for case in file["keyed_hashes"]:
        found = keyed_hash(unb64(case["hash_key"]), case["place"], case["value"].encode())
        equal(b64(found), case["hash"], case)


def check_sealed(opener):
    def check(file):
        for case in file["cases"]:
            sealed = unb64(case["sealed"])
            equal(opener(case, sealed), unb64(case["plain"]), case)
            for wrong in flipped(sealed):
                refuses(case, opener, case, wrong)

    return check


def check_slots(file):
    for case in file["cases"]:
        slot = case["slot"]
        if passcode := case.get("passcode"):
            secret = passcode_secret(slot["kdf"], passcode["code"], unb64(passcode["h"]))
            equal(b64(secret), case["secret"], case)
        if about := case.get("recovery"):
            sealed = recovery_case(about["ikm"], "recovery", about["tenant"], about["enrolment"], slot["id"])
            equal(b64(open_03(sealed, unb64(slot["hw"]))), case["secret"], case)
    check_sealed(open_slot)(file)
    for case in file["refused"]:
        refuses(case["rule"], check_cost, case["slot"]["kdf"])
    for case in file["guarded"]:
        equal(b64(guarded(unb64(case["h"]), case["tries"])), case["bytes"], case)


def check_recovery(file):
    for case in file["cases"]:
        request = recovery_request(case["request"])
        text = rfc8785.dumps(request)
        equal([text.decode(), code(text)], [case["request"], case["code"]], case)
        r, about = recovery_answer(case, request)
        answer = unb64(case["answer"])
        equal([b64(r), b64(open_03(about, answer))], [case["r"], case["r"]], case)
        for wrong in flipped(answer):
            refuses(case, open_03, about, wrong)
    for case in file["refused"]:
        refuses(case["rule"], recovery_request, case["request"])


def check_extension(file):
    for case in file["cases"]:
        name, sealed = case["name"], unb64(case["sealed"])
        equal(shown(extension(case["extension"])), case["show"], case)
        item = open_item(case, name, sealed)
        for member in ["reader", "received_at", "raw"]:
            equal(item[member], case[member], case)
        refuses(case, open_item, case, name.replace("-", "_"), sealed)
        for wrong in flipped(sealed):
            refuses(case, open_item, case, name, wrong)
    for case in file["names"]:
        equal(next_name(case["name"], case["at_s"]), case["next"], case)
    for case in file["refused"]:
        refuses(case["rule"], extension, case["extension"])
    for case in file["refused_names"]:
        refuses(case["rule"], next_name, case["name"], 0)


def check_chain(file):
    head = chain_start(file["writer"])
    equal(b64(head), file["start"], "start")
    for link in file["links"]:
        conform("envelope", link["envelope"])
        data = link["envelope"]["data"]
        digest = sha256(rfc8785.dumps(data["record"]))
        equal(b64(digest), link["digest"], link)
        for wrong in flipped(digest):
            need(b64(chain_next(head, data["seq"], wrong)) != data["head"], "a flipped byte shows")
        head = chain_next(head, data["seq"], digest)
        equal(b64(head), data["head"], link)


def check_documents(file):
    for name, key in file["keys"].items():
        equal(load_key(key["jwk"]).thumbprint(), key["kid"], name)
    for case in file["good"]:
        keys = [load_key(file["keys"][name]["jwk"]) for name in case["keys"]]
        payload, by = verify(case["document"], case["typ"], keys)
        equal(payload, unb64(case["payload"]), case["name"])
        equal(by, [file["keys"][name]["kid"] for name in case["by"]], case["name"])
        conform("document", json.loads(case["document"]))
        if schema := PAYLOADS.get(case["typ"]):
            content = json.loads(payload)
            conform("tombstone" if content.get("kind") == "tombstone" else schema, content)
        document = json.loads(case["document"])
        for wrong in flipped(payload):
            changed = json.dumps({**document, "payload": b64(wrong)})
            refuses(case["name"], verify, changed, case["typ"], keys)
        for n, entry in enumerate(document["signatures"]):
            if parse(unb64(entry["protected"]))["kid"] not in by:
                continue
            for wrong in flipped(unb64(entry["signature"])):
                signatures = list(document["signatures"])
                signatures[n] = {**entry, "signature": b64(wrong)}
                changed = json.dumps({**document, "signatures": signatures})
                refuses(case["name"], verify, changed, case["typ"], keys)
    for case in file["bad"]:
        keys = [load_key(file["keys"][name]["jwk"]) for name in case["keys"]]
        refuses(case["rule"], verify, case["document"], case["typ"], keys)


def check_assertion(file):
    for case in file["good"]:
        key = load_key(case["key"])
        payload = verify_compact(case["token"], file["typ"], key)
        equal(payload, unb64(case["payload"]), "payload")
        conform("assertion", json.loads(payload))
        parts = case["token"].split(".")
        for n, part in enumerate(parts):
            for wrong in flipped(unb64(part)):
                changed = ".".join([*parts[:n], b64(wrong), *parts[n + 1 :]])
                refuses("flipped byte", verify_compact, changed, file["typ"], key)
    for case in file["bad"]:
        refuses(case["rule"], verify_compact, case["token"], file["typ"], load_key(case["key"]))


def check_keysets(file):
    first, *later = file["sets"]
    payload = unb64(json.loads(first)["payload"])
    equal([b64(sha256(payload)), code(payload)], [file["pinned"], file["code"]], "pinned")
    keys = own_keys(first)
    for case in file["usable_in_first"]:
        names = [
            row["name"] for row in keys["keys"] if row["role"] == case["role"] and row["nbf"] <= case["at"] < row["exp"]
        ]
        equal(names, case["names"], case)
    for case in file["refused_after_first"]:
        refuses(case["rule"], follow, keys, case["document"])
    for text in later:
        keys = follow(keys, text)


CHECKS = {
    "ids": check_ids,
    "hashes": check_hashes,
    "derived": check_derived,
    "sealed_01": check_sealed(open_01),
    "sealed_02": check_sealed(open_02),
    "sealed_03": check_sealed(open_03),
    "slots": check_slots,
    "recovery": check_recovery,
    "chain": check_chain,
    "extension": check_extension,
    "documents": check_documents,
    "assertion": check_assertion,
    "keysets": check_keysets,
}


def check(folder):
    files = sorted(Path(folder).glob("*.json"))
    equal(sorted(CHECKS), [path.stem for path in files], "the files")
    for path in files:
        try:
            CHECKS[path.stem](json.loads(path.read_text()))
        except (AssertionError, Refused) as error:
            sys.exit(f"{path.name}: {error!r}")
    print(json.dumps({"folder": str(folder), "files": len(files)}))


def check_scenarios():
    for path in sorted((Path(__file__).parent / "scenarios").glob("*.json")):
        try:
            conform("scenario", json.loads(path.read_text()))
        except Refused as error:
            sys.exit(f"{path.name}: {error!r}")


# --- make ---


class Maker:
    """Draws everything from one seed, but for what the libraries draw themselves."""

    def __init__(self, seed):
        self.rng = random.Random(seed)

    def bytes(self, count):
        return self.rng.randbytes(count)

    def b64(self, count=32):
        return b64(self.bytes(count))

    def text(self):
        return "".join(
            self.rng.choice(["山田", "é", "👍🏽", "a", " ", "\n", '"', "\\", "\x1f", "/"])
            for _ in range(self.rng.randrange(200))
        )

    def uuid(self):
        return str(uuid.UUID(bytes=self.bytes(16), version=4))

    def time(self):
        return f"2026-0{self.rng.randrange(1, 10)}-1{self.rng.randrange(10)}T03:04:05.{self.rng.randrange(1000):03}Z"

    def place(self):
        place = {"word": "message.body", "row": self.rng.randrange(2**53)}
        if self.rng.randrange(2):
            place |= {"conversation": self.rng.randrange(1000), "seq": self.rng.randrange(1000)}
        return place

    def ids(self):
        salt = self.bytes(32)
        cases = []
        for prefix in ["m1", "c1", "p1", "a1", "r1", "s1", "k1"]:
            parts = [self.text() for _ in range(self.rng.randrange(1, 6))]
            cases.append({"prefix": prefix, "parts": parts, "id": record_key(salt, prefix, parts)})
        message, ms, text = cases[0]["id"], str(self.rng.randrange(2**41)), self.text()
        edit = {"message": message, "edited_at_ms": ms, "text": text, "id": edit_key(salt, message, ms, text)}
        deletion = {"message": message, "id": message + "-d"}
        return {"key_salt": b64(salt), "cases": cases, "edits": [edit], "deletions": [deletion]}

    def hashes(self):
        canonical = []
        for _ in range(10):
            value = {self.text(): self.text(), "n": self.rng.randrange(-(2**53) + 1, 2**53), "l": [self.text(), None]}
            text = json.dumps(value, indent=self.rng.choice([None, 1]), ensure_ascii=self.rng.random() < 0.5)
            text = text.replace("}", r', "\ud83d\u0041": "\ude00"}')
            data = jcs(text)
            canonical.append({"json": text, "bytes": b64(data), "sha256": b64(sha256(data)), "code": code(data)})
        return {"canonical": canonical, "refused": []}

    def derived(self):
        cases = []
        for purpose in ["seal", "locked", "filter", "hash", "inbox", "psk"]:
            key, salt = self.bytes(32), self.uuid()
            cases.append(
                {"key": b64(key), "salt": salt, "purpose": purpose, "derived": b64(derive(key, salt, purpose))}
            )
        key, value = self.bytes(32), self.text()
        keyed = {"hash_key": b64(key), "place": "contact.key", "value": value}
        keyed["hash"] = b64(keyed_hash(key, "contact.key", value.encode()))
        return {"cases": cases, "keyed_hashes": [keyed]}

    def sealed(self, sealer, **fixed):
        cases = []
        for length in [0, 1, 63, 64, 65, self.rng.randrange(500)]:
            case = {name: draw() for name, draw in fixed.items()}
            case["plain"] = self.b64(length)
            case["enrolment"] = self.uuid()
            if "ikm" in case:
                case["public"] = b64(key_pair(case["ikm"]).public_key.to_public_bytes())
            case["sealed"] = b64(sealer(case, self.bytes(12)))
            cases.append(case)
        return {"cases": cases}

    def slots(self):
        cases = []
        for kind in ["device", "biometric", "passcode", "recovery", "passkey"]:
            slot = {"id": self.b64(8), "kind": kind, "key": self.rng.randrange(2**16), "hw": self.b64(48), "hw_n": 1}
            case = {"slot": slot, "secret": self.b64(), "plain": self.b64()}
            if kind == "passcode":
                h, typed = self.bytes(32), self.text()
                slot["kdf"] = {"m": 64, "t": 2, "p": self.rng.randrange(1, 5), "salt": self.b64(16)}
                case["secret"] = b64(passcode_secret(slot["kdf"], typed, h))
                case["passcode"] = {"code": typed, "h": b64(h)}
            if kind == "recovery":
                about = {"ikm": self.b64(), "tenant": self.text(), "enrolment": self.uuid()}
                sealed = recovery_case(about["ikm"], "recovery", about["tenant"], about["enrolment"], slot["id"])
                slot["hw"] = b64(seal_03({**sealed, "plain": case["secret"]}, None))
                case["recovery"] = about
            if kind == "passkey":
                slot["later"] = {"n": [self.text(), None]}
            cases.append({**case, "sealed": b64(seal_slot(case, self.bytes(12)))})
        h, tries = self.bytes(32), self.rng.randrange(2**32)
        return {
            "cases": cases, "refused": [],
            "guarded": [{"h": b64(h), "tries": tries, "bytes": b64(guarded(h, tries))}],
        }  # fmt: skip

    def recovery(self):
        case = {"ikm": self.b64(), "x_ikm": self.b64(), "tenant": self.text(), "r": self.b64()}
        enrolment, slot = self.uuid(), self.b64(8)
        sealed = recovery_case(case["ikm"], "recovery", case["tenant"], enrolment, slot)
        request = {
            "v": 1, "enrolment_id": enrolment, "jti": self.b64(16), "slot": slot,
            "r": b64(seal_03({**sealed, "plain": case["r"]}, None)),
            "x": b64(key_pair(case["x_ikm"]).public_key.to_public_bytes()),
        }  # fmt: skip
        text = rfc8785.dumps(request)
        _, about = recovery_answer(case, request)
        answer = b64(seal_03({**about, "plain": case["r"]}, None))
        return {"cases": [{**case, "request": text.decode(), "code": code(text), "answer": answer}], "refused": []}

    def extension(self):
        case = {"ikm": self.b64(), "show": self.rng.choice(["none", "channel", "sender", "full"])}
        told = {
            "v": 1, "tenant": "t" + self.text(), "enrolment_id": self.uuid(), "show": case["show"],
            "inbox_key": b64(key_pair(case["ikm"]).public_key.to_public_bytes()),
        }  # fmt: skip
        name = f"{next_name(f'{0:015}-{0:06}-{0:016x}.sealed', self.rng.randrange(2**31))}-{self.bytes(8).hex()}.sealed"
        item = {"reader": self.text(), "received_at": self.time(), "raw": self.b64(self.rng.randrange(500))}
        case |= {"extension": json.dumps(told), "name": name, **item}
        plain = b64(json.dumps({"v": 1, **item}).encode())
        case["sealed"] = b64(seal_03({**extension_case(case, name)[1], "plain": plain}, None))
        return {"cases": [case], "names": [], "refused": [], "refused_names": []}

    def chain(self):
        writer, salt = self.uuid(), self.bytes(32)
        conversation = record_key(salt, "c1", ["whatsapp", "1", self.text()])
        head = chain_start(writer)
        start, links = b64(head), []
        for seq in range(1, 6):
            key = record_key(salt, "m1", [self.text()])
            record = {
                "v": 1, "key": key, "kind": "message", "change": "created", "channel": "whatsapp", "account": "1",
                "conversation": conversation, "conversation_seq": seq, "direction": "inbound", "origin": "live",
                "sent_at": self.time(), "recorded_at": self.time(), "content": "text", "text": self.text(),
                "reply_to": None, "supersedes": None, "salt": self.b64(16),
            }  # fmt: skip
            digest = sha256(rfc8785.dumps(record))
            head = chain_next(head, seq, digest)
            envelope = {
                "specversion": "1.0", "id": key, "source": "urn:companion:acme", "type": "companion.message.v1",
                "subject": conversation, "time": record["sent_at"], "datacontenttype": "application/json",
                "dataschema": "urn:companion:record:1", "sequence": f"{seq:016}",
                "data": {"writer": writer, "seq": seq, "head": b64(head), "record": record},
            }  # fmt: skip
            conform("envelope", envelope)
            links.append({"envelope": envelope, "digest": b64(digest)})
        return {"writer": writer, "start": start, "links": links}

    def documents(self):
        keys = {"ingress": OKPKey.generate_key("Ed25519"), "device": ECKey.generate_key("P-256")}
        named = {name: {"jwk": key.as_dict(private=False), "kid": key.thumbprint()} for name, key in keys.items()}
        good = []
        for by in [["ingress"], ["device"], ["device", "ingress"]]:
            time = {"v": 1, "aud": self.uuid(), "time": self.time(), "nonce": self.b64(16), "note": self.text()}
            payload = rfc8785.dumps(time)
            entries = [sign_entry("companion-time+jws", payload, keys[name]) for name in by]
            signatures = [{"protected": entry[0], "signature": entry[2]} for entry in entries]
            document = json.dumps({"payload": b64(payload), "signatures": signatures})
            case = {"name": " and ".join(by), "typ": "companion-time+jws", "keys": list(keys), "by": by}
            good.append({**case, "payload": b64(payload), "document": document})
        return {"keys": named, "good": good, "bad": []}

    def assertion(self):
        typ, good = "companion-assertion+jwt", []
        for key in [OKPKey.generate_key("Ed25519"), ECKey.generate_key("P-256")]:
            payload = rfc8785.dumps({"iss": self.uuid(), "jti": self.b64(16), "note": self.text()})
            token = ".".join(sign_entry(typ, payload, key))
            good.append({"key": key.as_dict(private=False), "token": token, "payload": b64(payload)})
        return {"typ": typ, "good": good, "bad": []}


def make(folder, seed):
    maker = Maker(int(seed))
    key_id = lambda: maker.rng.randrange(2**16)  # noqa: E731
    files = {
        "ids": maker.ids(),
        "hashes": maker.hashes(),
        "derived": maker.derived(),
        "sealed_01": maker.sealed(seal_01, key=maker.b64, key_id=key_id, place=maker.place),
        "sealed_02": maker.sealed(seal_02, d=maker.b64, t=maker.b64, key_id=key_id, place=maker.place),
        "sealed_03": maker.sealed(
            seal_03,
            ikm=maker.b64,
            purpose=lambda: maker.rng.choice(["inbox", "escrow", "recovery", "answer", "archive", "poster"]),
            tenant=maker.text,
            item=maker.b64,
        ),
        "slots": maker.slots(),
        "recovery": maker.recovery(),
        "chain": maker.chain(),
        "extension": maker.extension(),
        "documents": maker.documents(),
        "assertion": maker.assertion(),
    }
    for name, file in files.items():
        (Path(folder) / name).with_suffix(".json").write_text(json.dumps(file))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["check", folder]:
            check(folder)
            check_scenarios()
        case ["make", folder, seed]:
            make(folder, seed)
        case _:
            sys.exit(__doc__)
