"""The margin of what an account holds may not take more than a share of its money.

    Σ notional / leverage ≤ pct × base

Each instrument has the leverage of the pattern in ``leverages`` that fits it best, else
``leverage``. Each position's margin is rounded half-even to the unit.

>>> from schemas.fields import parse_model
>>> raw = {"id": "m", "family": "margin_use", "pct": "0.65", "leverage": "100"}
>>> parse_model(MarginUseParams, raw | {"leverages": {"BTC*": "2"}}).leverages
{'BTC*': Decimal('2')}

Source: catalogue section 7, "Exposure" (Xpert).
"""

from decimal import ROUND_CEILING, Decimal
from typing import ClassVar, Literal

from rules.conduct.amounts import against, base, factor, share, texts, worth
from rules.conduct.bounds import ONE, Bound, Group, Term, within
from rules.conduct.common import Conduct, LevelParams, Measure
from rules.conduct.limits import Base, Factor, Factors
from rules.conduct.scene import Scene
from rules.conduct.sums import limit_of
from rules.params import Share
from rules.reference.positions import ZERO
from schemas.money import round_unit

_PART = Decimal("1E-8")


class MarginUseParams(LevelParams):
    """Parameters of ``margin_use``."""

    family: Literal["margin_use"]
    pct: Share
    pct_base: Base = "equity"
    leverage: Factor
    leverages: Factors | None = None


class MarginUse(Conduct):
    """The margin of everything held."""

    metric: ClassVar[str] = "margin"
    follows_prices: ClassVar[bool] = True

    __slots__ = ()

    def measure(self, scene: Scene) -> Measure | None:
        """Add up the margin of every position."""
        params = self.params
        margins = {
            value.position.id: round_unit(
                worth(value)
                / factor(params.leverages, value.position.instrument.symbol, params.leverage)
            )
            for value in scene.values
        }
        limit = share(params.pct, base(params.pct_base, scene))
        return against(sum(margins.values(), ZERO), limit, {"margins": texts(margins)})

    def bounds(self, scene: Scene, part: Decimal) -> list[Bound]:
        """Return the sum of prices it compares."""
        params = self.params
        terms = []
        for position in scene.positions.values():
            leverage = factor(params.leverages, position.instrument.symbol, params.leverage)
            # Rounded up, the margin is never taken for less than it is.
            each = (ONE / leverage).quantize(_PART, rounding=ROUND_CEILING)
            terms.append(Term(position, notional=each))
        limit = limit_of(params.pct, params.pct_base, scene)
        return within([Group(tuple(terms))], limit, scene, part)
