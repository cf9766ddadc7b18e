"""What a venue said a price is, kept as the text it said."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import orjson

from schemas.errors import BadValue

Kind = Literal["bid_ask", "mark", "last"]
"""Which of a venue's prices becomes the tick: best bid and ask, its mark price, its last trade."""

_NS_PER_MS = 1_000_000


class Quote(NamedTuple):
    """One price of one instrument.

    Attributes:
        symbol: ours.
        bid, ask, last: decimal text, exactly as the venue wrote it; what it left out is None.
        ts_ms: when, by the venue's clock; None where it does not say.
        seen_ms: when it reached us.
        current: the venue was asked for the price of now, so its time is that of the last change.
    """

    symbol: str
    bid: str | None
    ask: str | None
    last: str | None
    ts_ms: int | None
    seen_ms: int
    current: bool = False

    @property
    def at_ms(self) -> int:
        """When it held: by the venue's clock, else by ours."""
        return self.seen_ms if self.ts_ms is None else self.ts_ms

    def to_json(self) -> bytes:
        """Write it as a message of the topic `ticks`."""
        fields = {"ts": str(self.at_ms * _NS_PER_MS), "symbol": self.symbol}
        prices = {"bid": self.bid, "ask": self.ask, "last": self.last}
        return orjson.dumps(fields | {name: text for name, text in prices.items() if text})


def quote_of(kind: Kind, symbol: str, ticker: Mapping[str, Any], seen_ms: int) -> Quote:
    """Read a ticker of ccxt, whose numbers are text.

    Raises:
        BadValue: its time is none.
    """
    given = ticker.get("timestamp")
    if given is not None and not isinstance(given, int):
        raise BadValue("must be milliseconds", "timestamp")
    if kind == "bid_ask":
        return Quote(symbol, _text(ticker, "bid"), _text(ticker, "ask"), None, given, seen_ms)
    price = _text(ticker, "markPrice" if kind == "mark" else "last")
    return Quote(symbol, price, price, price, given, seen_ms)


def _text(ticker: Mapping[str, Any], name: str) -> str | None:
    value = ticker.get(name)
    return None if value is None else str(value)
