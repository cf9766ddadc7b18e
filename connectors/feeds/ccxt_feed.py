"""Live prices of any exchange of ccxt, every push of it, as text.

ccxt returns from a `watch…` call with what has come last; pushes that arrive between two calls
are not returned. But it keeps each one in a cache by symbol, and that cache is ours: `_Tee` hands
on whatever is put into it. A connection that breaks or falls silent is opened anew, and the prices
of the moment are asked for once, since sockets do not repeat what was missed.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple, Protocol

from tenacity import AsyncRetrying, retry_if_exception_type, wait_random_exponential

from connectors.feeds.quotes import Kind, Quote, quote_of
from connectors.venues.abstract import Ambiguous, Busy, Definite, VenueError
from connectors.venues.ccxt_client import make_client
from connectors.venues.ccxt_venue import answer
from connectors.venues.open import make_budget
from connectors.venues.settings import VenueSettings
from schemas.errors import BadValue

_PAUSE_S = 0.2
_PAUSE_MAX_S = 30.0


class _Way(NamedTuple):
    """How ccxt is asked for a kind of price: the stream, its cache, and the prices of now."""

    watch: str
    cache: str
    fetches: tuple[str, ...]


_WAYS: Mapping[Kind, tuple[_Way, ...]] = {
    "bid_ask": (
        _Way("watchBidsAsks", "bidsasks", ("fetchBidsAsks", "fetchTickers")),
        _Way("watchTickers", "tickers", ("fetchTickers",)),
    ),
    "mark": (_Way("watchMarkPrices", "tickers", ("fetchMarkPrices",)),),
    "last": (_Way("watchTickers", "tickers", ("fetchTickers",)),),
}


class Listener(Protocol):
    """Who hears of a feed; called from its event loop, and must not block."""

    def quoted(self, quote: Quote) -> None:
        """Take a price."""

    def unreadable(self, said: Mapping[str, Any], error: BadValue) -> None:
        """Take note of a push that makes no sense."""

    def connected(self) -> None:
        """Take note that prices come, from now on."""

    def disconnected(self, reason: str) -> None:
        """Take note that the venue is away; it is tried again."""


class CcxtFeed:
    """The prices of one venue.

    Args:
        settings: which exchange, which symbols, which of its prices.
        listener: who hears of them.
        now_ms: our clock, ms since the epoch.
    """

    def __init__(
        self,
        settings: VenueSettings,
        listener: Listener,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._settings = settings
        self._listener = listener
        self._now_ms = now_ms
        self._ours = {theirs: ours for ours, theirs in settings.symbols.items()}
        self._streamed = False

    async def run(self) -> None:
        """Follow the venue until cancelled.

        Raises:
            Definite: it has no such symbol, or no such stream.
        """
        while True:
            retrying = AsyncRetrying(
                retry=retry_if_exception_type((Ambiguous, Busy)),
                wait=wait_random_exponential(_PAUSE_S, max=_PAUSE_MAX_S),
                before_sleep=lambda state: self._lost(state.outcome),
            )
            await retrying(self._session)

    # Returns when a connection that worked is over, so that the next failure waits but a moment.
    async def _session(self) -> None:
        self._streamed = False
        client = _client(self._settings)
        try:
            await self._follow(client)
        except Definite:
            raise
        except VenueError as error:
            if not self._streamed:
                raise
            self._listener.disconnected(str(error))
            await asyncio.sleep(_PAUSE_S)
        finally:
            await client.close()

    async def _follow(self, client: Any) -> None:
        await answer(client.load_markets())
        theirs = list(self._settings.symbols.values())
        missing = sorted(set(theirs) - client.markets.keys())
        if missing:
            raise Definite(f"{self._settings.exchange} does not list {', '.join(missing)}")
        way = self._way(client)
        seen = _Tee(self._take)
        setattr(client, way.cache, seen)
        watch = getattr(client, _snake(way.watch))
        await self._snapshot(client, way, theirs)
        self._listener.connected()
        while True:
            try:
                pushed = await asyncio.wait_for(
                    answer(watch(theirs)), self._settings.feed.silence_s
                )
            except TimeoutError:
                raise Ambiguous(f"silent for {self._settings.feed.silence_s:g} s") from None
            self._streamed = True
            # Where an exchange has a cache of another kind, what it returns is all there is.
            for symbol, ticker in pushed.items():
                if symbol not in seen:
                    self._take(symbol, ticker)

    async def _snapshot(self, client: Any, way: _Way, theirs: list[str]) -> None:
        fetch = next((name for name in way.fetches if client.has.get(name)), None)
        if fetch is None:
            return
        with suppress(Definite):  # the stream will bring them, a little later
            prices = await answer(getattr(client, _snake(fetch))(theirs))
            # A mark price is made anew all the time: an old one is stale even when asked for.
            current = self._settings.feed.price != "mark"
            for symbol, ticker in prices.items():
                self._take(symbol, ticker, current=current)

    def _way(self, client: Any) -> _Way:
        kind = self._settings.feed.price
        for way in _WAYS[kind]:
            if client.has.get(way.watch):
                return way
        raise Definite(f"{self._settings.exchange} has no stream of {kind} prices")

    def _take(self, symbol: str, ticker: Mapping[str, Any], *, current: bool = False) -> None:
        ours = self._ours.get(symbol)
        if ours is None:
            return
        try:
            quote = quote_of(self._settings.feed.price, ours, ticker, self._now_ms())
        except BadValue as error:
            self._listener.unreadable(ticker, error)
        else:
            self._listener.quoted(quote._replace(current=current))

    def _lost(self, outcome: Any) -> None:
        self._listener.disconnected(str(outcome.exception()))


class _Tee(dict[str, Any]):
    """A cache of ccxt's that tells what is put into it."""

    def __init__(self, take: Callable[[str, Mapping[str, Any]], None]) -> None:
        super().__init__()
        self._take = take

    def __setitem__(self, symbol: str, ticker: Any) -> None:
        super().__setitem__(symbol, ticker)
        self._take(symbol, ticker)


def _client(settings: VenueSettings) -> Any:
    config = {"enableRateLimit": True, "timeout": round(settings.timeout_s * 1000)}
    try:
        client = make_client(settings.exchange, config, settings.urls, streams=True)
    except ValueError as error:
        raise Definite(str(error)) from None
    client.highwater_budget = make_budget(settings, "feed")
    client.has["fetchCurrencies"] = False
    return client


# ccxt's capabilities are named in camel case, its methods in snake case.
def _snake(name: str) -> str:
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in name)
