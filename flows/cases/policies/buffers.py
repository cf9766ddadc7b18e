"""Cases about what must stay in an account, and from which balance or profit it pays at all."""

from decimal import Decimal

from flows.cases.checks import Told, Value
from flows.cases.clock import DAY_ONE, MINUTE, NOON, clock_of
from flows.cases.document import Case, NotSupported
from flows.cases.given import Given
from flows.cases.policies.amounts import SIZE, SPLIT
from flows.cases.policies.facts import Facts
from flows.cases.reading import Reading
from flows.cases.ruleset import case_ruleset
from flows.cases.standing import ACCOUNT, Standing
from flows.cases.story import Story
from flows.engines import EngineKind
from rules.payouts.amount import lowest_cap, portion
from rules.payouts.buffer import available, balance_for, safety_net
from rules.payouts.eligibility import Comparator, reaches
from rules.payouts.growth import required_balances
from schemas.money import ZERO, text

_ROW = 3
_NET = ("safety_net_balance", "safety_net", "min_balance", "required_balance", "buffer_balance")


def tell_buffer(case: Case, engine: EngineKind) -> Told:
    """Tell a case about a safety net: what may be taken above it, and where the floor is then."""
    given = Given.params(case)
    initial = given.needed(*SIZE)
    drawdown = given.needed("drawdown", "max_drawdown", "dd", "trailing_drawdown")
    extra = given.number("extra", "plus", "margin", "buffer_extra") or ZERO
    applies = given.numbers("applies_to_payouts", "payouts")
    static = given.flag("static", "static_drawdown") or "static" in given.text("mode", "type")
    cap = given.number("cap", "cap_amount", "max_payout")
    of_size = given.number("cap_pct", "cap_pct_of_account")
    cap = lowest_cap(cap, None if of_size is None else portion(of_size, initial))
    share = (given.numbers(*SPLIT) or [Decimal(1)])[0]
    least = given.number("min_payout", "min_amount", "min_withdrawal") or ZERO
    given.finish()
    net = safety_net(initial, drawdown, extra)
    facts = Facts()
    facts.say(None, net - initial, "safety_net_profit", "buffer", "required_profit", "min_profit")
    facts.say(None, net, *_NET)
    mode = "static" if static else "trail_equity"
    rule = {"mode": mode, "amount": text(drawdown), "lock_offset": text(extra)}
    for number, event in enumerate(case.events, 1):
        fields = Given.event(event)
        balance = fields.needed("balance", "equity")
        asked = fields.number("amount", "request", "withdrawal")
        number = fields.whole("payout_number", "payout", "number", "n") or number  # noqa: PLW2901
        fields.finish()
        held = net if not applies or number in applies else initial + extra
        most = available(balance, held, cap)
        enough = balance >= held if asked is None else ZERO < asked <= most
        pays = enough and (most if asked is None else asked) >= least
        floor = _floor(initial, balance, rule, engine)
        facts.say(event.i, pays, "eligible", "allowed")
        facts.say(event.i, most, "available", "max_withdrawal", "max_payout", "withdrawable")
        facts.say(event.i, portion(share, most), "payout", "trader", "max_trader_payout")
        facts.say(event.i, floor, "floor_after", "floor", "locked_floor")
    if not case.events:
        facts.say(None, _floor(initial, net, rule, engine), "floor_after", "floor", "locked_floor")
    return facts.told(case, initial)


# The floor is the engine's own: of an account that has risen to this balance.
def _floor(initial: Decimal, balance: Decimal, rule: dict[str, str], engine: EngineKind) -> Decimal:
    clock = clock_of({})
    ruleset = case_ruleset(clock, [{"id": "max", "family": "max_drawdown", **rule}], [])
    story = Story()
    account = Standing(story, initial, clock.instant(DAY_ONE, NOON))
    account.move(story.now + MINUTE, balance, balance)
    reading = Reading(story.run(ruleset, engine), ACCOUNT, story.seq)
    return Decimal(reading.rule["floor"])


def tell_cap_table(case: Case, _engine: EngineKind) -> Told:
    """Tell a case about a table of sizes, each with its buffer and the cap of a cycle."""
    given = Given.params(case)
    rows = given.rows("rows", "table")
    cycle = given.whole("cycle", "payout_number") or 1
    given.finish()
    if not rows or any(len(row) < _ROW for row in rows):
        raise NotSupported("parameter `rows`, of other rows than size, buffer and cap")
    sizes = [row[0] for row in rows]
    nets = [safety_net(row[0], row[1]) for row in rows]
    caps = [row[min(len(row), _ROW + cycle - 1) - 1] for row in rows]
    facts = Facts()
    _say_list(facts, sizes, "size", "sizes")
    _say_list(facts, [row[1] for row in rows], "buffer", "buffers")
    _say_list(facts, caps, "cap", "caps", *([] if case.events else ["max_payout", "max_payouts"]))
    _say_list(facts, nets, "buffer_balance", "min_balance", "min_balance_for_payout")
    wanted = [balance_for(cap, net) for cap, net in zip(caps, nets, strict=True)]
    _say_list(facts, wanted, "min_balance_for_max", "balance_for_max", "required_balance")
    shares = [cap / size for cap, size in zip(caps, sizes, strict=True)]
    _say_list(facts, shares, "cap_pct", "cap_pcts")
    for event in case.events:
        fields = Given.event(event)
        balance, size = fields.needed("balance", "equity"), fields.number(*SIZE) or sizes[0]
        fields.finish()
        if size not in sizes:
            raise NotSupported(f"size {size}, which is not in the table")
        place = sizes.index(size)
        most = available(balance, nets[place], caps[place])
        facts.say(event.i, most, "available", "max_payout", "max_withdrawal", "payout")
        facts.say(event.i, most > 0, "eligible")
    return facts.told(case)


def _say_list(facts: Facts, values: list[Decimal], *names: str) -> None:
    said: list[Value] = list(values)
    facts.say(None, said, *names)


def tell_min(case: Case, _engine: EngineKind) -> Told:
    """Tell a case about the least profit that pays."""
    given = Given.params(case)
    initial = given.number(*SIZE) or Decimal(100_000)
    of_limit = given.number("share_of_dd", "share_of_daily_dd", "pct_of_dd", "share_of_drawdown")
    limit = given.number("daily_dd_pct", "dd_pct", "max_dd_pct", "daily_drawdown_pct")
    money_limit = given.number("daily_dd", "dd", "daily_dd_amount")
    pct = given.number("min_profit_pct", "pct", "min_pct")
    threshold = given.number("min_profit", "min_amount", "amount", "threshold", "min_payout")
    if of_limit is not None and (limit is not None or money_limit is not None):
        whole = portion(limit, initial) if limit is not None else money_limit or ZERO
        threshold = portion(of_limit, whole)
    elif pct is not None:
        threshold = portion(pct, initial)
    if threshold is None:
        raise NotSupported("no threshold")
    comparator: Comparator = "gt" if given.text("comparator") in {"gt", ">"} else "gte"
    share = (given.numbers(*SPLIT) or [Decimal(1)])[0]
    of_trader = "trader" in given.text("on", "basis", "of")
    given.finish()
    facts = Facts()
    facts.say(None, threshold, "threshold", "min_profit", "required", "min_payout", "min_amount")
    for event in case.events:
        fields = Given.event(event)
        amount = fields.needed("amount", "profit", "net_profit", "net_pnl", "balance", "equity")
        fields.finish()
        if event.type in {"balance", "equity"}:
            amount -= initial
        if of_trader and event.type not in {"trader_share", "trader"}:
            amount = portion(share, amount)
        enough = reaches(amount, threshold, comparator)
        facts.say(event.i, enough, "eligible", "met", "allowed", "payout_allowed", "ok")
        facts.say(event.i, amount, "trader_share", "amount")
    return facts.told(case, initial)


def tell_ladder(case: Case, _engine: EngineKind) -> Told:
    """Tell a case about the balance each payout of a ladder needs."""
    given = Given.params(case)
    initial = given.needed(*SIZE)
    shares = given.numbers("pcts", "steps", "targets", "target_pcts", "pct")
    from_initial = given.text("base") in {"initial", "initial_balance", "initial balance"}
    given.finish()
    if not shares:
        raise NotSupported("parameter `pcts` is missing")
    paid = []
    for event in case.events:
        fields = Given.event(event)
        paid.append(fields.needed("amount", "payout"))
        fields.finish()
    if from_initial:
        steps = [shares[min(number, len(shares) - 1)] for number in range(len(paid) + 1)]
        balances = [initial + portion(step, initial) for step in steps]
    else:
        balances = required_balances(initial, shares, paid)
    left = [initial, *(before - out for before, out in zip(balances, paid, strict=False))]
    facts = Facts()
    _say_list(facts, balances, "required_balance", "required_balances", "target_balance")
    gains = [balance - base for balance, base in zip(balances, left, strict=True)]
    _say_list(facts, gains, "required_profit", "targets", "target")
    _say_list(facts, left[1:], "balance_after", "balances_after")
    for place, event in enumerate(case.events):
        facts.say(event.i, balances[place], "required_balance_before", "required")
        facts.say(event.i, balances[place + 1], "next_required_balance")
    return facts.told(case, initial)
