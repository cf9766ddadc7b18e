"""The kinds of traders: how many there are, how much they risk, how their accounts are kept."""

from dataclasses import dataclass

from connectors.synthetic import reckless, steady
from connectors.synthetic.trader import Act


@dataclass(frozen=True, slots=True)
class Kind:
    """A way of trading.

    Args:
        share: of all traders.
        risk: lowest and highest part of the account that one stride against a position costs.
        favourites: how many instruments a trader of the kind looks at.
        hedging: share of its accounts in hedging mode.
        first_s: latest first act, in show seconds after the opening.
    """

    name: str
    act: Act
    share: float
    risk: tuple[float, float]
    favourites: int
    hedging: float
    first_s: float


KINDS: tuple[Kind, ...] = (
    Kind("scalper", steady.scalp, 0.20, (0.003, 0.010), 4, 0.0, 6.0),
    Kind("swing", steady.swing, 0.22, (0.003, 0.010), 5, 0.2, 15.0),
    Kind("holder", steady.hold, 0.16, (0.001, 0.005), 6, 0.3, 30.0),
    Kind("hedger", steady.hedge, 0.08, (0.003, 0.010), 3, 1.0, 12.0),
    Kind("martingale", reckless.martingale, 0.10, (0.001, 0.003), 3, 0.2, 8.0),
    Kind("stop-remover", reckless.remove_stops, 0.10, (0.006, 0.020), 3, 0.0, 8.0),
    Kind("news-gambler", reckless.gamble_on_news, 0.07, (0.010, 0.030), 1, 0.0, 8.0),
    Kind("grid", reckless.grid, 0.07, (0.001, 0.004), 2, 1.0, 10.0),
)
