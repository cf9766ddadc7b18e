"""What a venue did comes back as account events: every fill once, by the venue's id of it."""

import hashlib
import time
from collections.abc import Sequence
from contextlib import closing
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Protocol

import orjson

from connectors.log.abstract import Log, LogLocked
from connectors.venues.abstract import VenueFill
from schemas.account_events import Fill
from schemas.events import event_json
from schemas.ids import key_group
from schemas.topics import ACCOUNT_EVENTS

_UNIT = Decimal("1e-8")
_MS = 1_000_000
_LOCK_WAIT_S = 30.0
_LOCK_PAUSE_S = 0.02


class Whose(Protocol):
    """Whose fill it is, and where; an intervention's row says all of it."""

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


def fill_event_id(venue: str, account_id: str, fill: VenueFill) -> str:
    """Name the event of a fill: the same one, whoever reports it and however often."""
    name = f"{venue}\n{account_id}\n{fill.symbol}\n{fill.trade_id}"
    return "venue-" + hashlib.sha256(name.encode()).hexdigest()[:32]


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
    plain = {name: value for name, value in event_json(event).items() if value is not None}
    return orjson.dumps(plain)


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
