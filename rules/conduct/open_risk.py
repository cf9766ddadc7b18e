"""All open positions together may not be planned to lose more than a limit.

    open risk = Σ planned risk of every position at its present stop

The limit is an amount, a share of the initial balance or of the balance, or a share of what the
phase's daily loss rule allows (``pct_of_daily_limit``). ``without_stop`` says what a position
without a stop counts: nothing, or all it was worth when it was opened.

>>> from schemas.fields import parse_model
>>> raw = {"id": "open", "family": "open_risk", "pct_of_daily_limit": "0.5"}
>>> parse_model(OpenRiskParams, raw).needs
{'pct_of_daily_limit': 'daily_loss'}

Source: catalogue section 7, "Open risk" (Finotive).
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator

from rules.conduct.amounts import against, allowed, share, texts
from rules.conduct.common import Conduct, LevelParams, Measure
from rules.conduct.facts import Fact
from rules.conduct.limits import check_base
from rules.conduct.planned import Plan, PlannedRisks
from rules.conduct.scene import Scene
from rules.params import PositiveMoney, Share
from rules.reference.positions import ZERO
from schemas.errors import BadValue

_DAILY = "daily_loss"


class OpenRiskParams(LevelParams):
    """Parameters of ``open_risk``: one of the three limits."""

    family: Literal["open_risk"]
    pct: Share | None = None
    amount: PositiveMoney | None = None
    pct_of_daily_limit: Share | None = None
    pct_base: Literal["initial", "balance"] = "initial"
    without_stop: Literal["nothing", "notional"] = "nothing"

    @model_validator(mode="after")
    def _limit(self) -> Self:
        given = [self.pct, self.amount, self.pct_of_daily_limit]
        if given.count(None) != len(given) - 1:
            message = "exactly one of `pct`, `amount` and `pct_of_daily_limit` is required"
            raise BadValue(message, "pct")
        check_base(self)
        if self.pct is None and "pct_base" in self.model_fields_set:
            raise BadValue("has no meaning without `pct`", "pct_base")
        return self

    @property
    def needs(self) -> Mapping[str, str]:
        """The family whose allowance it takes a share of."""
        return {} if self.pct_of_daily_limit is None else {"pct_of_daily_limit": _DAILY}


class OpenRisk(Conduct):
    """The planned risk of everything open."""

    metric: ClassVar[str] = "open_risk"

    __slots__ = ("_allowance", "risks")

    def __init__(self, params: Any) -> None:
        super().__init__(params)
        self.risks = PlannedRisks()
        self._allowance: Decimal | None = None

    def open(self, scene: Scene) -> None:
        """Take the positions there are."""
        self.risks.open(scene)

    def observe(self, fact: Fact, scene: Scene) -> None:
        """Take note of what an event changed."""
        self.risks.note(fact, scene)
        self._allowance = None

    def start_session(self, scene: Scene) -> None:
        """Look the daily limit up again."""
        del scene
        self._allowance = None

    def measure(self, scene: Scene) -> Measure | None:
        """Add up what every position may lose."""
        risks = {name: self._counted(plan) for name, plan in self.risks.plans.items()}
        return against(sum(risks.values(), ZERO), self._limit(scene), {"risks": texts(risks)})

    def adopt(self, old: "OpenRisk") -> None:
        """Keep what only the events so far could tell."""
        self.risks.adopt(old.risks)

    # An allowance that follows the day's peak rises with ticks. It is taken over at the account's
    # own events and boundaries only, so that no tick moves the limit.
    def _limit(self, scene: Scene) -> Decimal:
        part = self.params.pct_of_daily_limit
        if part is None:
            return allowed(self.params, scene)
        now = scene.allowance(_DAILY) or ZERO
        if self._allowance is None:
            self._allowance = now
        return share(part, min(self._allowance, now))

    def _counted(self, plan: Plan) -> Decimal:
        if plan.stop is None and self.params.without_stop == "notional":
            return plan.at_cost
        return plan.risk or ZERO
