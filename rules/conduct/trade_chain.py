"""Trades that overlap in time may not together lose more than the limit of one.

    a chain: closed trades in one symbol, each of which overlaps another of the chain
    loss of a chain = −Σ results of its trades

Overlapping is transitive: a trade that bridges two others makes all three one chain. It is judged
when a trade closes; a trade still open belongs to none. One that opens at the very instant another
closes does not overlap it.

>>> from schemas.fields import parse_model
>>> raw = {"id": "chain", "family": "trade_chain", "pct": "0.03"}
>>> parse_model(TradeChainParams, raw).sum
'net'

Source: catalogue section 8, "closed loss per overlap chain" (TX3, TopTier).
"""

from decimal import Decimal
from typing import Any, ClassVar, Literal, NamedTuple

from rules.conduct.amounts import allowed
from rules.conduct.common import Deed, Measure
from rules.conduct.facts import Fact, Filled
from rules.conduct.limits import LossLimitParams
from rules.conduct.scene import Scene
from rules.goals.common import Trade
from rules.reference.positions import ZERO
from schemas.instants import instant_text
from schemas.money import text


class TradeChainParams(LossLimitParams):
    """Parameters of ``trade_chain``.

    Attributes:
        sum: whether the chain's winners offset its losers.
    """

    family: Literal["trade_chain"]
    pct_base: Literal["initial", "balance"] = "initial"
    sum: Literal["net", "losses_only"] = "net"


class Chain(NamedTuple):
    """Closed trades that overlap: from when to when, how many, and what they lost."""

    opened_at: int
    closed_at: int
    trades: int
    loss: Decimal


class TradeChain(Deed):
    """The chain that the trade closed last belongs to."""

    metric: ClassVar[str] = "chain_loss"

    __slots__ = ("chains",)

    def __init__(self, params: Any) -> None:
        super().__init__(params)
        self.chains: dict[str, list[Chain]] = {}

    def observe(self, fact: Fact, scene: Scene) -> None:
        """Join the closed trade with every chain it overlaps; judge what it made worse."""
        if not isinstance(fact, Filled) or fact.trade is None:
            return
        trade = fact.trade
        chains = self.chains.get(trade.symbol, [])
        joined = [chain for chain in chains if chain.closed_at > trade.opened_at]
        chain = _joined(joined, trade, self._loss(trade))
        apart = [other for other in chains if other.closed_at <= trade.opened_at]
        self.chains[trade.symbol] = _within_reach([*apart, chain], trade.symbol, scene)
        if chain.loss > max((other.loss for other in joined), default=ZERO):
            facts = {"symbol": trade.symbol, **_shown(chain), "apart": [*map(_shown, apart)]}
            self.found = Measure(chain.loss, allowed(self.params, scene), facts)

    def outlook(self, scene: Scene) -> Measure | None:
        """Return the worst chain that may still grow."""
        losses = (chain.loss for chains in self.chains.values() for chain in chains)
        return Measure(max(losses, default=ZERO).max(ZERO), allowed(self.params, scene))

    def adopt(self, old: "TradeChain") -> None:
        """Keep the chains."""
        self.chains = {symbol: list(chains) for symbol, chains in old.chains.items()}

    def _loss(self, trade: Trade) -> Decimal:
        return -trade.result if self.params.sum == "net" else max(ZERO, -trade.result)


def _joined(chains: list[Chain], trade: Trade, loss: Decimal) -> Chain:
    return Chain(
        min(trade.opened_at, *(chain.opened_at for chain in chains), trade.closed_at),
        trade.closed_at,
        1 + sum(chain.trades for chain in chains),
        loss + sum((chain.loss for chain in chains), ZERO),
    )


def _shown(chain: Chain) -> dict[str, Any]:
    instants = {"opened_at": chain.opened_at, "closed_at": chain.closed_at}
    shown = {name: instant_text(instant) for name, instant in instants.items()}
    return {"trades": chain.trades, **shown, "loss": text(chain.loss)}


# A chain can only grow through a trade of its symbol that is open now and was before it ended.
def _within_reach(chains: list[Chain], symbol: str, scene: Scene) -> list[Chain]:
    opened = [
        position.opened_at
        for position in scene.positions.values()
        if position.instrument.symbol == symbol
    ]
    first = min(opened, default=None)
    return [] if first is None else [chain for chain in chains if chain.closed_at > first]
