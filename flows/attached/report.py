"""What a venue did comes back as account events: every fill once, by the venue's id of it.

Whoever reports a thing writes the same event with the same id, and the sequencer knows it.
"""

import hashlib
import time
from collections.abc import Sequence
from contextlib import closing
from decimal import ROUND_HALF_EVEN, Decimal
from typing import NamedTuple, Protocol

import orjson

from connectors.log.abstract import Log, LogLocked
from connectors.venues.abstract import VenueFill
from connectors.venues.client_ids import is_ours
from schemas.account_events import Fill
from schemas.events import Event, event_json
from schemas.ids import key_group
from schemas.topics import ACCOUNT_EVENTS

_UNIT = Decimal("1e-8")
_MS = 1_000_000
_LOCK_WAIT_S = 30.0
_LOCK_PAUSE_S = 0.02


class Whose(Protocol):
    """Whose account it is, and where; an intervention's row says all of it."""

    @property
    def venue(self) -> str:
        """The venue's id of ours."""

    @property
    def account_id(self) -> str:
        """The account."""

    @property
    def firm_id(self) -> str:
        """Its firm."""

    @property
    def trader_id(self) -> str | None:
        """Its trader."""


class Named(NamedTuple):
    """Whose account it is, for those who know it otherwise."""

    venue: str
    account_id: str
    firm_id: str
    trader_id: str | None


def event_id(venue: str, account_id: str, *what: str) -> str:
    """Name an event by what the venue calls the thing it is about."""
    name = "\n".join((venue, account_id, *what))
    return "venue-" + hashlib.sha256(name.encode()).hexdigest()[:32]


def fill_event_id(venue: str, account_id: str, fill: VenueFill) -> str:
    """Name the event of a fill: the same one, whoever reports it and however often."""
    return event_id(venue, account_id, fill.symbol, fill.trade_id)


def fill_id(fill: VenueFill) -> str:
    """Name a fill within its account."""
    return f"{fill.symbol}:{fill.trade_id}"


def fill_event(whose: Whose, fill: VenueFill, currency: str, reason: str = "liquidation") -> bytes:
    """Write a fill as the account event it is.

    Args:
        whose: the account.
        fill: as the venue counts it.
        currency: of the account; a fee in another one is not booked.
        reason: why it came about.
    """
    fee = fill.fee if fill.fee_currency == currency else Decimal(0)
    event = Fill(
        event_id=fill_event_id(whose.venue, whose.account_id, fill),
        type="fill",
        ts=fill.ts_ms * _MS,
        account_id=whose.account_id,
        firm_id=whose.firm_id,
        trader_id=whose.trader_id,
        fill_id=fill_id(fill),
        symbol=fill.symbol,
        side=fill.side,
        qty=fill.qty,
        price=fill.price,
        order_id=fill.order_id or None,
        commission=fee.quantize(_UNIT, ROUND_HALF_EVEN),
        reason=reason,
    )
    return written(event)


def reason_of(client_id: str) -> str:
    """Say why an order was placed: ours close what broke a rule."""
    return "liquidation" if is_ours(client_id) else "client"


def written(event: Event, *nulls: str) -> bytes:
    """Write an event without what it does not say.

    Args:
        event: it.
        nulls: fields whose null says something.
    """
    plain = event_json(event)
    return orjson.dumps({k: v for k, v in plain.items() if v is not None or k in nulls})


def append_events(log: Log, account_id: str, events: Sequence[bytes]) -> None:
    """Append events of one account, durably.

    Opened for each account: on the local log a writer keeps every other one out, so it also waits
    for its turn.

    Raises:
        LogError: the log does not take them.
    """
    if not events:
        return
    partition = key_group(account_id, log.partitions(ACCOUNT_EVENTS))
    deadline = time.monotonic() + _LOCK_WAIT_S
    while True:
        try:
            with closing(log.writer(ACCOUNT_EVENTS, partition)) as writer:
                for event in events:
                    writer.append(event, account_id.encode())
                writer.flush()
        except LogLocked:
            if time.monotonic() > deadline:
                raise
            time.sleep(_LOCK_PAUSE_S)
        else:
            return
