"""Instruments and rulesets from files, on their way into a journal.

A new journal begins with them; what files add later arrives as events of the sequencer's own.
"""

import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from connectors.documents import load_instruments, load_rulesets
from connectors.genesis import Genesis, instrument_json
from connectors.inputs import Input, own_input
from connectors.resume import Resumed
from rules.ruleset import load_ruleset
from schemas.canonical import content_hash
from schemas.errors import BadValue, InputError
from schemas.instruments import Instrument, InstrumentTable
from schemas.rulesets import RulesetDocument


def read_genesis(instruments: Path | None, rulesets: Path | None) -> Genesis:
    """Read what the files list and publish.

    Raises:
        BadFile: naming the file, the line and the field that is wrong.
    """
    table = InstrumentTable() if instruments is None else load_instruments(instruments)
    documents = []
    for file in () if rulesets is None else load_rulesets(rulesets):
        try:
            load_ruleset(file.ruleset)
        except InputError as error:
            raise file.bad(error) from None
        documents.append(file.ruleset)
    return Genesis(table, tuple(documents))


def additions(files: Genesis, known: Resumed) -> list[Input]:
    """Return the entries that list and publish what the files have and the journal has not.

    Raises:
        BadValue: a file says something else than the journal under the same name.
    """
    events = [*_listings(files.instruments, known), *_publications(files.rulesets, known)]
    now_ms = time.time_ns() // 1_000_000
    return [own_input(event | {"ts": str(known.ts)}, known.ts, now_ms) for event in events]


def _listings(table: InstrumentTable, known: Resumed) -> Iterator[dict[str, object]]:
    listed = known.instruments
    fresh = []
    for instrument in table:
        there = listed.get(instrument.symbol)
        if there is None:
            fresh.append(instrument)
        elif there != instrument:
            message = f"`{instrument.symbol}` is listed in the journal with other content"
            raise BadValue(message, "symbol")
    for instrument in _after_their_conversions(fresh):
        written = instrument_json(instrument)
        name = f"instrument/{instrument.symbol}/{content_hash(written)[:16]}"
        yield {"event_id": name, "type": "instrument.listed", "instrument": written}


# A listing may only name symbols that are listed.
def _after_their_conversions(fresh: list[Instrument]) -> Iterator[Instrument]:
    missing = {instrument.symbol for instrument in fresh}
    while fresh:
        held = []
        for instrument in fresh:
            needed = {conversion.symbol for _, conversion in instrument.conversions()}
            if needed & missing - {instrument.symbol}:
                held.append(instrument)
            else:
                missing.discard(instrument.symbol)
                yield instrument
        if len(held) == len(fresh):
            names = ", ".join(sorted(missing))
            message = (
                f"conversions name each other in a circle, list them in a new journal: {names}"
            )
            raise BadValue(message, "conversion")
        fresh = held


def _publications(
    documents: Iterable[RulesetDocument], known: Resumed
) -> Iterator[dict[str, object]]:
    for document in documents:
        ref = str(document.ref)
        there = known.rulesets.get(ref)
        if there is not None and there != document.hash:
            raise BadValue(f"`{ref}` is published in the journal with other content", "version")
        if there is None:
            name = f"ruleset/{ref}/{document.hash[:16]}"
            yield {"event_id": name, "type": "ruleset.published", "document": document.content}
