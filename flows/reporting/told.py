"""What the topic of account events says about the accounts of the venues.

It is all the memory there is: what stands there was told, and what does not is told again. So a
process that dies between two writes is continued by any other, and no cursor can run ahead.
"""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

import orjson

from flows.attached.report import Named
from flows.attached.trades import Trades
from schemas import json_text
from schemas.errors import InputError
from schemas.events import (
    AccountEvent,
    AccountOpened,
    BalanceAdjusted,
    Fill,
    OrderCancelled,
    OrderModified,
    OrderPlaced,
    PositionProtected,
    parse_event,
)

ZERO = Decimal(0)
_NS_PER_MS = 1_000_000
_OURS = "venue-"


@dataclass
class Booked:
    """An order that works, as far as the journal was told.

    Attributes:
        qty: all of it.
        last_id: of the event that told of it last.
    """

    symbol: str
    qty: Decimal
    price: Decimal | None
    last_id: str


@dataclass
class Known:
    """What was told about one account.

    Attributes:
        whose: names it in events.
        opened_ms: what happened before is none of the journal's business.
        names: ids of events.
        fills: of the account.
        last_ms: of the last trade a venue reported, by symbol.
        filled: quantity by order.
        orders: that work.
        stops: level and id of the event that told of it, by symbol.
        funded_ms: of the last funding.
    """

    whose: Named
    opened_ms: int
    names: set[str] = field(default_factory=set)
    fills: Trades = field(default_factory=Trades)
    last_ms: dict[str, int] = field(default_factory=dict)
    filled: dict[str, Decimal] = field(default_factory=dict)
    orders: dict[str, Booked] = field(default_factory=dict)
    stops: dict[str, tuple[Decimal | None, str]] = field(default_factory=dict)
    funded_ms: int = 0

    def has(self, event_id: str) -> bool:
        """Tell whether an event was told."""
        return event_id in self.names

    def take(self, event: AccountEvent) -> None:
        """Take note of an event; once."""
        if event.event_id in self.names:
            return
        self.names.add(event.event_id)
        at_ms = event.ts // _NS_PER_MS
        if isinstance(event, Fill):
            self._fill(event, at_ms)
        elif isinstance(event, OrderPlaced):
            qty = event.qty + self.filled.get(event.order_id, ZERO)
            booked = Booked(event.symbol, qty, event.price, event.event_id)
            self.orders[event.order_id] = booked
        elif isinstance(event, OrderModified) and event.order_id in self.orders:
            booked = self.orders[event.order_id]
            booked.last_id = event.event_id
            booked.price = event.price or booked.price
            if event.qty is not None:
                booked.qty = event.qty + self.filled.get(event.order_id, ZERO)
        elif isinstance(event, OrderCancelled):
            self.orders.pop(event.order_id, None)
        elif not event.event_id.startswith(_OURS):
            return
        elif isinstance(event, PositionProtected) and event.symbol is not None:
            self.stops[event.symbol] = event.stop_loss, event.event_id
        elif isinstance(event, BalanceAdjusted) and event.reason == "funding":
            self.funded_ms = max(self.funded_ms, at_ms)

    def _fill(self, event: Fill, at_ms: int) -> None:
        self.fills.add(event)
        if event.event_id.startswith(_OURS):
            self.last_ms[event.symbol] = max(self.last_ms.get(event.symbol, 0), at_ms)
        order_id = event.order_id
        if order_id is None:
            return
        self.filled[order_id] = self.filled.get(order_id, ZERO) + event.qty
        booked = self.orders.get(order_id)
        if booked is not None and self.filled[order_id] >= booked.qty:
            del self.orders[order_id]


class Told:
    """What was told about all accounts; one thread reads the topic, another adds what it writes.

    Args:
        homes: the venue of each account.
    """

    def __init__(self, homes: dict[str, str]) -> None:
        self._homes = homes
        self._known: dict[str, Known] = {}
        self._lock = threading.Lock()
        self.complete = threading.Event()
        """The topic was read to its end."""

    def of(self, account_id: str) -> Known | None:
        """Return what was told about an account; None where it was never opened."""
        return self._known.get(account_id)

    def take(self, values: Iterable[bytes]) -> None:
        """Take note of events; what is none is the sequencer's to refuse."""
        with self._lock:
            for value in values:
                self._take(value)

    def _take(self, value: bytes) -> None:
        # Most events are of accounts elsewhere: they are not read any closer.
        try:
            account_id = orjson.loads(value)["account_id"]
            venue = self._homes[account_id]
            event = parse_event(json_text.loads(value))
        except (InputError, ValueError, LookupError, TypeError):
            return
        assert isinstance(event, AccountEvent), "only they have an account"
        if isinstance(event, AccountOpened) and account_id not in self._known:
            whose = Named(venue, account_id, event.firm_id, event.trader_id)
            self._known[account_id] = Known(whose, event.ts // _NS_PER_MS)
        known = self._known.get(account_id)
        if known is not None:
            known.take(event)
