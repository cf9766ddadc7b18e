"""The latest bid and ask of every instrument, and what they are worth to an account.

This is the traders' idea of money, good enough to size an order or to feel a loss; the engine's
books are the exact ones. It is decimal all the same, so that a seed decides every digit.
"""

from dataclasses import dataclass
from decimal import Decimal

from connectors.synthetic.instruments import LISTINGS
from schemas.instruments import Instrument, InstrumentTable

CENT = Decimal("0.01")
DAY_S = 86_400.0
UNKNOWN_DAY_MOVE = 0.01
_BY_SYMBOL = {listing.symbol: listing for listing in LISTINGS}


@dataclass(frozen=True, slots=True)
class Terms:
    """What the traders need to know about an instrument.

    Args:
        point, step: one unit of the last price and quantity digit.
        group: as in `Listing`; instruments of other catalogues count as `fx`.
        day_move: usual size of a day's relative move.
    """

    instrument: Instrument
    symbol: str
    price_digits: int
    qty_digits: int
    point: Decimal
    step: Decimal
    group: str
    day_move: float


def read_terms(table: InstrumentTable) -> list[Terms]:
    """Return the terms of listed instruments, in listing order."""
    return [_terms(instrument) for instrument in table]


def _terms(instrument: Instrument) -> Terms:
    known = _BY_SYMBOL.get(instrument.symbol)
    return Terms(
        instrument=instrument,
        symbol=instrument.symbol,
        price_digits=instrument.price_digits,
        qty_digits=instrument.qty_digits,
        point=Decimal(1).scaleb(-instrument.price_digits),
        step=Decimal(1).scaleb(-instrument.qty_digits),
        group=known.group if known else "fx",
        day_move=known.day_move if known else UNKNOWN_DAY_MOVE,
    )


class Quotes:
    """Latest quotes and the conversions they allow.

    Args:
        table: the listed instruments; symbols are their numbers.
        pace: market seconds per second of the show; it sets how far a price goes meanwhile.
    """

    def __init__(self, table: InstrumentTable, pace: float) -> None:
        self.terms = read_terms(table)
        self.bid = [0] * len(self.terms)  # 0: no quote yet
        self.ask = [0] * len(self.terms)
        self._index = table.index
        span = (10.0 * pace / DAY_S) ** 0.5
        # The part of its price an instrument usually covers in ten seconds of the show.
        self.stride_share = [Decimal(str(round(one.day_move * span, 9))) for one in self.terms]

    def stride(self, symbol: int) -> int:
        """Return a usual ten seconds' move in price points, at least twice the present spread."""
        bid, ask = self.bid[symbol], self.ask[symbol]
        return max(2 * (ask - bid), int(bid * self.stride_share[symbol]), 2)

    def middle(self, symbol: int) -> Decimal:
        """Return the mid price, 0 before the first quote."""
        return (self.bid[symbol] + self.ask[symbol]) * self.terms[symbol].point / 2

    def rate(self, symbol: int, currency: str) -> Decimal | None:
        """Return what one unit of the instrument's P/L currency is in the account's, if known."""
        instrument = self.terms[symbol].instrument
        if instrument.pnl_currency == currency:
            return Decimal(1)
        conversion = instrument.conversion_for(currency)
        rate = self.middle(self._index[conversion.symbol]) if conversion else Decimal(0)
        if conversion is None or not rate:
            return None
        return 1 / rate if conversion.op == "divide" else rate

    def worth(self, symbol: int, currency: str) -> Decimal | None:
        """Return what the smallest quantity is worth to an account, None without quote or rate."""
        rate = self.rate(symbol, currency) if self.bid[symbol] else None
        if rate is None:
            return None
        terms = self.terms[symbol]
        units = terms.step * terms.instrument.contract_size
        middle = self.middle(symbol)
        return rate * (units / middle if terms.instrument.kind == "inverse" else units * middle)

    def profit(self, symbol: int, currency: str, entry: int, price: int, qty: int) -> Decimal:
        """Return the P/L in cents of `qty` steps (negative: short) from entry to price."""
        terms = self.terms[symbol]
        rate = self.rate(symbol, currency) or Decimal(0)
        units = qty * terms.step * terms.instrument.contract_size
        if terms.instrument.kind == "inverse":
            move = units / (entry * terms.point) - units / (price * terms.point)
        else:
            move = (price - entry) * terms.point * units
        return (move * rate).quantize(CENT)
