"""An account may not hold more than so many contracts, all its positions together.

    size = Σ |quantity| × weight

Long and short add up, they don't offset. A weight, by symbol or pattern, says what one contract
counts: a micro that counts a tenth of a mini has ``0.1``. Without one it counts 1.

>>> from schemas.fields import parse_model
>>> raw = {"id": "size", "family": "max_position", "limit": "5", "weights": {"MES*": "0.1"}}
>>> parse_model(MaxPositionParams, raw).weights
{'MES*': Decimal('0.1')}

Source: catalogue section 7, "Max contracts".
"""

from typing import ClassVar, Literal

from rules.conduct.amounts import against, sizes, texts
from rules.conduct.common import Conduct, LevelParams, Measure
from rules.conduct.limits import Factors, Quantity, Symbols
from rules.conduct.scene import Scene
from rules.reference.positions import ZERO


class MaxPositionParams(LevelParams):
    """Parameters of ``max_position``."""

    family: Literal["max_position"]
    limit: Quantity
    weights: Factors | None = None
    symbols: Symbols | None = None


class MaxPosition(Conduct):
    """The weighted sum of everything held."""

    metric: ClassVar[str] = "contracts"

    __slots__ = ()

    def measure(self, scene: Scene) -> Measure | None:
        """Add up what is held."""
        held = sizes(scene, self.params.symbols, self.params.weights)
        return against(sum(held.values(), ZERO), self.params.limit, {"sizes": texts(held)})
