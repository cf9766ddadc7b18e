"""Checks a bundle of proof, with Python and `cryptography` and nothing of Highwater.

    python3 verify.py BUNDLE.zip [--key KEY] [--checkpoint NOTE]

Every bundle carries this file. Use a copy you trust, not the one of the bundle you doubt, and the
key its issuer has published. What it checks: the container and the signed list of its files; each
account's chain of records and of decisions; that the chain's head stands in the signed log; that
rulesets have their hashes; and that breaches name the ticks that are shown. It does not decide
again: `highwater audit verify` does that, too.

Sources: RFC 6962 section 2.1, RFC 8785, C2SP signed-note and tlog-checkpoint, docs/audit.md.
"""

import argparse
import json
import struct
import sys
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "highwater/v1/bundle"
TRAIL_TAG = b"highwater/v1/trail\n"
DECISION_TAG = b"highwater/v1/audit\n"
FIRST_HASH = "0" * 64
ED25519 = b"\x01"
LINE_DIGITS = 16  # of the SHA-256 of a line, in the manifest

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_DAY = 0x21  # 1980-01-01, the first day a zip knows
_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError)


class Problem(NamedTuple):
    """One thing that is wrong, and the part of the bundle it is wrong with."""

    part: str
    message: str


def canonical(value: object) -> bytes:
    """Write canonical JSON (RFC 8785) of text, whole numbers, booleans, null, lists and objects."""
    return json.dumps(_sorted(value), separators=(",", ":"), ensure_ascii=False).encode()


def _sorted(value: object) -> object:
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return {name: _sorted(value[name]) for name in names}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def leaf_hash(leaf: bytes) -> bytes:
    """Hash a leaf of the log (RFC 6962)."""
    return sha256(b"\0" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash an inner node of the log (RFC 6962)."""
    return sha256(b"\1" + left + right).digest()


def pack(files: Mapping[str, bytes]) -> bytes:
    """Write files as a zip without compression; equal files give equal bytes."""
    body, directory = b"", b""
    for name, content in files.items():
        label = name.encode()
        common = (0x800, 0, 0, _DAY, zlib.crc32(content), len(content), len(content), len(label), 0)
        directory += _CENTRAL.pack(b"PK\1\2", 20, 20, *common, 0, 0, 0, 0, len(body)) + label
        body += _LOCAL.pack(b"PK\3\4", 20, *common) + label + content
    count = len(files)
    return body + directory + _END.pack(
        b"PK\5\6", 0, 0, count, count, len(directory), len(body), 0
    )  # fmt: skip


def unpack(data: bytes) -> dict[str, bytes]:
    """Read the files of a zip that `pack` may have written; `ValueError` where it cannot be."""
    files: dict[str, bytes] = {}
    at = 0
    while data[at : at + 4] == b"PK\3\4" and at + _LOCAL.size <= len(data):
        *_, size, length, extra = _LOCAL.unpack_from(data, at)
        start = at + _LOCAL.size
        name, content = data[start : start + length].decode(), start + length + extra
        if content + size > len(data) or name in files:
            raise ValueError("cut short, or a file is there twice")
        files[name] = data[content : content + size]
        at = content + size
    if "manifest.json" not in files:
        raise ValueError("holds no manifest.json: not a bundle, or damaged at its beginning")
    return files


def key_parts(key: str) -> tuple[str, bytes, bytes]:
    """Read a verifier key `NAME+HASH+BASE64`: its name, id and the 32 bytes of the public key."""
    name, given, encoded = key.strip().split("+", 2)
    public = b64decode(encoded, validate=True)
    identity = sha256(name.encode() + b"\n" + public).digest()[:4]
    if public[:1] != ED25519 or len(public) != 33 or identity.hex() != given:
        raise ValueError(f"`{key.strip()}` is not a key for Ed25519")
    return name, identity, public[1:]


def open_note(note: bytes, key: str) -> str:
    """Return the text of a signed note; `ValueError` when the key did not sign it."""
    name, identity, public = key_parts(key)
    text, _, signatures = note.decode().rpartition("\n\n")
    for line in signatures.splitlines(keepends=True):
        dash, signer, encoded = line.split(" ", 2)
        signature = b64decode(encoded.rstrip("\n"), validate=True)
        if line != f"{dash} {signer} {b64encode(signature).decode()}\n" or dash != "—":
            raise ValueError("a signature line is not in its one form")
        if signer == name and signature[:4] == identity:
            try:
                verifier = Ed25519PublicKey.from_public_bytes(public)
                verifier.verify(signature[4:], f"{text}\n".encode())
            except InvalidSignature:
                raise ValueError(f"the signature of {name} does not fit the text") from None
            return text + "\n"
    raise ValueError(f"not signed by {name}")


def root_of_inclusion(index: int, size: int, leaf: bytes, path: Sequence[bytes]) -> bytes:
    """Return the root of a log of `size` leaves that a leaf and its proof lead to (RFC 6962)."""
    found, last, used = leaf_hash(leaf), size - 1, 0
    if not 0 <= index < size:
        raise ValueError("the leaf is outside of the log")
    while last:
        if index % 2 or index < last:
            other, used = path[used], used + 1
            found = node_hash(other, found) if index % 2 else node_hash(found, other)
        index, last = index // 2, last // 2
    if used != len(path):
        raise ValueError("the proof is longer than the way to the root")
    return found


def extends(old: tuple[int, bytes], new: tuple[int, bytes], path: Sequence[bytes]) -> bool:
    """Tell whether a proof shows that log `new` (size, root) begins with log `old` (RFC 6962)."""
    (size, old_root), (last, new_root) = old, new
    if size in {0, last} or size > last:
        return not path and size <= last and (size == 0 or old_root == new_root)
    at, last = size - 1, last - 1
    while at % 2:
        at, last = at // 2, last // 2
    rest = list(path)
    small = large = rest.pop(0) if at else old_root
    while last:
        if at % 2:
            other = rest.pop(0)
            small, large = node_hash(other, small), node_hash(other, large)
        elif at < last:
            large = node_hash(large, rest.pop(0))
        at, last = at // 2, last // 2
    return (small, large) == (old_root, new_root) and not rest


def read_checkpoint(note: bytes, key: str) -> tuple[int, bytes, dict[str, str]]:
    """Return size, root and further facts of a signed checkpoint; `ValueError` when it is none."""
    origin, size, root, *facts = open_note(note, key).splitlines()
    if origin != key_parts(key)[0]:
        raise ValueError(f"is of {origin}, another log than the key's")
    return int(size), b64decode(root, validate=True), dict(fact.split(" ", 1) for fact in facts)


def lines_of(content: bytes) -> list[bytes]:
    """Split a file of lines; the last one ends with a line feed, too."""
    return content.removesuffix(b"\n").split(b"\n") if content else []


def line_digest(line: bytes) -> str:
    """Name a line in the manifest."""
    return sha256(line).hexdigest()[:LINE_DIGITS]


def problems(
    data: bytes, key: str | None = None, checkpoint: bytes | None = None
) -> Iterator[Problem]:
    """Yield what is wrong with a bundle; nothing when it is sound.

    Args:
        data: the bundle.
        key: verifier key of its issuer; without one, whatever key the bundle itself names.
        checkpoint: another checkpoint of the same log, from elsewhere; the bundle must fit it.
    """
    try:
        files = unpack(data)
    except (*_UNREADABLE, struct.error) as error:
        yield Problem("container", f"cannot be read: {error}")
        return
    if pack(files) != data:
        yield Problem("container", "bytes outside of the files were changed, or a file was")
    parts: dict[str, Callable[[], Iterator[str]]] = {
        "key": partial(_key, files, key),
        "manifest": partial(_manifest, files, key),
        "files": partial(_files, files),
        "rulesets": partial(_rulesets, files),
        "trail": partial(_trail, files),
        "decisions": partial(_decisions, files),
        "proof": partial(_proof, files, key, checkpoint),
    }
    for part, check in parts.items():
        try:
            yield from (Problem(part, message) for message in check())
        except _UNREADABLE as error:
            reason = f"{error} is missing" if isinstance(error, KeyError) else str(error)
            yield Problem(part, f"cannot be checked: {reason}")


def trail_of(files: Mapping[str, bytes]) -> list[dict[str, Any]]:
    """Return the records of the account's trail."""
    return [json.loads(line) for line in lines_of(files["trail.jsonl"])]


def _key(files: Mapping[str, bytes], key: str | None) -> Iterator[str]:
    own = files["key.txt"].decode()
    key_parts(own)
    if key is not None and key.strip() != own.strip():
        yield f"the bundle names {own.strip()}, not the key you trust"


def _manifest(files: Mapping[str, bytes], key: str | None) -> Iterator[str]:
    note = files["manifest.note"]
    digest = sha256(files["manifest.json"]).hexdigest()
    if open_note(note, key or files["key.txt"].decode()) != f"{FORMAT}\n{digest}\n":
        yield "manifest.json was edited after it was signed"
    if note.rpartition(b"\n\n")[2].count(b"\n") != 1:
        yield "manifest.note was signed again by somebody else"


def _files(files: Mapping[str, bytes]) -> Iterator[str]:
    listed = json.loads(files["manifest.json"])["files"]
    signed = {"manifest.json", "manifest.note"}
    yield from (f"{name} was dropped" for name in listed if name not in files)
    yield from (f"{name} was added" for name in files if name not in {*listed, *signed})
    if list(files) != [*sorted(listed), "manifest.json", "manifest.note"]:
        yield "the files do not stand in their order"
    for name, facts in listed.items():
        content = files.get(name)
        if content is not None and sha256(content).hexdigest() != facts["sha256"]:
            where = list(_lines(content, facts["lines"])) if "lines" in facts else []
            yield from (f"{name} {place}" for place in where or ["was edited"])


def _lines(content: bytes, wanted: Sequence[str]) -> Iterator[str]:
    found = [line_digest(line) for line in lines_of(content)]
    if sorted(found) == sorted(wanted):
        moved = [
            at for at, pair in enumerate(zip(found, wanted, strict=True), 1) if len({*pair}) > 1
        ]
        yield from (f"line {at} was reordered" for at in moved)
        return
    if len(found) == len(wanted):
        pairs = enumerate(zip(found, wanted, strict=True), 1)
        yield from (f"line {at} was edited" for at, (now, was) in pairs if now != was)
        return
    yield from (f"line {at} was dropped" for at, was in enumerate(wanted, 1) if was not in found)
    yield from (f"line {at} was added" for at, now in enumerate(found, 1) if now not in wanted)


def _rulesets(files: Mapping[str, bytes]) -> Iterator[str]:
    for name, content in files.items():
        if name.startswith("rulesets/") and name != f"rulesets/{sha256(content).hexdigest()}.json":
            yield f"{name} has another content than its hash says"
    used = {
        record["decision"]["ruleset_hash"] for record in trail_of(files) if "decision" in record
    }
    missing = sorted(used - {name[9:-5] for name in files if name.startswith("rulesets/")})
    yield from (f"the ruleset {name} that decided is missing" for name in missing)


def _named(record: Mapping[str, Any]) -> str:
    if "decision" in record:
        return f"record {record['n']} ({record['decision']['type']} at seq {record['seq']})"
    event = record["event"]
    return f"record {record['n']} ({event['type']} {event['event_id']} at seq {record['seq']})"


def _trail(files: Mapping[str, bytes]) -> Iterator[str]:
    account = json.loads(files["manifest.json"])["account_id"]
    head, due, last = FIRST_HASH, 1, "the beginning"
    for line in lines_of(files["trail.jsonl"]):
        record = json.loads(line)
        name, number = _named(record), record["n"]
        if canonical(record) != line:
            yield f"{name} is not canonical JSON"
        if record["account_id"] != account:
            yield f"{name} is of account {record['account_id']}"
        if number > due:
            yield f"{number - due} records before {name} were dropped"
        elif number < due:
            yield f"{name} stands behind {last}: reordered"
        elif record["prev"] != head:
            yield f"{last} was edited: {name} holds another hash of it"
        head, due, last = sha256(TRAIL_TAG + line).hexdigest(), number + 1, name


def _decisions(files: Mapping[str, bytes]) -> Iterator[str]:
    entries = [json.loads(line) for line in lines_of(files["entries.jsonl"])]
    own = [entry for entry in entries if "account_id" in entry.get("event", {})]
    yield from (f"entries.jsonl holds {entry['event']['event_id']}, of an account" for entry in own)
    yield from _order(entries, [record for record in trail_of(files) if "event" in record])
    ticks = {entry["seq"]: entry["tick"] for entry in entries if "tick" in entry}
    head = FIRST_HASH
    for record in trail_of(files):
        decision = record.get("decision")
        if decision is None:
            continue
        if decision["type"] == "breach":
            evidence = decision["evidence"]
            if evidence["previous_hash"] != head:
                yield f"{_named(record)} follows other decisions than the ones before it"
            shown = [*evidence["rates"], evidence["entry"]]
            for quote in (quote for quote in shown if quote.get("kind", "tick") == "tick"):
                found = ticks.get(quote["seq"], {})
                if any(found.get(name) != quote[name] for name in ("symbol", "bid", "ask")):
                    yield f"{_named(record)} names another tick than entries.jsonl at that seq"
        head = sha256(DECISION_TAG + canonical({**decision, "prev": head})).hexdigest()


def _order(entries: Sequence[Mapping[str, Any]], own: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Entries stand in the order of the journal, and each place is taken once."""
    last = 0
    for line, entry in enumerate(entries, 1):
        if entry["position"] <= last:
            yield f"entries.jsonl line {line} does not stand behind the one before in the journal"
        last = entry["position"]
    places = sorted((one["position"], one["seq"]) for one in [*entries, *own])
    for (before, low), (after, high) in pairwise(places):
        if before == after:
            yield f"two entries stand at position {after} of the journal"
        elif not low <= high <= low + after - before:
            yield f"the entries at positions {before} and {after} have seqs that cannot be"


def _proof(files: Mapping[str, bytes], key: str | None, other: bytes | None) -> Iterator[str]:
    key = key or files["key.txt"].decode()
    manifest, proof = json.loads(files["manifest.json"]), json.loads(files["proof.json"])
    lines, leaf = lines_of(files["trail.jsonl"]), proof["leaf"]
    size, root, facts = read_checkpoint(files["checkpoint.note"], key)
    if leaf["account_id"] != manifest["account_id"]:
        yield f"the proof is of account {leaf['account_id']}"
    if leaf["records"] > len(lines):
        missing = leaf["records"] - len(lines)
        yield f"the log holds {leaf['records']} records: the last {missing} were dropped"
    elif leaf["records"] < len(lines):
        yield f"the checkpoint is older than the trail: it knows {leaf['records']} records"
    elif leaf["head"] != sha256(TRAIL_TAG + lines[-1]).hexdigest():
        yield f"{_named(json.loads(lines[-1]))} was edited, or it is not the log's last record"
    path = [bytes.fromhex(item) for item in proof["hashes"]]
    if root_of_inclusion(proof["index"], size, canonical(leaf), path) != root:
        yield "the head of the trail does not stand in the log that the checkpoint signs"
    if facts != manifest["as_of"]:
        yield "the bundle says it is as of another moment than its checkpoint"
    if other is not None:
        yield from _fits((size, root), read_checkpoint(other, key), proof.get("consistency"))


def _fits(own: tuple[int, bytes], other: tuple[int, bytes, Any], proof: Any) -> Iterator[str]:
    size, root, facts = other
    if size > own[0]:
        yield f"the bundle is older than the checkpoint you hold (of seq {facts.get('seq')})"
    elif size == own[0] or size == 0:
        if size and root != own[1]:
            yield "the log forked: two checkpoints of one size with different roots"
    elif proof is None or proof["size"] != size:
        yield "no proof that the log extends your checkpoint: export with --since and it"
    elif not extends((size, root), own, [bytes.fromhex(item) for item in proof["hashes"]]):
        yield "the log was rewritten: it does not extend the checkpoint you hold"


def main() -> int:
    """Check a bundle and say what is wrong with it; 0 when nothing is."""
    parser = argparse.ArgumentParser(description="Check a bundle of proof.")
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--key", help="the key its issuer publishes: NAME+HASH+BASE64")
    parser.add_argument("--checkpoint", type=Path, help="a checkpoint you got from elsewhere")
    given = parser.parse_args()
    try:
        data = given.bundle.read_bytes()
        other = given.checkpoint.read_bytes() if given.checkpoint else None
        if given.key:
            key_parts(given.key)
    except (OSError, ValueError) as error:
        print(f"verify.py: {error}", file=sys.stderr)
        return 2
    found = list(problems(data, given.key, other))
    for problem in found:
        print(f"FAILED  {problem.part}: {problem.message}")
    if found:
        return 1
    files = unpack(data)
    manifest = json.loads(files["manifest.json"])
    as_of = manifest["as_of"]
    print(f"ok  account {manifest['account_id']}, as of seq {as_of['seq']}, {as_of['ts']}")
    if not given.key:
        print(f"    by {files['key.txt'].decode().strip()}")
        print("    this key is the bundle's own word: compare it with the one its issuer publishes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
