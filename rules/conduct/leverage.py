"""What an account holds may not be worth more than so many times its equity.

    Σ notional ≤ limit × equity

Leverage by asset class is one rule per class: ``symbols`` names what it is about. The right side
is rounded half-even to the unit and is 0 once nothing is left.

>>> from schemas.fields import parse_model
>>> raw = {"id": "lev", "family": "leverage", "limit": "30", "symbols": ["EUR*", "*USD"]}
>>> parse_model(LeverageParams, raw).symbols
('EUR*', '*USD')

Source: catalogue section 7, "Leverage by asset class".
"""

from decimal import Decimal
from typing import ClassVar, Literal

from rules.conduct.amounts import against, notionals, share, texts
from rules.conduct.bounds import Bound, Group, Limit, within
from rules.conduct.common import Conduct, LevelParams, Measure
from rules.conduct.limits import Factor, Symbols
from rules.conduct.scene import Scene
from rules.conduct.sums import concerned, worth_of
from rules.reference.positions import ZERO


class LeverageParams(LevelParams):
    """Parameters of ``leverage``."""

    family: Literal["leverage"]
    limit: Factor
    symbols: Symbols | None = None


class Leverage(Conduct):
    """What is held, at its marks, against a multiple of equity."""

    metric: ClassVar[str] = "notional"
    follows_prices: ClassVar[bool] = True

    __slots__ = ()

    def measure(self, scene: Scene) -> Measure | None:
        """Value what is held."""
        held = notionals(scene, self.params.symbols)
        limit = share(self.params.limit, scene.standing.equity)
        return against(sum(held.values(), ZERO), limit, {"notionals": texts(held)})

    def bounds(self, scene: Scene, part: Decimal) -> list[Bound]:
        """Return the sum of prices it compares."""
        held = worth_of(concerned(scene, self.params.symbols))
        return within([Group(held)], Limit(of_equity=self.params.limit), scene, part)
