"""The 40 instruments of the synthetic market, as the contract's section 1.1 wants them.

Accounts are kept in USD, EUR or USDT, so nearly every instrument needs a conversion for somebody:
crosses through a major, perpetuals through USDTUSD, the inverse contract through its own price.
"""

from dataclasses import dataclass

from connectors.synthetic.assets import BY_NAME

# Account currency -> P/L currency -> the symbol whose mid turns one into the other, and how.
CONVERSIONS: dict[str, dict[str, tuple[str, str]]] = {
    "USD": {
        "EUR": ("EURUSD", "multiply"),
        "GBP": ("GBPUSD", "multiply"),
        "AUD": ("AUDUSD", "multiply"),
        "NZD": ("NZDUSD", "multiply"),
        "JPY": ("USDJPY", "divide"),
        "CHF": ("USDCHF", "divide"),
        "CAD": ("USDCAD", "divide"),
        "USDT": ("USDTUSD", "multiply"),
        "BTC": ("BTCUSD-INV", "multiply"),
    },
    "EUR": {
        "USD": ("EURUSD", "divide"),
        "GBP": ("EURGBP", "divide"),
        "AUD": ("EURAUD", "divide"),
        "NZD": ("EURNZD", "divide"),
        "JPY": ("EURJPY", "divide"),
        "CHF": ("EURCHF", "divide"),
        "CAD": ("EURCAD", "divide"),
    },
    "USDT": {
        "USD": ("USDTUSD", "divide"),
        "BTC": ("BTCUSDT-PERP", "multiply"),
    },
}


@dataclass(frozen=True, slots=True)
class Listing:
    """One synthetic instrument: the contract's fields, and how its quotes behave.

    Args:
        group: `fx`, `metal`, `index`, `coin` or `stable`; traders choose by it.
        spread: usual spread, in units of the last price digit.
        busy: share of the quotes it gets, relative to the others.
        basis: its price over the plain ratio of its assets (a perpetual's premium).
    """

    symbol: str
    base: str
    quote: str
    price_digits: int
    qty_digits: int
    contract_size: str
    group: str
    spread: int
    busy: float
    kind: str = "linear"
    mark: str = "bid_ask"
    basis: float = 1.0

    @property
    def pnl_currency(self) -> str:
        """Return the currency profit and loss arise in."""
        return self.base if self.kind == "inverse" else self.quote

    @property
    def measure(self) -> str:
        """Return the asset the price is expressed in; an index is its own measure's number."""
        return "USD" if self.group == "index" else self.quote

    @property
    def day_move(self) -> float:
        """Return the usual size of a day's relative move, from both sides of the price."""
        first, second = BY_NAME[self.base], BY_NAME[self.measure]
        shared = first.dollar * second.dollar + first.risk * second.risk
        cross = 2 * first.day_move * second.day_move * (shared + first.coins * second.coins)
        return float((first.day_move**2 + second.day_move**2 - cross) ** 0.5)

    @property
    def start_points(self) -> int:
        """Return the price the market starts around, in units of the last price digit."""
        ratio = BY_NAME[self.base].value / BY_NAME[self.measure].value * self.basis
        return round(ratio * 10.0**self.price_digits)

    def mapping(self) -> dict[str, object]:
        """Return the instrument as a contract-1.1 mapping; numbers with a fraction are text."""
        body: dict[str, object] = {"symbol": self.symbol}
        if self.kind != "linear":
            body["kind"] = self.kind
        body |= {"base": self.base, "quote": self.quote}
        body |= {"price_digits": self.price_digits, "qty_digits": self.qty_digits}
        body["contract_size"] = self.contract_size
        if self.mark != "bid_ask":
            body["mark"] = self.mark
        body["conversion"] = conversion(self.pnl_currency)
        return body


def conversion(pnl_currency: str) -> dict[str, object]:
    """Return the `conversion` field for a P/L currency.

    Euros need no map: of our account currencies only USD asks for them to be turned, which also
    keeps the contract's short form in use.
    """
    known = {
        account: {"symbol": table[pnl_currency][0], "op": table[pnl_currency][1]}
        for account, table in CONVERSIONS.items()
        if pnl_currency in table
    }
    if pnl_currency == "EUR":
        return dict(known["USD"])
    return dict(known)


def _pair(symbol: str, spread: int, busy: float) -> Listing:
    base, quote = symbol[:3], symbol[3:]
    digits = 3 if quote == "JPY" else 5
    return Listing(symbol, base, quote, digits, 2, "100000", "fx", spread, busy)


def _metal(symbol: str, digits: int, size: str, spread: int, busy: float) -> Listing:
    return Listing(symbol, symbol[:3], symbol[3:], digits, 2, size, "metal", spread, busy)


def _index(symbol: str, quote: str, spread: int, busy: float) -> Listing:
    # The Japanese index counts whole points of ten yen.
    digits, size = (0, "10") if quote == "JPY" else (1, "1")
    return Listing(symbol, symbol, quote, digits, 1, size, "index", spread, busy)


LISTINGS: tuple[Listing, ...] = (
    # Majors.
    _pair("EURUSD", 2, 3.0),
    _pair("GBPUSD", 4, 2.2),
    _pair("USDJPY", 4, 2.6),
    _pair("AUDUSD", 4, 1.6),
    _pair("NZDUSD", 6, 1.2),
    _pair("USDCHF", 6, 1.2),
    _pair("USDCAD", 6, 1.3),
    # Crosses: their profit arises in a third currency.
    _pair("EURGBP", 5, 1.0),
    _pair("EURJPY", 8, 1.2),
    _pair("EURCHF", 8, 0.7),
    _pair("EURAUD", 12, 0.8),
    _pair("EURCAD", 12, 0.7),
    _pair("EURNZD", 18, 0.6),
    _pair("GBPJPY", 12, 1.2),
    _pair("GBPCHF", 14, 0.6),
    _pair("GBPAUD", 15, 0.6),
    _pair("AUDJPY", 9, 0.8),
    _pair("AUDNZD", 12, 0.5),
    _pair("CADJPY", 10, 0.6),
    # Metals.
    _metal("XAUUSD", 3, "100", 220, 2.6),
    _metal("XAGUSD", 4, "5000", 180, 1.2),
    _metal("XPTUSD", 2, "100", 190, 0.4),
    _metal("XAUEUR", 2, "100", 28, 0.6),
    # Indices.
    _index("US500", "USD", 5, 2.0),
    _index("US100", "USD", 12, 2.4),
    _index("US30", "USD", 22, 1.4),
    _index("DE40", "EUR", 12, 1.6),
    _index("FR40", "EUR", 11, 0.7),
    _index("CH20", "CHF", 28, 0.4),
    _index("UK100", "GBP", 11, 0.8),
    _index("JP225", "JPY", 8, 0.8),
    _index("AU200", "AUD", 14, 0.5),
    # Perpetuals, one inverse contract of a dollar a piece, and the stable coin that converts them.
    Listing("BTCUSDT-PERP", "BTC", "USDT", 2, 3, "1", "coin", 10, 4.0, basis=1.0004),
    Listing("ETHUSDT-PERP", "ETH", "USDT", 2, 3, "1", "coin", 2, 3.2, basis=1.0004),
    Listing("SOLUSDT-PERP", "SOL", "USDT", 3, 2, "1", "coin", 12, 1.8, basis=1.0005),
    Listing("XRPUSDT-PERP", "XRP", "USDT", 4, 1, "1", "coin", 3, 1.6, mark="mid", basis=1.0003),
    Listing("BTCUSD-PERP", "BTC", "USD", 1, 4, "1", "coin", 8, 1.6, basis=1.0002),
    Listing("ETHUSD-PERP", "ETH", "USD", 2, 3, "1", "coin", 12, 1.2, mark="mid", basis=1.0002),
    Listing("BTCUSD-INV", "BTC", "USD", 1, 0, "1", "coin", 5, 1.4, kind="inverse"),
    Listing("USDTUSD", "USDT", "USD", 5, 2, "1", "stable", 2, 0.5),
)


def mappings() -> list[dict[str, object]]:
    """Return all 40 instruments as contract-1.1 mappings, in listing order."""
    return [listing.mapping() for listing in LISTINGS]
