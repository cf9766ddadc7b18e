"""What holds before a journal's first entry: listed instruments and published rulesets.

They travel in the headers of the journal's first record, so that whoever reads the journal needs
nothing else. What comes later arrives as events.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from schemas.events import InstrumentListed, event_json
from schemas.instruments import Instrument, InstrumentTable
from schemas.json_text import dumps, loads
from schemas.rulesets import RulesetDocument, parse_ruleset

INSTRUMENTS = "instruments"
RULESETS = "rulesets"


class Genesis(NamedTuple):
    """The first record of a journal."""

    instruments: InstrumentTable
    rulesets: tuple[RulesetDocument, ...]

    @classmethod
    def empty(cls) -> "Genesis":
        """Return one that lists and publishes nothing."""
        return cls(InstrumentTable(), ())

    def headers(self) -> list[tuple[str, bytes]]:
        """Write it as headers of a record."""
        instruments = [instrument_json(instrument) for instrument in self.instruments]
        rulesets = [document.content for document in self.rulesets]
        return [(INSTRUMENTS, dumps(instruments)), (RULESETS, dumps(rulesets))]

    @classmethod
    def parse(cls, headers: Mapping[str, bytes]) -> "Genesis | None":
        """Read it back, `None` when a record has no such headers."""
        if INSTRUMENTS not in headers:
            return None
        documents: Any = loads(headers[RULESETS])
        return cls(
            InstrumentTable.parse(loads(headers[INSTRUMENTS])),
            tuple(parse_ruleset(document) for document in documents),
        )


def instrument_json(instrument: Instrument) -> dict[str, Any]:
    """Write an instrument as the plain mapping that is read back as an equal one."""
    event = InstrumentListed(event_id="-", type="instrument.listed", ts=0, instrument=instrument)
    written: dict[str, Any] = event_json(event)["instrument"]
    return written
