"""What an account holds may not be worth more than a multiple of its money.

    Σ notional ≤ multiple × base, or an amount

The base is the balance of the moment, the equity, or the initial balance. Firms that warn first
give ``grace_s`` to come back inside, and say how often (``cures_allowed``).

>>> from schemas.fields import parse_model
>>> raw = {"id": "cap", "family": "notional_cap", "multiple": "2", "grace_s": "300"}
>>> parse_model(NotionalCapParams, raw).pct_base
'balance'

Source: catalogue section 7, "Exposure" (Mubite).
"""

from decimal import Decimal
from typing import ClassVar, Literal, Self

from pydantic import model_validator

from rules.conduct.amounts import against, base, notionals, share, texts
from rules.conduct.bounds import Bound, Group, within
from rules.conduct.common import Conduct, LevelParams, Measure
from rules.conduct.limits import Base, Factor, Symbols, check_base
from rules.conduct.scene import Scene
from rules.conduct.sums import concerned, limit_of, worth_of
from rules.params import PositiveMoney
from rules.reference.positions import ZERO
from schemas.errors import BadValue


class NotionalCapParams(LevelParams):
    """Parameters of ``notional_cap``."""

    family: Literal["notional_cap"]
    multiple: Factor | None = None
    amount: PositiveMoney | None = None
    pct_base: Base = "balance"
    symbols: Symbols | None = None

    @model_validator(mode="after")
    def _limit(self) -> Self:
        if (self.multiple is None) == (self.amount is None):
            raise BadValue("exactly one of `multiple` and `amount` is required", "multiple")
        check_base(self)
        return self


class NotionalCap(Conduct):
    """What is held, at its marks."""

    metric: ClassVar[str] = "notional"
    follows_prices: ClassVar[bool] = True

    __slots__ = ()

    def measure(self, scene: Scene) -> Measure | None:
        """Value what is held."""
        params = self.params
        limit = params.amount
        if limit is None:
            limit = share(params.multiple, base(params.pct_base, scene))
        held = notionals(scene, params.symbols)
        return against(sum(held.values(), ZERO), limit, {"notionals": texts(held)})

    def bounds(self, scene: Scene, part: Decimal) -> list[Bound]:
        """Return the sum of prices it compares."""
        params = self.params
        held = worth_of(concerned(scene, params.symbols))
        limit = limit_of(params.multiple, params.pct_base, scene, params.amount)
        return within([Group(held)], limit, scene, part)
