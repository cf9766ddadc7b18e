"""Postgres as callers may see it: few connections, each transaction with the caller's rows only."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import orjson
import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import set_json_loads

from api.access.principal import ANY, Principal
from sinks.postgres import connection_settings

ROLE = "hw_api"
Params = Sequence[object] | Mapping[str, object]
Connection = psycopg.AsyncConnection[DictRow]

_IDLE = psycopg.pq.TransactionStatus.IDLE
_WAIT_S = 5.0
_SET = "SELECT set_config('hw.firm', %s, true), set_config('hw.trader', %s, true)"


class Database:
    """A handful of connections that act as `hw_api`, whom row-level security applies to.

    Args:
        dsn: a user who may act as that role.
        size: how many connections there may be.
    """

    def __init__(self, dsn: str, size: int) -> None:
        self._dsn = dsn
        # None stands for a connection that is not open yet.
        self._idle: asyncio.LifoQueue[Connection | None] = asyncio.LifoQueue()
        for _ in range(size):
            self._idle.put_nowait(None)
        self._size = size

    async def close(self) -> None:
        """Close the connections that are not in use."""
        while not self._idle.empty():
            connection = self._idle.get_nowait()
            if connection is not None:
                await connection.close()

    @asynccontextmanager
    async def transaction(self, firm: str, trader: str) -> AsyncIterator[Connection]:
        """Begin a transaction that sees the rows of a firm and a trader, or of `ANY` of them.

        Raises:
            psycopg.OperationalError: the database does not answer, or all connections are busy.
        """
        async with self._connection() as connection, connection.transaction():
            await connection.execute(_SET, (firm, trader))
            yield connection

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Connection]:
        """Begin a transaction of ours in which all queries see the same moment.

        Raises:
            psycopg.OperationalError: the database does not answer.
        """
        async with self._connection() as connection, connection.transaction():
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            await connection.execute(_SET, (ANY, ANY))
            yield connection

    async def read(self, principal: Principal, query: str, params: Params = ()) -> list[DictRow]:
        """Return the rows of one query that the caller may see."""
        async with self.transaction(principal.firm, principal.trader) as connection:
            return await (await connection.execute(query, params)).fetchall()

    async def read_own(self, query: str, params: Params = ()) -> list[DictRow]:
        """Return the rows of one query of ours."""
        async with self.transaction(ANY, ANY) as connection:
            return await (await connection.execute(query, params)).fetchall()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        try:
            connection = await asyncio.wait_for(self._idle.get(), _WAIT_S)
        except TimeoutError:
            raise psycopg.OperationalError("all connections are busy") from None
        try:
            if connection is None or connection.closed:
                connection = await self._open()
            yield connection
        finally:
            # One that broke, or was left in the middle, is opened anew when it is next needed.
            if connection is not None and connection.info.transaction_status != _IDLE:
                await connection.close()
            usable = connection is not None and not connection.closed
            self._idle.put_nowait(connection if usable else None)

    async def _open(self) -> Connection:
        connection = await psycopg.AsyncConnection.connect(
            self._dsn,
            row_factory=dict_row,
            autocommit=True,
            **connection_settings("highwater-api", role=ROLE),
        )
        set_json_loads(orjson.loads, connection)
        return connection
