"""Cases about losses that float: by group, of a symbol, of one trade, against a day's profit."""

from decimal import Decimal

from flows.cases.checks import Told, Value
from flows.cases.clock import Clock, clock_of
from flows.cases.document import Case, CaseEvent, NotSupported, number
from flows.cases.holder import Floating, Holder, Standing, opening_balance, standing
from flows.cases.ruleset import case_ruleset
from flows.cases.story import Story
from flows.cases.telling import SMALLEST, Facts, entry_of, required, resting, start_of
from flows.engines import EngineKind
from schemas.money import ZERO

_BASES = {
    "mae": ("start_of_day_profit", "start of day profit"),
    "symbol_loss": ("balance",),
}
_KNOWN = {
    "trade_loss_group": ("group_by", "sum"),
    "per_trade_loss": ("counts",),
    "symbol_loss": ("counts", "sum"),
    "mae": ("threshold", "raised_pct", "raised_above", "group_by"),
}
_LOSS_NAMES = ("pnl", "floating", "loss", "open_loss", "floating_loss")


def tell_floating(case: Case, engine: EngineKind) -> Told:
    """Tell a case about floating losses: every event is a book of its own, judged once."""
    family = case.family
    _check_base(case)
    entry = entry_of(case, family, _KNOWN[family], {"base": ""} if family in _BASES else {})
    rules = [entry]
    if family != "mae":
        traits = ("family", "group_by", "sum", "counts")
        kept = {str(name): entry[name] for name in traits if name in entry}
        rules.append({"id": "seen", **kept, **SMALLEST})
    clock = clock_of(case.params)
    ruleset = case_ruleset(clock, rules, [], funded=True)
    story, seqs = Story(), {}
    before: list[CaseEvent] = []
    for event in case.events:
        holder = Holder(story, f"case{event.i}", opening_balance(case), start_of(clock))
        for past in before:
            _rebase(holder, past, clock, story, opening_balance(case))
        if event.type in _REBASES:
            before.append(event)
            _rebase(holder, event, clock, story, opening_balance(case))
        else:
            _float(holder, event)
        seqs[event.i] = holder.approve()
    decisions = story.run(ruleset, engine)
    facts = Facts()
    if not case.events:
        facts.put(None, limit=resting(case, [entry], engine)[0].limit)
    latched = False
    for event in case.events:
        name = f"case{event.i}"
        stand = standing(decisions, name, seqs[event.i])
        latched = latched or stand.broken
        facts.put(event.i, limit=stand.limit, violation=stand.broken, breach=latched)
        facts.put(event.i, symbol_loss=stand.observed, loss=stand.observed)
        if family == "trade_loss_group":
            seen = standing(decisions, name, seqs[event.i], "seen")
            facts.put(event.i, groups=_groups(event, seen))
    return facts.told(case)


_REBASES = {"reset", "eod", "start_of_day_profit", "session_start"}


def _check_base(case: Case) -> None:
    base = case.params.get("base")
    if base is not None and not any(known in str(base) for known in _BASES.get(case.family, ())):
        raise NotSupported(f"parameter `base` {base!r}")


# Brings the account to where a session starts, and over its boundary.
def _rebase(holder: Holder, event: CaseEvent, clock: Clock, story: Story, initial: Decimal) -> None:
    event.only("balance", "equity", "profit")
    profit = event.amount("profit")
    balance = initial + profit if profit is not None else required(event, "balance")
    if event.amount("equity") not in {None, balance}:
        raise NotSupported("an equity that is not the balance")
    holder.stand_at(balance)
    holder.cross(clock.next_boundary(story.now + 1))


def _float(holder: Holder, event: CaseEvent) -> None:
    if "positions" not in event.fields:
        event.only(*_LOSS_NAMES, "symbol", "side")
        amount = required(event, *_LOSS_NAMES)
        lost = any("loss" in name for name in event.fields)
        symbol, side = event.fields.get("symbol", "HELD"), event.fields.get("side", "buy")
        holder.float(Floating(str(symbol), str(side), -abs(amount) if lost else amount))
        return
    event.only("positions", "balance", "equity")
    balance = event.amount("balance")
    if balance is not None:
        holder.stand_at(balance)
    for position in _positions(event):
        holder.float(position)


def _positions(event: CaseEvent) -> list[Floating]:
    told = event.fields["positions"]
    if not isinstance(told, list) or not all(isinstance(each, list) for each in told):
        raise NotSupported("positions that are no list of symbol, side and P/L")
    if not all(len(each) == 3 for each in told):
        raise NotSupported("a position that is not symbol, side and P/L")
    return [Floating(str(each[0]), str(each[1]), number(each[2], "P/L")) for each in told]


# What the rule that anything breaks has shown; where nothing broke it, no group has lost.
def _groups(event: CaseEvent, seen: Standing) -> dict[str, Value]:
    if seen.facts:
        return {name: Decimal(loss) for name, loss in seen.facts["groups"].items()}
    if seen.observed != ZERO:
        raise NotSupported("groups that nothing showed")
    return {f"{each.symbol}|{each.side}": ZERO for each in _positions(event)}
