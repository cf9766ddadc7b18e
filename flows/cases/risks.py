"""Cases about planned risk: stops of single positions, brackets, everything open together."""

from decimal import Decimal

from flows.cases.checks import Told
from flows.cases.clock import clock_of
from flows.cases.document import Case, CaseEvent, NotSupported, number
from flows.cases.holder import AT, Holder, opening_balance, standing
from flows.cases.ruleset import case_ruleset
from flows.cases.standing import ACCOUNT
from flows.cases.story import Story
from flows.cases.telling import Facts, entry_of, required, resting, start_of
from flows.engines import EngineKind
from schemas.money import ZERO

_CAPITAL = {"id": "capital", "family": "notional_cap", "amount": "9999999999"}
_WIDEST = {"widest", "widest stop", "widest stop ever set on the trade", "farthest stop"}
_ONE = Decimal(1)


def tell_trade_risk(case: Case, engine: EngineKind) -> Told:
    """Tell a case about one trade's planned risk: every event is a trade of its own."""
    entry = entry_of(case, "per_trade_risk", ("basis", "with_commission"))
    clock = clock_of(case.params)
    story, seqs = Story(), {}
    for event in case.events:
        holder = Holder(story, f"case{event.i}", opening_balance(case), start_of(clock))
        _open(holder, event)
        seqs[event.i] = holder.report()
    decisions = story.run(case_ruleset(clock, [entry, _CAPITAL], []), engine)
    facts = Facts()
    facts.put(None, limit=resting(case, [entry], engine)[0].limit)
    for i, seq in seqs.items():
        stand = standing(decisions, f"case{i}", seq)
        capital = standing(decisions, f"case{i}", seq, "capital").observed
        facts.put(i, risk=stand.observed, capital_used=capital, limit=stand.limit)
        facts.put(i, violation=stand.broken, breach=stand.broken, ok=not stand.broken)
    return facts.told(case)


def tell_widest_risk(case: Case, engine: EngineKind) -> Told:
    """Tell a case about one trade whose stop is moved from event to event."""
    params = dict(case.params)
    basis = str(params.pop("basis", "widest"))
    if basis not in _WIDEST:
        raise NotSupported(f"parameter `basis` {basis!r}")
    balance = params.pop("balance", None)
    if balance is not None:
        params["initial_balance"] = balance
    case = case._replace(params=params)
    entry = entry_of(case, "per_trade_risk") | {"basis": "widest"}
    clock = clock_of(params)
    story, seqs = Story(), {}
    holder = Holder(story, ACCOUNT, opening_balance(case), start_of(clock))
    trade = holder.hold("HELD", _ONE)
    for event in case.events:
        event.only("risk")
        holder.protect(trade, AT - required(event, "risk"))
        seqs[event.i] = holder.report()
    decisions = story.run(case_ruleset(clock, [entry], []), engine)
    facts = Facts()
    facts.put(None, limit=resting(case, [entry], engine)[0].limit)
    for i, seq in seqs.items():
        stand = standing(decisions, ACCOUNT, seq)
        facts.put(i, risk=stand.observed, limit=stand.limit)
        facts.put(i, violation=stand.broken, breach=stand.broken, ok=not stand.broken)
    return facts.told(case)


def tell_open_risk(case: Case, engine: EngineKind) -> Told:
    """Tell a case about the risk of everything open: a share of a daily limit that it names."""
    entry = entry_of(case, "open_risk", ("pct_of_daily_limit", "without_stop"))
    clock = clock_of(case.params)
    daily: Decimal | None = None
    facts = Facts()
    for event in case.events:
        if event.type == "daily_limit":
            event.only("amount")
            daily = required(event, "amount")
        rules = [entry]
        if daily is not None:
            rules.append({"id": "daily", "family": "daily_loss", "amount": str(daily)})
        story = Story()
        holder = Holder(story, ACCOUNT, opening_balance(case), start_of(clock))
        if event.type != "daily_limit":
            _risk(holder, event)
        seq = holder.report()
        stand = standing(story.run(case_ruleset(clock, rules, []), engine), ACCOUNT, seq)
        facts.put(event.i, max_open_risk=stand.limit, limit=stand.limit, risk=stand.observed)
        facts.put(event.i, open_risk=stand.observed, violation=stand.broken, breach=stand.broken)
    if not case.events:
        stand = resting(case, [entry], engine)[0]
        facts.put(None, max_open_risk=stand.limit, limit=stand.limit)
    return facts.told(case)


def tell_brackets(case: Case, engine: EngineKind) -> Told:
    """Tell a case about stops and targets: every event is a trade of its own."""
    entry = entry_of(case, "rr", ("max_stop_to_target",))
    clock = clock_of(case.params)
    story, seqs = Story(), {}
    for event in case.events:
        event.only("target", "stop")
        stop, target = AT - required(event, "stop"), AT + required(event, "target")
        holder = Holder(story, f"case{event.i}", opening_balance(case), start_of(clock))
        holder.hold("HELD", _ONE, stop_loss=stop, take_profit=target)
        seqs[event.i] = holder.report()
    decisions = story.run(case_ruleset(clock, [entry], []), engine)
    facts = Facts()
    for i, seq in seqs.items():
        broken = standing(decisions, f"case{i}", seq).broken
        facts.put(i, violation=broken, breach=broken, ok=not broken)
    return facts.told(case)


# A position with its stop, or a risk alone: one contract whose stop is that far away.
def _open(holder: Holder, event: CaseEvent) -> None:
    if "risk" in event.fields:
        event.only("risk")
        holder.hold("HELD", _ONE, stop_loss=AT - required(event, "risk"))
        return
    event.only("entry", "stop", "qty", "side", "commission", "symbol")
    entry, stop, qty = (required(event, name) for name in ("entry", "stop", "qty"))
    side = str(event.fields.get("side", "buy" if stop < entry else "sell"))
    if side not in {"buy", "sell", "long", "short"}:
        raise NotSupported(f"side {side!r}")
    more = {"stop_loss": stop}
    commission = event.amount("commission")
    if commission is not None:
        more["commission"] = commission
    symbol = str(event.fields.get("symbol", "HELD"))
    holder.hold(symbol, qty if side in {"buy", "long"} else -qty, entry, **more)


def _risk(holder: Holder, event: CaseEvent) -> None:
    if "risks" in event.fields:
        event.only("risks")
        listed = event.fields["risks"]
        if not isinstance(listed, list):
            raise NotSupported("risks that are no list")
        for risk in listed:
            holder.hold("HELD", _ONE, stop_loss=AT - number(risk, "`risks`"))
        return
    for name in ("risk", "amount", "open_risk"):
        if name in event.fields:
            event.only(name)
            risk = required(event, name)
            if risk != ZERO:
                holder.hold("HELD", _ONE, stop_loss=AT - risk)
            return
    _open(holder, event)
