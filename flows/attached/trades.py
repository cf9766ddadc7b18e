"""Which trades of a venue stand in the journal already, whoever told of them."""

from connectors.venues.abstract import VenueFill
from flows.attached.report import fill_event_id, fill_id
from schemas.account_events import Fill


class Trades:
    """The fills of one account at one venue.

    A firm that tells of its own fills may name them by the venue's bare trade id. Venues count
    trades by instrument, so that id means a trade only together with the instrument's symbol.
    """

    def __init__(self) -> None:
        self._events: set[str] = set()
        self._fills: set[tuple[str, str]] = set()

    def add(self, fill: Fill) -> None:
        """Take note of a fill."""
        self._events.add(fill.event_id)
        self._fills.add((fill.symbol, fill.fill_id))

    def has(self, venue: str, account_id: str, fill: VenueFill) -> bool:
        """Tell whether a trade is there under one of its names."""
        named = {(fill.symbol, fill_id(fill)), (fill.symbol, fill.trade_id)}
        return not self._fills.isdisjoint(named) or (
            fill_event_id(venue, account_id, fill) in self._events
        )
