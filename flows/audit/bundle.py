"""Bundles of proof: written, and read back as a case. `docs/audit.md` describes the files."""

import json
from collections.abc import Mapping
from decimal import Decimal
from hashlib import sha256
from importlib.resources import files as resources
from typing import Any, NamedTuple

from connectors.genesis import instrument_json
from flows.audit.case import Case, Entry, Quote
from flows.audit.register import Checkpoint
from rules.ruleset import load_ruleset
from schemas.audit.notes import Signer
from schemas.audit.verify import FORMAT, line_digest, lines_of, pack, trail_of
from schemas.canonical import canonical_bytes
from schemas.events import AccountEvent, event_json, parse_event
from schemas.instants import instant_text, parse_instant
from schemas.instruments import InstrumentTable
from schemas.money import text

README = """\
A bundle of proof about one account, made by Highwater.

  trail.jsonl      the account's own record, each line holding the hash of the one before
  entries.jsonl    the ticks that mattered, with their places in the journal
  rulesets/        the rules, each file named by the SHA-256 of its content
  instruments.json what was traded, and how it is valued and converted
  proof.json       that the last line of the trail stands in the log of all accounts
  checkpoint.note  the signed root of that log
  manifest.json    every file with its SHA-256, signed by manifest.note
  key.txt          the key that signed; compare it with the one its owner publishes

With Python and the package `cryptography` it can be checked:
    python3 verify.py BUNDLE.zip --key KEY
With Highwater it can also be judged again:
    highwater audit verify BUNDLE.zip --key KEY
"""


class Proof(NamedTuple):
    """That a leaf stands in a log.

    Attributes:
        leaf: account, head, and how many records lead to it.
        place: its index in the log.
        hashes: the way to the root.
        checkpoint: the root.
        consistency: an older size, and the proof that the log extends it.
    """

    leaf: dict[str, Any]
    place: int
    hashes: list[bytes]
    checkpoint: Checkpoint
    consistency: tuple[int, list[bytes]] | None = None


def write_bundle(case: Case, lines: list[bytes], proof: Proof, signer: Signer) -> bytes:
    """Return a bundle as the bytes of its one file; the same inputs give the same bytes."""
    rulesets = {
        ruleset.hash: canonical_bytes(ruleset.document.content) for ruleset in case.rulesets
    }
    files = {
        "README.txt": README.encode(),
        "checkpoint.note": proof.checkpoint.sign(signer),
        "entries.jsonl": _lines(entry_json(entry) for entry in case.entries if not _own(entry)),
        "instruments.json": canonical_bytes([instrument_json(one) for one in case.instruments]),
        "key.txt": f"{signer.key}\n".encode(),
        "proof.json": canonical_bytes(_proof_json(proof)),
        "trail.jsonl": b"".join(line + b"\n" for line in lines),
        "verify.py": resources("schemas.audit").joinpath("verify.py").read_bytes(),
    }
    for entry in case.entries:
        document = getattr(entry.event, "document", None)
        if document is not None:  # a version published on the way
            rulesets[document.hash] = canonical_bytes(document.content)
    files |= {f"rulesets/{name}.json": content for name, content in rulesets.items()}
    manifest = {
        "format": FORMAT,
        "account_id": case.account_id,
        "as_of": proof.checkpoint.facts(),
        "rulesets": [ruleset.hash for ruleset in case.rulesets],
        "files": {name: _facts(name, content) for name, content in files.items()},
    }
    listed = canonical_bytes(manifest)
    note = signer.sign(f"{FORMAT}\n{sha256(listed).hexdigest()}\n")
    return pack(
        {name: files[name] for name in sorted(files)}
        | {"manifest.json": listed, "manifest.note": note}
    )


def read_case(files: Mapping[str, bytes]) -> Case:
    """Return the case that a bundle holds.

    Raises:
        InputError, ValueError, KeyError, TypeError: it was not written by `write_bundle`.
    """
    manifest = json.loads(files["manifest.json"])
    rulesets = [json.loads(files[f"rulesets/{name}.json"]) for name in manifest["rulesets"]]
    entries = [_entry(json.loads(line)) for line in lines_of(files["entries.jsonl"])]
    if any(_own(entry) for entry in entries):
        # It would be judged, and no chain and no log would know of it.
        raise ValueError("entries.jsonl holds an event of an account")
    entries += [_entry(record) for record in trail_of(files) if "event" in record]
    return Case(
        manifest["account_id"],
        tuple(InstrumentTable.parse(json.loads(files["instruments.json"]))),
        tuple(load_ruleset(document) for document in rulesets),
        tuple(sorted(entries, key=lambda entry: entry.position)),
    )


def entry_json(entry: Entry) -> dict[str, Any]:
    """Write an entry; one without tick and event is a moment at which only time passes."""
    shown: dict[str, Any] = {
        "position": entry.position,
        "seq": entry.seq,
        "ts": instant_text(entry.ts),
    }
    if entry.event is not None:
        shown["event"] = event_json(entry.event)
    if entry.quote is not None:
        symbol, bid, ask, last, own_ts = entry.quote
        tick = {"symbol": symbol, "bid": text(bid), "ask": text(ask)}
        if last is not None:
            tick["last"] = text(last)
        if own_ts is not None:
            tick["own_ts"] = instant_text(own_ts)
        shown["tick"] = tick
    return shown | ({"context": True} if entry.context else {})


def _entry(value: Mapping[str, Any]) -> Entry:
    quote = None
    if "tick" in value:
        tick = value["tick"]
        last = Decimal(tick["last"]) if "last" in tick else None
        own_ts = parse_instant(tick["own_ts"]) if "own_ts" in tick else None
        quote = Quote(tick["symbol"], Decimal(tick["bid"]), Decimal(tick["ask"]), last, own_ts)
    event = parse_event(value["event"]) if "event" in value else None
    place = int(value["position"]), int(value["seq"]), parse_instant(value["ts"])
    return Entry(*place, quote, event, value.get("context", False))


def _proof_json(proof: Proof) -> dict[str, Any]:
    shown = {
        "leaf": proof.leaf,
        "index": proof.place,
        "hashes": [one.hex() for one in proof.hashes],
    }
    if proof.consistency is not None:
        size, hashes = proof.consistency
        shown["consistency"] = {"size": size, "hashes": [one.hex() for one in hashes]}
    return shown


def _facts(name: str, content: bytes) -> dict[str, Any]:
    facts: dict[str, Any] = {"sha256": sha256(content).hexdigest()}
    if name.endswith(".jsonl"):
        facts["lines"] = [line_digest(line) for line in lines_of(content)]
    return facts


def _lines(values: Any) -> bytes:
    return b"".join(canonical_bytes(value) + b"\n" for value in values)


def _own(entry: Entry) -> bool:
    return isinstance(entry.event, AccountEvent)
