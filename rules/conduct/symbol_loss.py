"""What one symbol loses in a session may not pass a share of the balance it started with.

    loss of a symbol = −(realised P/L − commission + swap of the session + floating P/L)
    limit = pct × balance at the rule's session boundary

Floating P/L counts in full, also what a position brought along from the session before. The first
session's balance is the initial one.

>>> from schemas.fields import parse_model
>>> raw = {"id": "sym", "family": "symbol_loss", "pct": "0.02", "reset_time": "16:59"}
>>> parse_model(SymbolLossParams, raw).counts
'total'

Source: catalogue section 8, "symbol day loss" (Funded Trading Plus).
"""

from decimal import Decimal
from typing import Any, ClassVar, Literal

from rules.conduct.amounts import against, by, largest, share, texts
from rules.conduct.bounds import Bound, Group, Limit, losses_of, within
from rules.conduct.common import Conduct, Measure
from rules.conduct.facts import Fact, Filled
from rules.conduct.limits import LossLimitParams
from rules.conduct.scene import Scene
from rules.conduct.sums import grouped, losing
from rules.reference.positions import ZERO
from schemas.money import text


class SymbolLossParams(LossLimitParams):
    """Parameters of ``symbol_loss``.

    Attributes:
        counts: what the session realised and what floats, or what floats alone.
        sum: whether winning positions offset the losing ones of their symbol.
    """

    family: Literal["symbol_loss"]
    counts: Literal["total", "floating"] = "total"
    sum: Literal["net", "losses_only"] = "net"


class SymbolLoss(Conduct):
    """The loss of the symbol that loses most."""

    metric: ClassVar[str] = "symbol_loss"
    follows_prices: ClassVar[bool] = True

    __slots__ = ("balance", "realized")

    def __init__(self, params: Any) -> None:
        super().__init__(params)
        self.balance = ZERO
        self.realized: dict[str, Decimal] = {}

    def open(self, scene: Scene) -> None:
        """Take the balance the account has now."""
        self.balance = scene.standing.balance

    def observe(self, fact: Fact, scene: Scene) -> None:
        """Book what a fill realised under its symbol."""
        del scene
        if isinstance(fact, Filled) and self.params.counts == "total":
            symbol = fact.instrument.symbol
            self.realized[symbol] = self.realized.get(symbol, ZERO) + self._counted(fact.net)

    def start_session(self, scene: Scene) -> None:
        """Take the balance the session ended with, and forget what it realised."""
        self.balance = scene.standing.balance
        self.realized.clear()

    def measure(self, scene: Scene) -> Measure | None:
        """Add up every symbol's result."""
        floating = (
            (value.position.instrument.symbol, self._counted(value.pnl)) for value in scene.values
        )
        results = by([*self.realized.items(), *floating])
        losses = {symbol: -result for symbol, result in results.items()}
        params = self.params
        limit = share(params.pct, self.balance) if params.amount is None else params.amount
        facts = {"losses": texts(losses), "balance_at_reset": text(self.balance)}
        return against(largest(losses), limit, facts)

    def bounds(self, scene: Scene, part: Decimal) -> list[Bound]:
        """Return the sums of prices it compares, for every symbol held."""
        params = self.params
        amount = params.amount if params.pct is None else share(params.pct, self.balance)
        limit = Limit(amount)
        found = []
        for some in grouped(list(scene.positions.values()), "symbol"):
            lost = -self.realized.get(some[0].instrument.symbol, ZERO)
            if params.sum == "net":
                found += within([Group(losses_of(some), lost)], limit, scene, part)
            else:
                found += losing(some, lost, limit, scene, part)
        return found

    def adopt(self, old: "SymbolLoss") -> None:
        """Keep the session's balance and results."""
        self.balance, self.realized = old.balance, dict(old.realized)

    def _counted(self, result: Decimal) -> Decimal:
        return result if self.params.sum == "net" else min(ZERO, result)
