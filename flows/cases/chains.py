"""Cases about chains of overlapping closed trades: every event is an account of its own."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from flows.cases.checks import Told, Value
from flows.cases.clock import DAY_ONE, Clock, clock_of, read_label
from flows.cases.document import Case, CaseEvent, NotSupported, number
from flows.cases.holder import SECOND, Holder, opening_balance
from flows.cases.reading import Reading
from flows.cases.ruleset import RULE, case_ruleset
from flows.cases.standing import ACCOUNT
from flows.cases.story import Story
from flows.cases.telling import SMALLEST, Facts, entry_of, resting
from flows.engines import EngineKind
from schemas.instants import parse_instant

_HOUR = 3600 * SECOND
_ONE = Decimal(1)
_GROUPS = ("same symbol, continuous chain of overlapping trades", "same symbol, overlapping trades")


class _Trade(NamedTuple):
    symbol: str
    opened: int
    closed: int
    pnl: Decimal


def tell_chains(case: Case, engine: EngineKind) -> Told:
    """Tell a case about chains of closed trades."""
    entry = entry_of(
        case, "trade_chain", ("sum",), {"group": ""}, {"group": dict.fromkeys(_GROUPS)}
    )
    # Anything breaks this one: so it shows every chain it has made.
    shows = {"id": "shows", "family": "trade_chain", **SMALLEST, "strikes_to_hard": "100000"}
    rules = [entry, shows | {"sum": entry["sum"]} if "sum" in entry else shows]
    limit = resting(case, [entry], engine)[0].limit
    facts = Facts()
    facts.put(None, limit=limit)
    latched = False
    for event in case.events:
        trades = _trades(event)
        broken = _breaches(case, trades, rules[:1], engine, RULE) != []
        latched = latched or broken
        shown = _breaches(case, trades, rules[1:], engine, "shows")
        groups = _groups(trades, shown)
        facts.put(event.i, limit=limit, violation=broken, breach=latched, groups=groups)
        facts.put(None, groups=groups)
    return facts.told(case)


def _trades(event: CaseEvent) -> list[_Trade]:
    event.only("trades")
    told = event.fields.get("trades")
    rows = told if isinstance(told, list) else []
    if not rows or not all(isinstance(row, list) and len(row) == 4 for row in rows):
        raise NotSupported("trades that are not symbol, open, close and P/L")
    clock = clock_of({})
    trades = [
        _Trade(str(row[0]), _at(clock, row[1]), _at(clock, row[2]), number(row[3], "P/L"))
        for row in rows
    ]
    if any(trade.opened >= trade.closed for trade in trades):
        raise NotSupported("a trade that closes before it opens")
    return trades


def _at(clock: Clock, label: object) -> int:
    read = read_label(str(label))
    if read.time is None:
        raise NotSupported(f"time {label!r}")
    return clock.instant(read.day or DAY_ONE, read.time)


def _breaches(
    case: Case, trades: Sequence[_Trade], rules: list[dict[str, Any]], engine: EngineKind, rule: str
) -> list[dict[str, Any]]:
    """Tell the trades of one account; return the breaches of a rule.

    In every symbol a position stays open from before the first to after the last trade, so that
    no chain is forgotten; and at the end a trade that overlaps none loses, so that all are shown.
    """
    story = Story()
    symbols = sorted({trade.symbol for trade in trades})
    start = min(trade.opened for trade in trades) - _HOUR
    end = max(trade.closed for trade in trades) + _HOUR
    holder = Holder(story, ACCOUNT, opening_balance(case), start)
    moments = [(trade.closed, 0, trade) for trade in trades]
    moments += [(trade.opened, 1, trade) for trade in trades]
    if rule != RULE:
        for symbol in symbols:
            holder.hold(symbol, _ONE)
            last = _Trade(symbol, end, end + _HOUR, -_ONE)
            moments += [(last.opened, 1, last), (last.closed, 0, last)]
    names: dict[int, str] = {}
    for moment, opens, trade in sorted(moments, key=lambda each: each[:2]):
        holder.pin(moment)
        if opens:
            names[id(trade)] = holder.hold(trade.symbol, _ONE)
        else:
            holder.close(trade.symbol, names[id(trade)], _ONE, trade.pnl)
    seq = holder.report()
    decisions = story.run(case_ruleset(clock_of(case.params), rules, []), engine)
    return [made for made in Reading(decisions, ACCOUNT, seq).of("breach") if made["rule"] == rule]


# In the order in which the case lists the first trade of each.
def _groups(trades: Sequence[_Trade], shown: Sequence[dict[str, Any]]) -> list[Value]:
    last = {made["evidence"]["facts"]["symbol"]: made["evidence"]["facts"] for made in shown}
    groups: dict[tuple[str, str], Value] = {}
    for trade in trades:
        for chain in last[trade.symbol]["apart"]:
            first, ended = (parse_instant(chain[name]) for name in ("opened_at", "closed_at"))
            if first <= trade.opened and trade.closed <= ended:
                groups[trade.symbol, chain["opened_at"]] = -Decimal(chain["loss"])
    return list(groups.values())
