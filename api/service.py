"""What all routes share, made when the server starts and closed when it ends."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

import orjson
from starlette.requests import HTTPConnection

from api.access.keys import KeyVerifier
from api.access.limits import Limits
from api.access.tickets import Tickets
from api.access.tokens import TokenVerifier
from api.board import Board
from api.bundles import Bundles
from api.database import Database
from api.facts import Facts
from api.hub import Hub
from api.live import Account, Live, details
from api.loading import find_key, load
from api.tail import Arrived, Tail
from connectors.log.abstract import Log
from schemas.settings import Settings
from schemas.topics import BREACHES

_AT_ONCE = 100


@dataclass(slots=True)
class Service:
    """One running API.

    Attributes:
        texts: what sockets of an account are told, by account, with the change it is of.
        lines: likewise what sockets of a firm are told of it.
        failure: what ended the reading of the log; what is served would be old from then on.
        ends: ends the server.
        clock_ns: when an order was given.
    """

    settings: Settings
    log: Log
    database: Database
    tokens: TokenVerifier
    keys: KeyVerifier
    limits: Limits
    bundles: Bundles
    tickets: Tickets = field(default_factory=Tickets)
    live: Live = field(default_factory=Live)
    board: Board = field(init=False)
    facts: Facts = field(init=False)
    hub: Hub = field(init=False)
    texts: dict[str, tuple[int, str]] = field(default_factory=dict)
    lines: dict[str, tuple[int, str]] = field(default_factory=dict)
    _details: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    failure: BaseException | None = None
    ends: Callable[[], None] = lambda: None
    clock_ns: Callable[[], int] = time.time_ns

    def __post_init__(self) -> None:
        self.board = Board(self.live)
        self.facts = Facts(self.database)
        self.hub = Hub(self.settings.api_push_ms / 1_000)

    def details(self, account: Account) -> bytes:
        """Write all that is known of an account; once for all who ask until it changes."""
        known = self._details.get(account.account_id)
        if known is None or known[0] != account.changes:
            known = account.changes, orjson.dumps(details(account))
            self._details[account.account_id] = known
        return known[1]

    def take(self, came: Sequence[Arrived]) -> None:
        """Take decisions in, on the event loop."""
        for item in came:
            self.hub.take(item, self.live.apply(orjson.loads(item.value)))


def make_service(settings: Settings, dsn: str, log: Log, export: Sequence[str] = ()) -> Service:
    """Put a service together; nothing is opened yet. `export` is the command of bundles."""
    database = Database(dsn, settings.api_connections)
    return Service(
        settings,
        log,
        database,
        TokenVerifier(settings.oidc_issuer, settings.oidc_audience, settings.oidc_jwks),
        KeyVerifier(lambda key_id: find_key(database, key_id)),
        Limits(settings.api_requests_s),
        Bundles(export),
    )


@asynccontextmanager
async def running(service: Service) -> AsyncIterator[None]:
    """Load where everything stands and follow the log until the context ends.

    Raises:
        psycopg.OperationalError: the database does not answer.
        LogError: the log does not, or is not the one the database follows.
    """
    loop = asyncio.get_running_loop()

    def deliver(came: Sequence[Arrived]) -> None:
        asyncio.run_coroutine_threadsafe(_take(service, came), loop).result()

    def failed(error: BaseException) -> None:
        service.failure = error
        loop.call_soon_threadsafe(service.ends)

    async with AsyncExitStack() as stack:
        # Also where loading fails: a pool that is left to the loop's end may keep it from ending.
        stack.push_async_callback(service.database.close)
        await service.database.open()
        positions = await load(service.database, service.live, service.log)
        await service.facts.load()
        service.hub.begin(
            {partition: at for (topic, partition), at in positions.items() if topic == BREACHES}
        )
        pushing = asyncio.create_task(service.hub.push())
        stack.callback(pushing.cancel)
        tail = await asyncio.to_thread(Tail, service.log, positions, deliver, failed)
        stack.push_async_callback(asyncio.to_thread, tail.close)
        tail.start()
        yield


# Whoever waits to be told something gets his turn between two parts.
async def _take(service: Service, came: Sequence[Arrived]) -> None:
    for at in range(0, len(came), _AT_ONCE):
        service.take(came[at : at + _AT_ONCE])
        await asyncio.sleep(0)


async def shared(connection: HTTPConnection) -> "Service":
    """Do the same for a route; what is not a coroutine would cost it a thread."""
    return service_of(connection)


def service_of(connection: HTTPConnection) -> Service:
    """Return the service a request or a socket belongs to."""
    return cast("Service", connection.app.state.service)
