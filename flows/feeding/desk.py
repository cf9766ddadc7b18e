"""What one venue's quotes become: ticks, or dead letters in quarantine."""

from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

import orjson

from connectors.feeds.gate import Gate, KeptBack
from connectors.feeds.quotes import Quote
from flows.logging import Logger
from flows.metrics import (
    FEED_AGE,
    FEED_GAP,
    FEED_QUARANTINED,
    FEED_QUOTES,
    FEED_RECONNECTS,
)
from schemas.dead_letters import DeadLetter
from schemas.errors import BadValue, InputError


class Message(NamedTuple):
    """A record for one of the two topics."""

    topic: Literal["ticks", "quarantine"]
    key: bytes
    value: bytes


class Desk:
    """Hears of the prices of one venue.

    Args:
        venue: its id.
        gate: what it lets through becomes a tick.
        emit: takes what is to be written.
        logger: for people.
    """

    def __init__(
        self, venue: str, gate: Gate, emit: Callable[[Message], None], logger: Logger
    ) -> None:
        self._venue = venue
        self._gate = gate
        self._emit = emit
        self._logger = logger
        self._last_ms: dict[str, int] = {}
        self._kept_back: set[tuple[str, str]] = set()

    def quoted(self, quote: Quote) -> None:
        """Write a quote as a tick, or keep it back."""
        raw = quote.to_json()
        if quote.ts_ms is not None and not quote.current:
            FEED_AGE.labels(self._venue).observe(max(quote.seen_ms - quote.ts_ms, 0) / 1000)
        try:
            self._gate.check(quote)
        except InputError as error:
            self._quarantine(quote.symbol, raw, error)
            return
        before = self._last_ms.get(quote.symbol)
        if before is not None:
            FEED_GAP.labels(self._venue).observe((quote.seen_ms - before) / 1000)
        self._last_ms[quote.symbol] = quote.seen_ms
        self._kept_back = {kept for kept in self._kept_back if kept[0] != quote.symbol}
        FEED_QUOTES.labels(self._venue).inc()
        self._emit(Message("ticks", quote.symbol.encode(), raw))

    def unreadable(self, said: Mapping[str, Any], error: BadValue) -> None:
        """Keep back what makes no sense."""
        self._quarantine(str(said.get("symbol")), orjson.dumps(said, default=str), error)

    def connected(self) -> None:
        """Tell that prices come."""
        self._logger.info("feed.connected", venue=self._venue)

    def disconnected(self, reason: str) -> None:
        """Tell that they do not."""
        FEED_RECONNECTS.labels(self._venue).inc()
        self._logger.warning("feed.disconnected", venue=self._venue, reason=reason)

    # A venue that sends nothing but stale quotes would fill the log: only the first of a run.
    def _quarantine(self, symbol: str, raw: bytes, error: InputError) -> None:
        why = error.rule if isinstance(error, KeptBack) else error.code
        FEED_QUARANTINED.labels(self._venue, why).inc()
        letter = DeadLetter.from_error(error, raw, f"feed {self._venue}")
        self._emit(Message("quarantine", self._venue.encode(), letter.to_json()))
        if (symbol, why) not in self._kept_back:
            self._kept_back.add((symbol, why))
            self._logger.warning(
                "quote.quarantined",
                venue=self._venue,
                symbol=symbol,
                code=why,
                reason=str(error),
            )
