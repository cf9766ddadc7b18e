"""What a breach shows so that anyone can recompute it by hand, and what progress reports."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from rules.api import At
from rules.catalog import Floor
from rules.floors.common import Standing
from rules.goals.common import ratio
from rules.reference.market import Tick
from rules.reference.positions import Valuation
from rules.reference.step import Step
from schemas.events import EventBase
from schemas.instants import instant_text
from schemas.money import text

_ONE = Decimal(1)


def used_share(room: Decimal, allowance: Decimal) -> str:
    """Return the used part of an allowance, 1 − room / allowance; all of it when there is none."""
    if not allowance:
        return "1"
    return text(_ONE - ratio(room, allowance))


def used_part(observed: Decimal, limit: Decimal) -> str:
    """Return how much of a limit is used; all of it when nothing is allowed."""
    return text(ratio(observed, limit)) if limit else "1"


def tick_entry(tick: Tick, late_ts: int | None = None) -> dict[str, Any]:
    """Show a tick as the entry that decided."""
    entry: dict[str, Any] = {
        "kind": "tick",
        "seq": tick.at,
        "ts": instant_text(tick.ts),
        "symbol": tick.symbol,
        "bid": text(tick.bid),
        "ask": text(tick.ask),
    }
    if tick.last is not None:
        entry["last"] = text(tick.last)
    return entry | _late(late_ts)


def event_entry(event: EventBase, at: int, ts: int, late_ts: int | None) -> dict[str, Any]:
    """Show an event as the entry that decided, with its own time when it came late."""
    entry = {
        "kind": "event",
        "seq": At(at),
        "ts": instant_text(ts),
        "event_id": event.event_id,
        "type": event.type,
    }
    return entry | _late(late_ts)


def boundary_entry(at: int, ts: int) -> dict[str, Any]:
    """Show a session boundary as the entry that decided."""
    return {"kind": "boundary", "seq": At(at), "ts": instant_text(ts)}


def timer_entry(at: int, ts: int) -> dict[str, Any]:
    """Show a timer as the entry that decided."""
    return {"kind": "timer", "seq": At(at), "ts": instant_text(ts)}


def _late(late_ts: int | None) -> dict[str, Any]:
    return {} if late_ts is None else {"late": True, "own_ts": instant_text(late_ts)}


def breach_evidence(
    step: Step,
    values: Sequence[Valuation],
    floor: Floor | None,
    facts: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Gather everything one verdict rests on.

    ``previous_hash`` is left open: the audit chain is known only once decisions are in order.
    """
    evidence = {
        "entry": step.entry(),
        "positions": [_position(value) for value in values],
        "rates": _rates(values),
        "floor": None if floor is None else floor.derivation(),
        "previous_hash": None,
    }
    return evidence if facts is None else evidence | {"facts": dict(facts)}


def standing_fields(standing: Standing) -> dict[str, str]:
    """Show an account's money."""
    return {"equity": text(standing.equity), "balance": text(standing.balance)}


def _position(value: Valuation) -> dict[str, Any]:
    position = value.position
    return {
        "id": position.id,
        "symbol": position.instrument.symbol,
        "side": "buy" if position.side > 0 else "sell",
        "qty": text(position.qty),
        "cost": text(position.cost),
        "mark": None if value.mark is None else text(value.mark.price),
        "mark_seq": None if value.mark is None else value.mark.at,
        "rate": None if value.rate is None else value.rate.symbol,
        "priced": value.priced,
        "pnl": text(value.pnl),
    }


def _rates(values: Sequence[Valuation]) -> list[dict[str, Any]]:
    used = {
        value.rate.symbol: {
            "symbol": value.rate.symbol,
            "op": value.conversion.op,
            "bid": text(value.rate.bid),
            "ask": text(value.rate.ask),
            "mid": text(value.rate.mid),
            "seq": value.rate.at,
        }
        for value in values
        if value.rate is not None and value.conversion is not None
    }
    return list(used.values())
