"""Who takes part: accounts with their plans, phases and owners, and how each of them trades."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from connectors.synthetic.account import Account
from connectors.synthetic.draws import Draws
from connectors.synthetic.kinds import KINDS, Kind
from connectors.synthetic.plans import PLANS, Plan
from connectors.synthetic.quotes import Terms
from connectors.synthetic.trader import Trader
from schemas.instruments import Conversion

LATE_SHARE = 0.08  # accounts opened while the market runs, by traders who already have one
LATE_S = (3.0, 20.0)
CALM_RISK = 0.003  # nobody this careful ends an account within a demo


@dataclass(slots=True, eq=False)
class Member:
    """A trader with his account, before it is opened.

    Args:
        opens_s: show seconds after the first quote at which it is opened; 0: just before it.
        extras: optional fields of its `account.opened`.
    """

    trader: Trader
    kind: Kind
    opens_s: float
    extras: dict[str, object] = field(default_factory=dict)

    @property
    def account(self) -> Account:
        """Return the member's account."""
        return self.trader.account

    @property
    def calm(self) -> bool:
        """Return whether the account is sure to live on, so that an operator's act finds it."""
        holds = self.kind.name == "holder" and self.trader.risk < CALM_RISK
        return holds and self.account.phase == "evaluation"


def populate(count: int, terms: Sequence[Terms], draws: Draws) -> list[Member]:
    """Return `count` members; the seed decides everything about them."""
    members: list[Member] = []
    first: list[Member] = []
    for number in range(1, count + 1):
        earlier = None
        if first and draws.chance(LATE_SHARE):
            earlier = draws.pick(first).account
        members.append(_member(number, earlier, terms, draws))
        if earlier is None:
            first.append(members[-1])
    return members


def _member(number: int, earlier: Account | None, terms: Sequence[Terms], draws: Draws) -> Member:
    kind = draws.weighted([(one, one.share) for one in KINDS])
    plan = draws.weighted([(one, one.share) for one in PLANS])
    phase, funded = draws.weighted([((name, paid), share) for name, paid, share in plan.phases])
    hedging = draws.chance(kind.hedging)
    owner = earlier.trader_id if earlier else f"T{number:05d}"
    account = Account(number, owner, plan, phase, funded, hedging, plan.initial)
    choice = _tradable(plan, terms)
    symbols = tuple(draws.pick(choice) for _ in range(kind.favourites))
    low, high = kind.risk
    # Most are near the careful end; the square leaves a few who overdo it.
    risk = low + (high - low) * draws.unit() ** 2
    opens_s = draws.between(*LATE_S) if earlier else 0.0
    member = Member(Trader(account, kind.act, symbols, risk), kind, opens_s)
    member.extras = _extras(member, earlier, draws)
    return member


# Instruments of the plan's groups whose P/L can be turned into its currency. The short form of a
# conversion is meant for accounts in USD.
def _tradable(plan: Plan, terms: Sequence[Terms]) -> list[int]:
    found = []
    for number, one in enumerate(terms):
        short = isinstance(one.instrument.conversion, Conversion) and plan.currency != "USD"
        own = one.instrument.pnl_currency == plan.currency
        reached = own or (one.instrument.has_rate_path(plan.currency) and not short)
        if one.group in plan.groups and reached:
            found.append(number)
    # Of a foreign catalogue anything may do; what can be priced is found out when trading.
    return found or list(range(len(terms)))


def _extras(member: Member, earlier: Account | None, draws: Draws) -> dict[str, object]:
    account = member.account
    extras: dict[str, object] = {}
    if account.phase != account.plan.phases[0][0] or draws.chance(0.5):
        extras["phase"] = account.phase
    if draws.chance(0.5):
        extras["currency"] = account.plan.currency
    # Only a hedger's first fill names its position; the others must say how they are kept.
    if account.hedging and (member.kind.name != "hedger" or draws.chance(0.5)):
        extras["position_mode"] = "hedging"
    elif not account.hedging and draws.chance(0.3):
        extras["position_mode"] = "netting"
    if earlier is not None:
        extras["previous_account_id"] = earlier.account_id
    if account.plan.ruleset == "harbor-2step-100k@2" and draws.chance(0.05):
        extras["overrides"] = {"daily": {"pct": "0.03"}}
    return extras
