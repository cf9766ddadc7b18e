"""One look at one account: what its venue says, what the journal says, and what is done."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import NamedTuple

from connectors.log.abstract import Log
from connectors.venues.abstract import Definite, Venue, VenueFill
from connectors.venues.settings import VenueSettings
from flows.attached.report import Named, append_events, fill_event
from flows.logging import Logger
from flows.metrics import RECOVERED
from flows.reconciling.books import Books, Held
from flows.reconciling.compare import (
    Finding,
    Gap,
    VenueState,
    explained,
    gaps,
    netted,
    unknown_trades,
)
from flows.reconciling.tracker import Seen, Tracker
from schemas.drift import Drift
from schemas.ids import key_group
from schemas.topics import DRIFT, JOURNAL
from sinks.drifts import DriftRows, HeldFor

_WAIT_S = 0.01


class Sides(NamedTuple):
    """What is compared, and where the outcome goes.

    Attributes:
        venue: open.
        books: what the journal says.
        rows: disagreements in Postgres.
        log: takes drifts and recovered fills.
    """

    venue: Venue
    books: Books
    rows: DriftRows
    log: Log


class Looker:
    """Looks at the accounts of one venue.

    Args:
        settings: of the venue.
        sides: what is compared.
        tracker: its open disagreements.
        logger: for people.
    """

    def __init__(
        self, settings: VenueSettings, sides: Sides, tracker: Tracker, logger: Logger
    ) -> None:
        self._settings = settings
        self._policy = settings.reconcile
        self._venue, self._books, self._rows, self._log = sides
        self._tracker = tracker
        self._logger = logger

    async def look(self, account_id: str) -> list[Drift]:
        """Compare an account; return what is open about it.

        Raises:
            VenueError: the venue does not answer; nobody knows more than before.
        """
        note, said = "", None
        try:
            said = await self._said(account_id)
        except Definite as error:
            note = str(error)
        await self._journal_is_as_new()
        held = self._books.look(account_id)
        if said is None:
            findings = [Finding(Gap("account", None, None, is_balance=False), "unreadable")]
        else:
            findings = await self._findings(account_id, held, said)
        firm_id = held.firm_id if held is not None else "default"
        offset, now_ms = self._books.next_offset, time.time_ns() // 1_000_000
        seen = Seen(self._settings.id, firm_id, account_id, offset, now_ms, note)
        before = {drift.drift_id: drift.state for drift in self._tracker.of(account_id)}
        changed = self._tracker.look(seen, findings)
        await self._keep(held, changed, before)
        if held is not None:
            await self._recover(held, [trade for one in findings for trade in one.recovers])
        return self._tracker.of(account_id)

    async def _said(self, account_id: str) -> VenueState:
        account = self._venue.account(account_id)
        return VenueState(netted(await account.positions()), await account.balances())

    # What the venue said is compared with a journal that is at least as new.
    async def _journal_is_as_new(self) -> None:
        end = await asyncio.to_thread(self._log.end_offset, JOURNAL)
        while True:
            if self._books.next_offset >= end:
                return
            await asyncio.sleep(_WAIT_S)

    async def _findings(
        self, account_id: str, held: Held | None, said: VenueState
    ) -> list[Finding]:
        policy = self._policy
        ruleset = held.ruleset if held is not None else ""
        differing = gaps(held, said, policy.tolerance_of(ruleset))
        if not differing:
            return []
        now_ms = time.time_ns() // 1_000_000
        trades: list[VenueFill] = []
        if held is not None:
            since_ms = max(held.opened_ms, now_ms - round(policy.lookback_s * 1000))
            symbols = {gap.subject for gap in differing if not gap.is_balance}
            if any(gap.is_balance for gap in differing):
                symbols |= self._settings.symbols.keys()
            account = self._venue.account(account_id)
            for symbol in sorted(symbols):
                trades += await account.fills(symbol, since_ms)
        unknown = {} if held is None else unknown_trades(held, self._settings.id, trades)
        busy = await self._rows.busy(account_id)
        settled_ms = now_ms - round(policy.in_flight_s * 1000)
        return explained(differing, unknown, busy=busy, settled_ms=settled_ms)

    async def _recover(self, held: Held, trades: Sequence[VenueFill]) -> None:
        once = {(trade.symbol, trade.trade_id): trade for trade in trades}
        if not once:
            return
        whose = Named(self._settings.id, held.account_id, held.firm_id, held.trader_id)
        ordered = sorted(once.values(), key=lambda trade: trade.place)
        events = [fill_event(whose, trade, held.currency, "client") for trade in ordered]
        await asyncio.to_thread(append_events, self._log, held.account_id, events)
        RECOVERED.labels(self._settings.id).inc(len(events))
        for trade in ordered:
            self._logger.warning(
                "fill.recovered",
                venue=self._settings.id,
                account_id=held.account_id,
                symbol=trade.symbol,
                trade_id=trade.trade_id,
            )

    async def _keep(
        self, held: Held | None, changed: Sequence[Drift], before: Mapping[str, str]
    ) -> None:
        if not changed:
            return
        tolerance = self._policy.tolerance_of(held.ruleset if held is not None else "")
        await self._rows.write(changed, HeldFor(tolerance.hold_s, tolerance.then))
        moved = [one for one in changed if before.get(one.drift_id) != one.state]
        if moved:
            await asyncio.to_thread(publish, self._log, moved)
        for drift in moved:
            _tell(self._logger, drift)


def publish(log: Log, drifts: Sequence[Drift]) -> None:
    """Append drifts of one account to their topic, durably."""
    account_id = drifts[0].account_id
    partition = key_group(account_id, log.partitions(DRIFT))
    with closing(log.writer(DRIFT, partition)) as writer:
        for drift in drifts:
            writer.append(drift.to_json(), account_id.encode())
        writer.flush()


def _tell(logger: Logger, drift: Drift) -> None:
    facts = {
        "drift_id": drift.drift_id,
        "venue": drift.venue_id,
        "account_id": drift.account_id,
        "kind": drift.kind,
        "subject": drift.subject,
        "journal": drift.journal,
        "at_venue": drift.venue,
    }
    if drift.state == "raised":
        logger.error("drift.raised", **facts, looks=drift.looks, evidence=drift.evidence)
    elif drift.state == "resolved":
        logger.info("drift.resolved", **facts)
    else:
        logger.warning("drift.noticed", **facts)
