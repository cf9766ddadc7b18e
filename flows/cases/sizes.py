"""Cases about how much is held: contracts, lots, tiers, exposure."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flows.cases.checks import Told
from flows.cases.clock import clock_of, read_label
from flows.cases.document import Case, CaseEvent, NotSupported, number
from flows.cases.holder import Holder, Standing, standing
from flows.cases.ruleset import case_ruleset
from flows.cases.standing import ACCOUNT
from flows.cases.story import Story
from flows.cases.telling import Facts, entry_of, resting, snapshots, start_of
from flows.engines import EngineKind
from schemas.money import ZERO

_MICROS = ("MES", "MNQ", "MYM", "M2K", "MGC", "MCL", "M6E", "M6A", "M6B", "MBT", "MET", "micro")
"""What `micro_ratio` weighs."""
_SUMS = {
    "aggregation": {
        "sum_abs_across_products": None,
        "sum_abs": None,
        "gross": None,
    }
}
_NO_MEANING = {"aggregation": "", "micro_ratio": "", "initial_balance": "initial_balance"}
_AMOUNTS = ("contracts", "notional", "size", "position")
ONE, PRICE = Decimal(1), Decimal(1000)


def tell_positions(case: Case, engine: EngineKind) -> Told:
    """Tell a case about contracts or lots held: every event is a book of its own."""
    family = "max_lots" if case.family == "max_lots" else "max_position"
    entry = entry_of(case, family, ("weights", "symbols"), _NO_MEANING, _SUMS)
    ratio = number(case.params.get("micro_ratio", "1"), "parameter `micro_ratio`")
    if ratio != ONE:
        entry.setdefault("weights", {symbol: str(ratio) for symbol in _MICROS})
    facts = Facts()
    for i, (stand,) in snapshots(case, [entry], engine, _hold).items():
        facts.put(i, size=stand.observed, lots=stand.observed, **_verdict(stand))
    if not case.events:
        facts.put(None, **_verdict(resting(case, [entry], engine)[0]))
    return facts.told(case)


def tell_tiers(case: Case, engine: EngineKind) -> Told:
    """Tell a case about contracts by balance, looked up live: every event is its own account."""
    known = ("tiers", "tier_by", "evaluated", "weights", "symbols")
    entry = entry_of(case, "contract_scaling", known, _NO_MEANING, _SUMS)
    facts = Facts()
    for i, (stand,) in snapshots(case, [entry], engine, _hold).items():
        facts.put(i, size=stand.observed, **_verdict(stand))
    return facts.told(case)


def tell_tiers_by_day(case: Case, engine: EngineKind) -> Told:
    """Tell a case about contracts by the balance of the last day: one account, day after day."""
    entry = entry_of(case, "contract_scaling", ("tiers", "tier_by", "weights"), {"evaluated": ""})
    # Said, not ended: the case goes on after a violation.
    entry |= {"evaluated": "eod", "breach_kind": "flag", "strikes_to_hard": "100000"}
    clock = clock_of(case.params)
    ruleset = case_ruleset(clock, [entry], [])
    story, seqs = Story(), {}
    first = case.params.get("initial_balance") or _first_balance(case)
    holder = Holder(story, ACCOUNT, number(first, "the first balance"), start_of(clock))
    for event in case.events:
        held = _hold(holder, event)
        if event.type == "eod":
            holder.cross(clock.boundary(read_label(event.label), story.now, ends_day=True))
        seqs[event.i] = holder.report()
        for symbol, position, qty in held:
            holder.close(symbol, position, qty, ZERO)
    decisions = story.run(ruleset, engine)
    facts = Facts()
    for event in case.events:
        stand = standing(decisions, ACCOUNT, seqs[event.i])
        said = [made for made in decisions if made["type"] == "breach"]
        broken = any(seqs.get(event.i - 1, 0) < made["seq"] <= seqs[event.i] for made in said)
        facts.put(event.i, size=stand.observed, **_verdict(stand._replace(broken=broken)))
        if event.type == "eod":
            facts.put(event.i, next_session_limit=stand.limit)
    return facts.told(case)


def tell_share(case: Case, engine: EngineKind) -> Told:
    """Tell a case about the largest position as a share of equity."""
    words = {"base": {"current equity": "equity", "equity": "equity", "current_equity": "equity",
                      "balance": "balance", "current balance": "balance",
                      "initial": "initial", "initial balance": "initial"}}  # fmt: skip
    entry = entry_of(case, "pos_pct", ("group_by",), {"base": "pct_base"}, words)
    facts = Facts()
    for i, (stand,) in snapshots(case, [entry], engine, _hold).items():
        facts.put(i, position=stand.observed, **_verdict(stand))
    return facts.told(case)


def tell_exposure(case: Case, engine: EngineKind) -> Told:
    """Tell a case about what no stop protects: each limit as a rule of its own."""
    limits = {"max_single": "no_sl_single_pct", "max_total": "no_sl_total_pct"}
    whole = entry_of(case, "exposure", limits.values())
    rules = [
        {name: value for name, value in whole.items() if name not in limits.values()}
        | {"id": name, parameter: whole[parameter]}
        for name, parameter in limits.items()
        if parameter in whole
    ]
    facts = Facts()
    for rule, stand in zip(rules, resting(case, rules, engine), strict=True):
        facts.put(None, **{rule["id"]: stand.limit})
    for i, stands in snapshots(case, rules, engine, _hold).items():
        facts.put(i, violation=any(stand.broken for stand in stands))
        for rule, stand in zip(rules, stands, strict=True):
            facts.put(i, **{rule["id"]: stand.limit})
    return facts.told(case)


def _verdict(stand: Standing) -> dict[str, Any]:
    room = None if stand.limit is None or stand.observed is None else stand.limit - stand.observed
    return {
        "limit": stand.limit,
        "max_position": stand.limit,
        "room": room,
        "remaining": room,
        "violation": stand.broken,
        "breach": stand.broken,
        "ok": not stand.broken,
    }


def _first_balance(case: Case) -> Any:
    for event in case.events:
        if "balance" in event.fields:
            return event.fields["balance"]
    raise NotSupported("no balance")


# What an event says is held: a book by symbol, lots, a number, or a worth; and at what balance.
def _hold(holder: Holder, event: CaseEvent) -> list[tuple[str, str, Decimal]]:
    event.only(*_AMOUNTS, "positions", "lots", "balance", "equity")
    balance, equity = event.amount("balance"), event.amount("equity")
    if balance is not None and equity is not None and balance != equity:
        raise NotSupported("a balance that is not the equity")
    money = equity if balance is None else balance
    if money is not None:
        holder.stand_at(money)
    return [
        (symbol, holder.hold(symbol, qty, price), qty) for symbol, qty, price in _held(event) if qty
    ]


def _held(event: CaseEvent) -> list[tuple[str, Decimal, Decimal]]:
    if "positions" in event.fields:
        book = event.fields["positions"]
        if not isinstance(book, Mapping):
            raise NotSupported("positions that are no map of quantities")
        named = [(str(name), number(qty, f"position `{name}`")) for name, qty in book.items()]
        return [(name, qty, PRICE) for name, qty in named]
    if "lots" in event.fields:
        lots = event.fields["lots"]
        listed = lots if isinstance(lots, list) else [lots]
        return [("LOTS", number(qty, "`lots`"), PRICE) for qty in listed]
    found = [(name, event.amount(name)) for name in _AMOUNTS]
    told = [(name, amount) for name, amount in found if amount is not None]
    if len(told) > 1:
        raise NotSupported(f"`{told[0][0]}` and `{told[1][0]}` of one event")
    # A worth is so many of something that costs 1.
    return [("HELD", amount, PRICE if name == "contracts" else ONE) for name, amount in told]
