"""The calendar of news and market holidays, as the latest version published it.

Source: contract 1.3, ``calendar.published``; catalogue section 9.
"""

from collections.abc import Iterable
from datetime import date

from schemas.events import CalendarPublished
from schemas.instruments import Instrument
from schemas.market_events import Holiday, NewsEvent


class Calendar:
    """One version of the calendar; the first, before any is published, is empty."""

    __slots__ = ("_events", "_holidays", "version")

    def __init__(self, published: CalendarPublished | None = None) -> None:
        self.version = published.version if published else None
        events = published.events if published else ()
        self._events = tuple(sorted(events, key=lambda event: (event.ts, event.id)))
        self._holidays = published.holidays if published else ()

    def news(
        self, instrument: Instrument, opens: int, closes: int, impacts: Iterable[str] = ()
    ) -> list[NewsEvent]:
        """Return the releases from ``opens`` to ``closes``, both included, that concern it.

        Args:
            instrument: matched by symbol where the release names symbols, else by currency.
            opens: ns since the epoch.
            closes: ns since the epoch.
            impacts: only releases of these impacts; of any when left out.
        """
        wanted = frozenset(impacts)
        return [
            event
            for event in self._events
            if opens <= event.ts <= closes
            and (not wanted or event.impact in wanted)
            and concerns(event, instrument)
        ]

    def next_release(self, after: int, impacts: Iterable[str] = ()) -> NewsEvent | None:
        """Return the first release strictly after an instant, whatever it concerns."""
        wanted = frozenset(impacts)
        for event in self._events:
            if event.ts > after and (not wanted or event.impact in wanted):
                return event
        return None

    def holiday(self, instrument: Instrument, day: date, market: str | None) -> Holiday | None:
        """Return why ``instrument`` (or the market named) does not trade on ``day``."""
        for holiday in self._holidays:
            if holiday.date != day.isoformat():
                continue
            if holiday.symbols is not None and instrument.symbol in holiday.symbols:
                return holiday
            if market is not None and holiday.market == market:
                return holiday
        return None


def concerns(event: NewsEvent, instrument: Instrument) -> bool:
    """Tell whether a release is about an instrument: by symbol, else by currency, else all are."""
    if event.symbols is not None:
        return instrument.symbol in event.symbols
    return event.currency is None or event.currency in (instrument.base, instrument.quote)
