"""An account of a case that trades by the clock: every trade is a position of its own."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from flows.cases.clock import DAY_ONE, MIDNIGHT, MINUTE, NOON, SECOND, Clock, read_label
from flows.cases.document import Case, NotSupported
from flows.cases.ruleset import case_ruleset
from flows.cases.story import Story
from flows.engines import EngineKind
from rules.sessions import local_time
from schemas.money import ZERO

ACCOUNT = "case"
ANY = "ANY"
"""The instrument of what is told without one."""
_PAIR = re.compile(r"([A-Z]{3})/?([A-Z]{3})")
_ELAPSED = re.compile(r"(?:t\s*\+\s*)?(\d{1,6})\s*(s|sec|m|min|h)", re.IGNORECASE)
_UNITS = {"s": SECOND, "sec": SECOND, "m": MINUTE, "min": MINUTE, "h": 60 * MINUTE}
_SHORT_HOUR = re.compile(r"^(?=\d:\d\d)")
_INITIAL = Decimal(100_000)
_PRICE = "1"


class Desk:
    """One hedging account and its journal.

    Args:
        opened: when it is opened, ns.
    """

    def __init__(self, opened: int) -> None:
        self._story = Story()
        self._listed: dict[str, str] = {}
        self._sides: dict[str, tuple[str, Decimal]] = {}
        self._fills = 0
        fields = {"ruleset": "case@1", "initial_balance": _INITIAL, "position_mode": "hedging"}
        self._event(opened, "account.opened", fields)

    @property
    def seq(self) -> int:
        """The last entry."""
        return self._story.seq

    @property
    def now(self) -> int:
        """The time of the last entry, ns."""
        return self._story.now

    def publish(self, ts: int, releases: list[dict[str, Any]]) -> None:
        """Publish a calendar of releases."""
        self._story.event(ts, "calendar.published", {"version": "1", "events": releases})

    def open(self, ts: int, name: str, lots: Decimal = Decimal(1), **more: Any) -> None:
        """Open a trade, a long one; ``symbol`` and ``stop_loss`` may be told."""
        if name in self._sides:
            raise NotSupported(f"trade {name!r} is opened twice")
        symbol = self._list(ts, more.pop("symbol", ANY))
        self._sides[name] = symbol, lots
        self._fill(ts, name, "buy", {"symbol": symbol, "qty": lots, **more})

    def close(self, ts: int, name: str, result: Decimal = ZERO, reason: str = "client") -> None:
        """Close a trade with its result."""
        if name not in self._sides:
            raise NotSupported(f"trade {name!r} is closed but not open")
        symbol, lots = self._sides.pop(name)
        told = {"symbol": symbol, "qty": lots, "realized_pnl": result, "reason": reason}
        self._fill(ts, name, "sell", told)

    def order(self, ts: int, name: str) -> None:
        """Place an order that is not filled yet."""
        told = {"symbol": self._list(ts, ANY), "side": "buy", "qty": Decimal(1), "price": _PRICE}
        self._event(ts, "order.placed", {"order_id": name, "order_type": "limit", **told})

    def protect(self, ts: int, name: str, stop: str | None) -> None:
        """Set, move or remove a stop."""
        if name not in self._sides:
            raise NotSupported(f"a stop of trade {name!r}, which is not open")
        self._event(ts, "position.protected", {"position_id": name, "stop_loss": stop})

    def wait(self, ts: int) -> None:
        """Let time pass."""
        self._story.event(ts, "clock", {})

    def run(
        self, clock: Clock, rules: list[dict[str, Any]], engine: EngineKind
    ) -> list[dict[str, Any]]:
        """Run the journal and return what was decided."""
        return self._story.run(case_ruleset(clock, rules, []), engine)

    def _list(self, ts: int, symbol: str) -> str:
        pair = _PAIR.fullmatch(symbol)
        base, quote = pair.groups() if pair else (symbol, "USD")
        if symbol not in self._listed:
            self._listed[symbol] = base
            digits = {"price_digits": "8", "qty_digits": "8"}
            told = {"symbol": symbol, "base": base, "quote": quote, **digits}
            self._story.event(ts, "instrument.listed", {"instrument": told})
        return symbol

    def _fill(self, ts: int, name: str, side: str, more: dict[str, Any]) -> None:
        self._fills += 1
        fields = {"fill_id": f"f{self._fills}", "position_id": name, "side": side}
        self._event(ts, "fill", {**fields, "price": _PRICE, **more})

    def _event(self, ts: int, kind: str, fields: dict[str, Any]) -> None:
        self._story.event(ts, kind, {"account_id": ACCOUNT, **fields})


def start_of(clock: Clock) -> int:
    """Return the first instant of the first day, ns."""
    return clock.instant(DAY_ONE, MIDNIGHT)


def moment(clock: Clock, text: str, now: int) -> int:
    """Return when an event happens, at ``now`` (ns) or after it.

    A label without a day is of the running day, or of the next one if its time is over; one that
    only tells an order is a minute later. Times such as ``t+300s`` count from noon.
    """
    elapsed = _ELAPSED.fullmatch(text.strip())
    if elapsed is not None:
        return (
            start_of(clock) + NOON.hour * 60 * MINUTE + int(elapsed[1]) * _UNITS[elapsed[2].lower()]
        )
    label = read_label(_SHORT_HOUR.sub("0", text.strip()))
    if label.day is not None:
        return clock.instant(label.day, label.time or NOON)
    if label.time is None:
        return now + MINUTE
    today = (local_time(now, clock.zone) + clock.ahead).date()
    found = clock.instant(today, label.time)
    return found if found >= now else found + 24 * 60 * MINUTE


def shown(clock: Clock, ts: int, like: object) -> str:
    """Return what the clock shows, with seconds where the expectation has them."""
    local = datetime.fromtimestamp(ts // SECOND, ZoneInfo(clock.zone)) + clock.ahead
    seconds = str(like).count(":") == 2 or local.second
    return f"{local:%H:%M:%S}" if seconds else f"{local:%H:%M}"


def breaches(decisions: list[dict[str, Any]], after: int, through: int) -> list[dict[str, Any]]:
    """Return the breaches decided after one entry, up to and with another."""
    return [
        made for made in decisions if made["type"] == "breach" and after < made["seq"] <= through
    ]


def wanted(case: Case, *names: str) -> list[object]:
    """Return what a case expects anywhere under one of the names."""
    expected = [check.expected for check in case.checks]
    return [told[name] for told in expected for name in names if name in told]
