"""Which quotes may become ticks: a stale one or a lone spike must not close anybody's account.

A price far from the one before is kept back until as many quotes as `confirm` agree on it: so a
single wrong one never counts, and a real gap costs a few quotes and is believed. A price that was
asked for is that of now, however long ago it changed last; it may not be older than one we know.
"""

from decimal import Decimal
from typing import Literal, NamedTuple

from connectors.feeds.quotes import Quote
from schemas.errors import BadValue, Code, InputError
from schemas.ticks import TickMessage, parse_tick

_NS_PER_MS = 1_000_000
Rule = Literal["stale", "spike"]


class KeptBack(InputError):  # noqa: N818 - named after what is done
    """A quote that could be a tick and is not believed.

    Attributes:
        rule: `stale` or `spike`.
    """

    def __init__(self, rule: Rule, code: Code, message: str, path: str) -> None:
        super().__init__(code, f"{rule}: {message}", path)
        self.rule: Rule = rule


class Limits(NamedTuple):
    """What is let through.

    Attributes:
        max_age_ms: so old a quote may be when it arrives, by the venue's clock and ours.
        max_jump: share of the price before by which the mid may differ; 0 for any.
        confirm: so many quotes in a row that agree are believed, however far they are.
    """

    max_age_ms: int
    max_jump: Decimal
    confirm: int


class _Seen:
    __slots__ = ("at_ms", "doubled_mid", "far", "far_count")

    def __init__(self, at_ms: int, doubled_mid: Decimal) -> None:
        self.at_ms = at_ms
        self.doubled_mid = doubled_mid
        self.far = Decimal(0)
        self.far_count = 0


class Gate:
    """Looks at the quotes of one venue, in the order they came."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._seen: dict[str, _Seen] = {}

    def check(self, quote: Quote) -> None:
        """Let a quote through.

        Raises:
            KeptBack: it is stale, or a spike.
            InputError: it is no tick at all.
        """
        tick = self._tick(quote)
        seen = self._seen.get(quote.symbol)
        age_ms = quote.seen_ms - quote.at_ms
        if age_ms > self._limits.max_age_ms and not quote.current:
            allowed = self._limits.max_age_ms
            raise _stale(f"{age_ms} ms old, at most {allowed} are allowed")
        if seen is not None and quote.at_ms < seen.at_ms:
            raise _stale(f"{seen.at_ms - quote.at_ms} ms before the last one")
        doubled = tick.bid + tick.ask
        if seen is None:
            self._seen[quote.symbol] = _Seen(quote.at_ms, doubled)
            return
        self._check_jump(seen, doubled)
        seen.at_ms, seen.doubled_mid, seen.far_count = quote.at_ms, doubled, 0

    def _check_jump(self, seen: _Seen, doubled: Decimal) -> None:
        if not self._limits.max_jump or self._near(doubled, seen.doubled_mid):
            return
        agrees = seen.far_count > 0 and self._near(doubled, seen.far)
        seen.far, seen.far_count = doubled, seen.far_count + 1 if agrees else 1
        if seen.far_count < self._limits.confirm:
            was, now = seen.doubled_mid / 2, doubled / 2
            message = f"{now:f} is more than {self._limits.max_jump:f} away from {was:f}"
            raise KeptBack("spike", "bad_value", message, "bid")

    def _near(self, doubled: Decimal, other: Decimal) -> bool:
        return abs(doubled - other) <= self._limits.max_jump * other

    def _tick(self, quote: Quote) -> TickMessage:
        for name, text in (("bid", quote.bid), ("ask", quote.ask)):
            if text is None:
                raise BadValue("is missing", name)
        fields = {"ts": str(quote.at_ms * _NS_PER_MS), "symbol": quote.symbol}
        return parse_tick(fields | {"bid": quote.bid, "ask": quote.ask})


def _stale(message: str) -> KeptBack:
    return KeptBack("stale", "bad_ts", message, "ts")
