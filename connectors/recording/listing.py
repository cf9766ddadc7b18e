"""Which symbols a recording may name: the listed instruments, and from when on."""

from collections.abc import Mapping

import numpy as np

from connectors.recording.batch import Int64s
from schemas.errors import InputError, quoted
from schemas.instruments import InstrumentTable


class Listing:
    """The instruments ticks are read against.

    Args:
        table: every instrument listed before or during the journal.
        since: by symbol, the instant (ns) an ``instrument.listed`` event lists it; the others are
            listed from the start.
    """

    def __init__(self, table: InstrumentTable, since: Mapping[str, int] | None = None) -> None:
        self.ids: dict[str, int] = dict(table.index)
        self.digits: Int64s = np.array([item.price_digits for item in table], np.int64)
        self.since: Int64s = np.full(len(table), np.iinfo(np.int64).min, np.int64)
        for symbol, ts in (since or {}).items():
            self.since[self.ids[symbol]] = ts
        self.complete_at = int(self.since.max(initial=np.iinfo(np.int64).min))
        """From this instant on, every symbol is listed."""

    def id_of(self, symbol: str) -> int:
        """Return the number of an instrument.

        Raises:
            InputError: ``unknown_symbol``.
        """
        place = self.ids.get(symbol)
        if place is None:
            raise unlisted(symbol)
        return place


def unlisted(symbol: str, when: str = "") -> InputError:
    """Make the error of a symbol that is not listed."""
    return InputError("unknown_symbol", f"{quoted(symbol)} is not listed{when}", "symbol")
