"""What the synthetic instruments are made of: currencies, metals, indices and coins.

Every asset has a value in a common money and a path of its own; an instrument's price is one asset
measured in another. Crosses are therefore consistent with the majors by construction. Values and
moves are round figures of the right size, not anybody's quotes.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Asset:
    """One thing that is traded, and how it moves.

    Args:
        name: its code, as instruments name it in `base` and `quote`.
        value: worth of one unit at the start, in USD (an index: in its own points).
        day_move: standard deviation of a day's return, as a fraction.
        dollar, risk, coins: how much of that move is the common factor's, each in -1..1; a strong
            dollar, a good mood and a coin rally are positive factors.
    """

    name: str
    value: float
    day_move: float
    dollar: float = 0.0
    risk: float = 0.0
    coins: float = 0.0

    @property
    def own(self) -> float:
        """Return the weight of the asset's private noise, so that all weights square to one."""
        shared = self.dollar**2 + self.risk**2 + self.coins**2
        return float(max(0.0, 1.0 - shared) ** 0.5)


# The yardstick: it never moves against itself.
DOLLAR = Asset("USD", 1.0, 0.0)

ASSETS: tuple[Asset, ...] = (
    DOLLAR,
    Asset("EUR", 1.0904, 0.0055, dollar=-0.75, risk=0.10),
    Asset("GBP", 1.2935, 0.0060, dollar=-0.70, risk=0.25),
    Asset("AUD", 0.6290, 0.0075, dollar=-0.55, risk=0.55),
    Asset("NZD", 0.5715, 0.0078, dollar=-0.55, risk=0.50),
    Asset("JPY", 0.006766, 0.0068, dollar=-0.55, risk=-0.45),
    Asset("CHF", 1.1344, 0.0058, dollar=-0.70, risk=-0.25),
    Asset("CAD", 0.6930, 0.0048, dollar=-0.60, risk=0.35),
    Asset("XAU", 2915.0, 0.0105, dollar=-0.50, risk=-0.20),
    Asset("XAG", 32.90, 0.0190, dollar=-0.50, risk=0.20),
    Asset("XPT", 985.0, 0.0160, dollar=-0.40, risk=0.25),
    Asset("US500", 5590.0, 0.0130, dollar=-0.10, risk=0.90),
    Asset("US100", 19400.0, 0.0165, dollar=-0.10, risk=0.90),
    Asset("US30", 41500.0, 0.0115, dollar=-0.10, risk=0.85),
    Asset("DE40", 22400.0, 0.0125, risk=0.75),
    Asset("FR40", 7950.0, 0.0120, risk=0.75),
    Asset("CH20", 12800.0, 0.0095, risk=0.60),
    Asset("UK100", 8510.0, 0.0090, risk=0.65),
    Asset("JP225", 36800.0, 0.0155, dollar=0.20, risk=0.60),
    Asset("AU200", 7890.0, 0.0100, risk=0.60),
    Asset("BTC", 82500.0, 0.0300, risk=0.35, coins=0.80),
    Asset("ETH", 1920.0, 0.0420, risk=0.30, coins=0.80),
    Asset("SOL", 125.0, 0.0520, risk=0.30, coins=0.75),
    Asset("XRP", 2.20, 0.0500, risk=0.20, coins=0.70),
    Asset("USDT", 0.9998, 0.0003, coins=0.30),
)

BY_NAME: dict[str, Asset] = {asset.name: asset for asset in ASSETS}
