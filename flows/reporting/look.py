"""One look at one account: what it did since the last one becomes events."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from decimal import ROUND_HALF_EVEN, Decimal

import orjson

from connectors.log.abstract import Log
from connectors.venues.abstract import Definite, VenueFill
from connectors.venues.ccxt_account import CcxtReports, WorkingOrder
from connectors.venues.ccxt_venue import CcxtVenue
from connectors.venues.settings import VenueSettings
from flows.attached.report import (
    append_events,
    event_id,
    fill_event,
    reason_of,
    written,
)
from flows.metrics import REPORTED
from flows.reporting.orders import (
    booked_events,
    cancelled_event,
    gone,
    levels_of,
    moved,
    protected_event,
)
from flows.reporting.told import Known, Told
from schemas.events import BalanceAdjusted

_UNIT = Decimal("1e-8")
_NS_PER_MS = 1_000_000
_NOT_OPENED_S = 1.0


class Looker:
    """Tells what the accounts of one venue did.

    Args:
        settings: of the venue.
        venue: open.
        told: what stands in the topic.
        log: takes the events.
    """

    def __init__(self, settings: VenueSettings, venue: CcxtVenue, told: Told, log: Log) -> None:
        self._settings = settings
        self._policy = settings.report
        self._venue = venue
        self._told = told
        self._log = log
        self._since: dict[str, int] = {}
        self._funding_due: dict[str, float] = {}

    async def look(self, account_id: str) -> float:
        """Tell what is new; return after how many seconds to look again.

        Raises:
            VenueError: the venue does not answer; what was told stands.
        """
        known = self._told.of(account_id)
        if known is None:
            return min(_NOT_OPENED_S, self._policy.every_s)
        reports = CcxtReports(self._venue, account_id, self._settings.symbols)
        now_ms = time.time_ns() // _NS_PER_MS
        # The book is read first: an order that fills in between is then on it, or its fill is
        # known with it, and never only half of both.
        working = await reports.working()
        fills = await self._fills(known, reports, now_ms)
        names = await _client_ids(known, reports, working, fills)
        await self._tell(account_id, booked_events(known, working, now_ms))
        await self._tell(account_id, [self._fill(known, item, names) for item in fills])
        # Only now: what was found and not told has to be found again.
        self._since[account_id] = now_ms
        await self._tell(account_id, await _ended(known, reports, working, now_ms))
        await self._tell(account_id, await self._stops(known, working, now_ms))
        await self._tell(account_id, await self._funding(known, reports))
        return self._policy.every_s

    async def _fills(self, known: Known, reports: CcxtReports, now_ms: int) -> list[VenueFill]:
        found = []
        overlap_ms = round(self._policy.overlap_s * 1000)
        account_id = known.whose.account_id
        looked = self._since.get(account_id, known.opened_ms)
        for symbol in self._settings.symbols:
            since = max(known.last_ms.get(symbol, 0), looked) - overlap_ms
            trades = await reports.trades(symbol, max(since, known.opened_ms), now_ms)
            found += [item for item in trades if self._is_new(known, item)]
        return sorted(found, key=lambda item: item.place)

    def _is_new(self, known: Known, fill: VenueFill) -> bool:
        told = known.fills.has(*known.whose[:2], fill)
        return not told and fill.ts_ms >= known.opened_ms

    def _fill(self, known: Known, fill: VenueFill, names: Mapping[str, str]) -> bytes:
        reason = reason_of(names.get(fill.order_id, ""))
        return fill_event(known.whose, fill, self._settings.currency, reason)

    async def _stops(
        self, known: Known, working: Sequence[WorkingOrder], now_ms: int
    ) -> list[bytes]:
        levels = levels_of(working)
        changed = moved(known, levels)
        if not changed:
            return []
        account = self._venue.account(known.whose.account_id)
        held = {position.symbol for position in await account.positions()}
        for symbol in changed:
            if symbol not in held:
                known.stops.pop(symbol, None)  # the position took its stop with it
        return [
            protected_event(known, symbol, levels.get(symbol), now_ms)
            for symbol in changed
            if symbol in held
        ]

    async def _funding(self, known: Known, reports: CcxtReports) -> list[bytes]:
        account_id = known.whose.account_id
        if time.monotonic() < self._funding_due.get(account_id, 0.0):
            return []
        overlap_ms = round(self._policy.overlap_s * 1000)
        since_ms = max(known.opened_ms, known.funded_ms - overlap_ms)
        found = []
        for item in await reports.funding(since_ms):
            named = event_id(*known.whose[:2], item.symbol, "funding", item.payment_id)
            amount = item.amount.quantize(_UNIT, ROUND_HALF_EVEN)
            ours = item.currency == self._settings.currency and amount
            if ours and item.ts_ms >= known.opened_ms and not known.has(named):
                event = BalanceAdjusted(
                    event_id=named,
                    type="balance.adjusted",
                    ts=item.ts_ms * _NS_PER_MS,
                    account_id=account_id,
                    firm_id=known.whose.firm_id,
                    trader_id=known.whose.trader_id,
                    amount=amount,
                    reason="funding",
                )
                found.append(written(event))
        self._funding_due[account_id] = time.monotonic() + self._policy.funding_s
        return found

    async def _tell(self, account_id: str, events: Sequence[bytes]) -> None:
        if not events:
            return
        await asyncio.to_thread(append_events, self._log, account_id, events)
        self._told.take(events)
        for event in events:
            REPORTED.labels(self._settings.id, orjson.loads(event)["type"]).inc()


# Trades do not say whose order it was; the book and the order itself do.
async def _client_ids(
    known: Known,
    reports: CcxtReports,
    working: Sequence[WorkingOrder],
    fills: Sequence[VenueFill],
) -> dict[str, str]:
    names = {order.order_id: order.client_id for order in working}
    names |= dict.fromkeys(known.orders, "")
    for fill in fills:
        if fill.order_id and fill.order_id not in names:
            names[fill.order_id] = ""
            with suppress(Definite):  # it is too old for the venue to know it
                _, names[fill.order_id] = await reports.order(fill.symbol, fill.order_id)
    return names


# An order that filled leaves the journal's book with its last fill; one whose fills are not all
# there yet is asked for again.
async def _ended(
    known: Known, reports: CcxtReports, working: Sequence[WorkingOrder], now_ms: int
) -> list[bytes]:
    found = []
    for order_id, booked in gone(known, working):
        try:
            state, _ = await reports.order(booked.symbol, order_id)
        except Definite:
            told = True
        else:
            filled = known.filled.get(order_id, Decimal(0))
            told = state.final and state.status != "filled" and state.filled == filled
        if told:
            found.append(cancelled_event(known, order_id, booked.symbol, now_ms))
    return found
