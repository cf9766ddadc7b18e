"""Cases about accounts that grow: scaling plans, and several accounts that become one."""

from decimal import Decimal

from flows.cases.checks import Told
from flows.cases.clock import DAY_ONE, NOON, clock_of
from flows.cases.document import Case, NotSupported
from flows.cases.given import Given
from flows.cases.policies.amounts import SIZE
from flows.cases.policies.facts import Facts
from flows.cases.reading import Reading
from flows.cases.ruleset import case_ruleset
from flows.cases.standing import ACCOUNT, Standing
from flows.cases.story import Story
from flows.engines import EngineKind
from rules.payouts.growth import ScalingPlan, merged
from rules.payouts.split import share_of_payout
from schemas.money import text

_USUAL_DAILY, _USUAL_MAX = Decimal("0.05"), Decimal("0.1")
_STARTS = ("start", "open", "initial")
_SCALES = ("scale", "scale_up", "step", "review", "cycle", "quarter")
_PAIR = 2


def tell_scaling(case: Case, engine: EngineKind) -> Told:
    """Tell a case about a scaling plan: sizes, and the two limits that grow with them."""
    given = Given.params(case)
    plan = _plan(given)
    shares = [*given.numbers("split_before", "split"), *given.numbers("split_after")]
    daily = given.number("daily_pct", "daily_loss_pct", "daily_limit_pct") or _USUAL_DAILY
    static = given.number("max_pct", "max_loss_pct", "max_drawdown_pct") or _USUAL_MAX
    size = original = given.number(*SIZE, "original_size")
    given.finish()
    facts = Facts()
    steps = 0
    for event in case.events:
        fields = Given.event(event)
        stated = fields.number("balance", *SIZE)
        if event.type in _STARTS or (size is None and stated is not None):
            size = original = stated or size
            scaled = False
        elif event.type not in _SCALES:
            raise NotSupported(f"event `{event.type}`")
        else:
            scaled = True
        if size is None or original is None:
            raise NotSupported("no balance to start from")
        if scaled:
            scaled = _earned(plan, size, fields)
            before, size = size, plan.grown(original, size) if scaled else size
            scaled = size > before
            steps += scaled
        fields.finish()
        facts.say(event.i, size, "balance", "size", "account", "account_size", "new_balance")
        facts.say(event.i, scaled, "scaled", "eligible", "scale")
        if shares:
            facts.say(event.i, share_of_payout(shares, steps + 1), "split", "share")
        floors = _floors(size, daily, static, engine)
        facts.say(event.i, size - floors[0], "daily", "daily_loss", "daily_limit")
        facts.say(event.i, size - floors[1], "max", "max_loss", "max_drawdown")
        facts.say(event.i, floors[1], "floor", "max_floor")
    return facts.told(case)


def _plan(given: Given) -> ScalingPlan:
    of_original = given.number("step_pct_of_original", "step_pct_original")
    step = of_original or given.number("step_pct", "step_pct_of_current", "step", "increase_pct")
    factor = given.number("multiplier", "factor")
    compounding = given.flag("compounding")
    if step is None and factor is not None:
        step, compounding = factor - 1, compounding is not False
    if step is None:
        raise NotSupported("parameter `step_pct` is missing")
    if compounding is None:
        compounding = of_original is None
    above = given.number("min_profit_pct_gt", "profit_gt")
    return ScalingPlan(
        step=step,
        base="current" if compounding else "original",
        cap=given.number("cap", "max_size", "max_balance"),
        min_profit=above
        or given.number("min_profit_pct", "min_profit", "profit_pct")
        or Decimal(0),
        strict=above is not None or given.text("comparator") == "gt",
        min_payouts=given.whole("min_payouts", "payouts") or 0,
        min_months=given.whole("cycle_months", "every_months", "months", "min_months") or 0,
    )


# A review that says nothing of a condition is one at which it holds.
def _earned(plan: ScalingPlan, size: Decimal, fields: Given) -> bool:
    share, profit = fields.number("profit_pct", "gain_pct"), fields.number("profit", "net_profit")
    if profit is None:
        profit = (plan.min_profit + 1 if share is None else share) * size
    payouts, months = fields.whole("payouts", "payout_count"), fields.whole("months")
    return plan.earned(
        size,
        profit,
        plan.min_payouts if payouts is None else payouts,
        plan.min_months if months is None else months,
    )


# The limits are the engine's own: of an account that opens with this size.
def _floors(
    size: Decimal, daily: Decimal, static: Decimal, engine: EngineKind
) -> tuple[Decimal, Decimal]:
    clock = clock_of({})
    rules = [
        {"id": "daily", "family": "daily_loss", "pct": text(daily)},
        {"id": "max", "family": "max_drawdown", "mode": "static", "pct": text(static)},
    ]
    story = Story()
    Standing(story, size, clock.instant(DAY_ONE, NOON))
    decisions = story.run(case_ruleset(clock, rules, []), engine)
    shown = Reading(decisions, ACCOUNT, story.seq).progress["rules"]
    return Decimal(shown[0]["floor"]), Decimal(shown[1]["floor"])


def tell_merge(case: Case, _engine: EngineKind) -> Told:
    """Tell a case about one account that takes the place of several."""
    given = Given.params(case)
    cap = given.text("cap")
    given.finish()
    if "largest" not in cap and cap not in {"none", ""}:
        raise NotSupported(f"cap {cap!r}")
    facts = Facts()
    for event in case.events:
        fields = Given.event(event)
        rows = fields.rows("accounts")
        fields.finish()
        if not rows or any(len(row) != _PAIR for row in rows):
            raise NotSupported("accounts that are not pairs of size and balance")
        total = sum((row[1] for row in rows), Decimal(0))
        start = merged([(row[0], row[1]) for row in rows]) if "largest" in cap else total
        facts.say(event.i, start, "start_balance", "balance", "starting_balance", "live_balance")
        facts.say(event.i, total, "total", "sum")
        facts.say(event.i, total > start, "capped")
    return facts.told(case)
