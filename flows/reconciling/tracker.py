"""How far disagreements have come: found, looked at again, raised to an operator, resolved."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, NamedTuple

from connectors.venues.abstract import VenueFill
from flows.reconciling.compare import Finding
from schemas.drift import Drift
from schemas.money import text

_NAME = "highwater/v1/drift"


class Seen(NamedTuple):
    """An account that was looked at.

    Attributes:
        offset: of the journal's next record at that moment.
        now_ms: when, since the epoch.
        note: what a person should know beside it.
    """

    venue_id: str
    firm_id: str
    account_id: str
    offset: int
    now_ms: int
    note: str = ""


class Tracker:
    """The open disagreements of a venue.

    Args:
        looks: seen so often, one is raised.
        known: those that are open already.
    """

    def __init__(self, looks: int, known: Iterable[Drift] = ()) -> None:
        self._looks = looks
        self._open = {(drift.account_id, drift.subject): drift for drift in known}

    @property
    def open(self) -> list[Drift]:
        """Those that are not resolved."""
        return list(self._open.values())

    def of(self, account_id: str) -> list[Drift]:
        """Return the open ones of an account."""
        return [drift for (account, _), drift in self._open.items() if account == account_id]

    def look(self, seen: Seen, findings: Sequence[Finding]) -> list[Drift]:
        """Take what was found at an account; return every drift that changed."""
        there = {finding.gap.subject for finding in findings}
        changed = [self._again(seen, finding) for finding in findings]
        for drift in self.of(seen.account_id):
            if drift.subject not in there:
                gone = drift.model_copy(update={"state": "resolved", "ts": _instant(seen.now_ms)})
                del self._open[drift.account_id, drift.subject]
                changed.append(gone)
        return changed

    def _again(self, seen: Seen, finding: Finding) -> Drift:
        gap, key = finding.gap, (seen.account_id, finding.gap.subject)
        known = self._open.get(key)
        # What is on its way has not been seen in vain.
        counts = finding.kind != "in_flight"
        looks = 1 if known is None else known.looks + counts
        raised = (known is not None and known.state == "raised") or (
            counts and looks >= self._looks
        )
        now = _instant(seen.now_ms)
        drift = Drift(
            drift_id=known.drift_id if known is not None else _drift_id(seen, gap.subject),
            state="raised" if raised else "watching",
            kind=finding.kind,
            venue_id=seen.venue_id,
            firm_id=seen.firm_id,
            account_id=seen.account_id,
            subject=gap.subject,
            journal=_text(gap.journal),
            venue=_text(gap.venue),
            looks=looks,
            first_ts=known.first_ts if known is not None else now,
            ts=now,
            evidence=_evidence(seen, finding),
        )
        self._open[key] = drift
        return drift


def _evidence(seen: Seen, finding: Finding) -> dict[str, Any]:
    found: dict[str, Any] = {"journal_offset": seen.offset}
    if finding.trades:
        found["unknown_trades"] = [_trade(trade) for trade in finding.trades]
    if seen.note:
        found["said"] = seen.note
    return found


def _trade(trade: VenueFill) -> dict[str, Any]:
    exact = {name: f"{getattr(trade, name):f}" for name in ("qty", "price", "fee")}
    return {**trade._asdict(), **exact}


def _drift_id(seen: Seen, subject: str) -> str:
    name = f"{_NAME}\n{seen.venue_id}\n{seen.account_id}\n{subject}\n{seen.now_ms}"
    return sha256(name.encode()).hexdigest()[:32]


def _instant(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds")


def _text(value: Decimal | None) -> str | None:
    return None if value is None else text(value)
