"""Instruments and rulesets from files, as the first entries of a journal.

The journal holds everything a decision depends on, so that whoever reads it needs no files. What
it holds already is not listed again.
"""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from connectors.inputs import Input, own_input
from connectors.resume import Resumed
from rules.ruleset import load_ruleset
from schemas import yaml_text
from schemas.canonical import content_hash
from schemas.errors import BadValue, InputError
from schemas.instruments import parse_instrument

_RULESET_SUFFIXES = (".yaml", ".yml", ".json")


def seed_inputs(instruments: Path | None, rulesets: Path | None, known: Resumed) -> list[Input]:
    """Return the entries that list what the files have and the journal has not.

    Raises:
        InputError: a file is bad, or says something else than the journal under the same name.
    """
    events: list[dict[str, object]] = []
    if instruments is not None:
        entries = _list(yaml_text.load(instruments).data, instruments)
        events += listing_events([entry for entry in entries if not _listed(entry, known)])
    if rulesets is not None:
        for path in ruleset_files(rulesets):
            document = yaml_text.load(path).data
            if not _published(document, known):
                events.append(publication(document))
    now_ms = time.time_ns() // 1_000_000
    return [own_input(event | {"ts": str(known.ts)}, known.ts, now_ms) for event in events]


def ruleset_files(folder: Path) -> list[Path]:
    """Return the ruleset files of a folder and those below it, in order."""
    return sorted(path for path in folder.rglob("*") if path.suffix in _RULESET_SUFFIXES)


def listing_events(entries: list[Any]) -> list[dict[str, object]]:
    """Return `instrument.listed` events without a time, each after those its conversions name.

    Raises:
        InputError: an entry is bad, or conversions name each other in a circle.
    """
    waiting = [(parse_instrument(entry), entry) for entry in entries]
    symbols = {instrument.symbol for instrument, _ in waiting}
    events: list[dict[str, object]] = []
    while waiting:
        held = []
        for instrument, entry in waiting:
            needed = {conversion.symbol for _, conversion in instrument.conversions()}
            if needed & symbols - {instrument.symbol}:
                held.append((instrument, entry))
                continue
            symbols.discard(instrument.symbol)
            name = f"instrument/{instrument.symbol}/{content_hash(entry)[:16]}"
            events.append({"event_id": name, "type": "instrument.listed", "instrument": entry})
        if len(held) == len(waiting):
            message = f"conversions name each other in a circle: {', '.join(sorted(symbols))}"
            raise BadValue(message, "conversion")
        waiting = held
    return events


def publication(document: Any) -> dict[str, object]:
    """Return the `ruleset.published` event of a document, without a time.

    Raises:
        InputError: the ruleset is bad.
    """
    ruleset = load_ruleset(document)
    name = f"ruleset/{ruleset.ref}/{ruleset.hash[:16]}"
    return {"event_id": name, "type": "ruleset.published", "document": document}


def _listed(entry: object, known: Resumed) -> bool:
    instrument = parse_instrument(entry)
    there = known.instruments.get(instrument.symbol)
    if there is not None and there != instrument:
        message = f"`{instrument.symbol}` is listed in the journal with other content"
        raise BadValue(message, "symbol")
    return there is not None


def _published(document: Any, known: Resumed) -> bool:
    ruleset = load_ruleset(document)
    there = known.rulesets.get(ruleset.ref)
    if there is not None and there != ruleset.hash:
        message = f"`{ruleset.ref}` is published in the journal with other content"
        raise BadValue(message, "version")
    return there is not None


def _list(data: object, path: Path) -> list[Mapping[str, object]]:
    if not isinstance(data, list):
        raise InputError("bad_format", f"{path}: must be a list of instruments")
    return data
