"""Bundles of small journals, and what a forger does to them."""

import json
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from flows.audit.export import Exported, export
from flows.audit.journals import FileJournal
from schemas.audit.notes import Signer
from schemas.audit.verify import (
    FIRST_HASH,
    FORMAT,
    TRAIL_TAG,
    canonical,
    line_digest,
    lines_of,
    pack,
    unpack,
)

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "examples" / "first-breach"
SIGNER = Signer.make("firm.example/highwater", bytes(range(32)))
FORGER = Signer.make("firm.example/highwater", bytes(32))
Files = dict[str, bytes]


def example(folder: Path = EXAMPLE, **given: Any) -> FileJournal:
    """The journal of the README's example; `given` replaces files of it."""
    files = {
        "instruments": folder / "instruments.yaml",
        "rulesets": folder / "rulesets",
        "ticks": [folder / "ticks.csv"],
        "events": [folder / "events.jsonl"],
    }
    return FileJournal(**(files | given))


@cache
def exported() -> Exported:
    """The bundle of the README's example."""
    return export(example(), "A-1001", SIGNER)


def files_of(data: bytes) -> Files:
    """The files of a bundle, to be changed."""
    return unpack(data)


def signed(files: Files, signer: Signer = SIGNER) -> bytes:
    """Pack changed files with a list of them that fits, signed again."""
    manifest = json.loads(files["manifest.json"])
    listed = {name: files[name] for name in files if not name.startswith("manifest.")}
    manifest["files"] = {}
    for name in sorted(listed):
        facts: dict[str, Any] = {"sha256": sha256(listed[name]).hexdigest()}
        if name.endswith(".jsonl"):
            facts["lines"] = [line_digest(line) for line in lines_of(listed[name])]
        manifest["files"][name] = facts
    content = canonical(manifest)
    note = signer.sign(f"{FORMAT}\n{sha256(content).hexdigest()}\n")
    ends = {"manifest.json": content, "manifest.note": note}
    return pack({name: listed[name] for name in sorted(listed)} | ends)


def joined(lines: list[bytes]) -> bytes:
    """The content of a file of lines."""
    return b"".join(line + b"\n" for line in lines)


def chained(records: list[dict[str, Any]]) -> bytes:
    """A trail whose records are numbered and chained anew."""
    head, lines = FIRST_HASH, []
    for number, record in enumerate(records, 1):
        lines.append(canonical(record | {"n": number, "prev": head}))
        head = sha256(TRAIL_TAG + lines[-1]).hexdigest()
    return joined(lines)
