"""How many contracts an account may hold grows with its balance, tier by tier.

    limit = that of the highest tier the balance has reached

The balance is looked up live, or at the end of the rule's session: then the limit holds for the
whole next one, and can go down as well as up. Below the lowest tier that tier's limit holds.

>>> from schemas.fields import parse_model
>>> raw = {"id": "s", "family": "contract_scaling", "tiers": [["0", "2"], ["1501", "3"]]}
>>> params = parse_model(ContractScalingParams, raw)
>>> [str(params.limit_at(Decimal(balance))) for balance in (-1, 1500, 1501)]
['2', '2', '3']

Source: catalogue section 7, "Scaling plan".
"""

from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from pydantic import PlainValidator, WithJsonSchema

from rules.conduct.amounts import against, sizes, texts
from rules.conduct.common import Conduct, LevelParams, Measure
from rules.conduct.limits import Factors, Symbols
from rules.conduct.scene import Scene
from rules.reference.positions import ZERO
from schemas.errors import BadValue, InputError, quoted
from schemas.money import text
from schemas.readers import amount, amount_from_zero

_NUMBER = {"type": "string"}
_PAIR = {"type": "array", "minItems": 2, "maxItems": 2, "items": _NUMBER}


def _tier(value: object, place: int) -> tuple[Decimal, Decimal]:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise BadValue(f"must be [balance, limit], was {quoted(value)}", str(place))
    try:
        return amount(value[0]), amount_from_zero(value[1])
    except InputError as error:
        raise error.under(str(place)) from None


def _tiers(value: object) -> tuple[tuple[Decimal, Decimal], ...]:
    if not isinstance(value, list | tuple) or not value:
        raise BadValue(f"must be a list of [balance, limit], was {quoted(value)}")
    tiers = tuple(_tier(item, place) for place, item in enumerate(value))
    for place in range(1, len(tiers)):
        if tiers[place][0] <= tiers[place - 1][0]:
            raise BadValue("must start above the tier before it", str(place))
    return tiers


class ContractScalingParams(LevelParams):
    """Parameters of ``contract_scaling``.

    Attributes:
        tiers: pairs of a balance (or profit), account currency, and the contracts from there on.
        tier_by: what is looked up: the balance, or what it is above the initial balance.
        evaluated: at every step, or at the end of the rule's session for the next one.
    """

    family: Literal["contract_scaling"]
    tiers: Annotated[
        tuple[tuple[Decimal, Decimal], ...],
        PlainValidator(_tiers),
        WithJsonSchema({"type": "array", "minItems": 1, "items": _PAIR}),
    ]
    tier_by: Literal["balance", "profit"] = "balance"
    evaluated: Literal["live", "eod"] = "live"
    weights: Factors | None = None
    symbols: Symbols | None = None

    def limit_at(self, reached: Decimal) -> Decimal:
        """Return the contracts allowed at a balance (or profit)."""
        fitting = [limit for start, limit in self.tiers if start <= reached]
        return fitting[-1] if fitting else self.tiers[0][1]


class ContractScaling(Conduct):
    """The weighted sum of everything held, against the tier in force."""

    metric: ClassVar[str] = "contracts"

    __slots__ = ("balance",)

    def __init__(self, params: Any) -> None:
        super().__init__(params)
        self.balance = ZERO

    def open(self, scene: Scene) -> None:
        """Look the first session's balance up."""
        self.balance = scene.standing.balance

    def start_session(self, scene: Scene) -> None:
        """Look up the balance the session ended with."""
        self.balance = scene.standing.balance

    def measure(self, scene: Scene) -> Measure | None:
        """Add up what is held."""
        params = self.params
        balance = scene.standing.balance if params.evaluated == "live" else self.balance
        reached = balance - scene.initial if params.tier_by == "profit" else balance
        held = sizes(scene, params.symbols, params.weights)
        facts = {"sizes": texts(held), params.tier_by: text(reached)}
        return against(sum(held.values(), ZERO), params.limit_at(reached), facts)

    def adopt(self, old: "ContractScaling") -> None:
        """Keep the balance that was looked up."""
        self.balance = old.balance
