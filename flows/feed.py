"""Writes a synthetic world into the input topics, in the order in which it happens."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, closing
from typing import Any, NamedTuple

from connectors.log.abstract import Log
from connectors.synthetic.ticks import price_text
from connectors.synthetic.world import Batch
from schemas.json_text import dumps
from schemas.topics import ACCOUNT_EVENTS, TICKS


class Fed(NamedTuple):
    """How many records went into the topics."""

    ticks: int = 0
    events: int = 0


class Feed:
    """The only writer of the input topics.

    Args:
        log: where they are.
        instruments: contract-1.1 mappings, numbered as in the batches.
        stack: closes the writers.
    """

    def __init__(
        self, log: Log, instruments: Iterable[Mapping[str, Any]], stack: ExitStack
    ) -> None:
        self._quoted = [(f'"{one["symbol"]}"', int(one["price_digits"])) for one in instruments]
        self._ticks = stack.enter_context(closing(log.writer(TICKS)))
        self._events = stack.enter_context(closing(log.writer(ACCOUNT_EVENTS)))
        self.fed = Fed()

    def play(self, batch: Batch) -> Iterator[tuple[bytes | None, bytes | None]]:
        """Write a batch; yield each record as (row of a tick file, line of an event file)."""
        events = iter([*batch.events, (len(batch.ticks) + 1, None)])
        bad = iter([*batch.bad_ticks, (len(batch.ticks) + 1, None)])
        next_event, next_bad = next(events), next(bad)
        columns = (batch.ticks.ts, batch.ticks.symbol, batch.ticks.bid, batch.ticks.ask)
        rows = iter(zip(*(column.tolist() for column in columns), strict=True))
        for at in range(len(batch.ticks) + 1):
            while next_event[0] <= at and next_event[1] is not None:
                yield None, self._send(next_event[1])
                next_event = next(events)
            while next_bad[0] <= at and next_bad[1] is not None:
                yield self._bad_tick(next_bad[1]), None
                next_bad = next(bad)
            row = next(rows, None)
            if row is not None:
                yield self._tick(*row), None

    def flush(self) -> None:
        """Return when everything is durable."""
        for writer in (self._ticks, self._events):
            writer.flush()

    def _tick(self, ts: int, symbol: int, bid: int, ask: int) -> bytes:
        name, digits = self._quoted[symbol]
        low, high = price_text(bid, digits), price_text(ask, digits)
        self._ticks.append(f'{{"ts":"{ts}","symbol":{name},"bid":"{low}","ask":"{high}"}}'.encode())
        self.fed = Fed(self.fed.ticks + 1, self.fed.events)
        return f"{ts},{name[1:-1]},{low},{high}\n".encode()

    def _bad_tick(self, fields: Mapping[str, object]) -> bytes:
        self._ticks.append(dumps(fields))
        self.fed = Fed(self.fed.ticks + 1, self.fed.events)
        return (
            ",".join(str(fields[name]) for name in ("ts", "symbol", "bid", "ask")) + "\n"
        ).encode()

    def _send(self, event: Mapping[str, Any]) -> bytes:
        line = dumps(event)
        self._events.append(line, str(event["account_id"]).encode())
        self.fed = Fed(self.fed.ticks, self.fed.events + 1)
        return line + b"\n"
