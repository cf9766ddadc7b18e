"""Postgres as callers may see it: few connections, each transaction with the caller's rows only."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import orjson
import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import set_json_loads
from psycopg_pool import AsyncConnectionPool

from api.access.principal import ANY, Principal
from sinks.postgres import connection_settings

ROLE = "hw_api"
Params = Sequence[object] | Mapping[str, object]
Connection = psycopg.AsyncConnection[DictRow]

WAITING_MAX = 200
"""So many requests may wait for a connection; more are turned away at once."""
_WAIT_S = 5.0
_KEPT_S = 1_800.0
# Attempts grow rare as time goes by: a new request must soon begin with frequent ones again.
_RECONNECT_S = 4.0
_SET = "SELECT set_config('hw.firm', %s, true), set_config('hw.trader', %s, true)"


class Database:
    """A pool of connections that act as `hw_api`, whom row-level security applies to.

    A connection takes the role on when it is handed out, which also tells whether it still lives,
    and loses whatever was set when it comes back. Whose rows a transaction sees ends with it.

    Args:
        dsn: a user who may act as that role.
        size: how many connections there may be.
    """

    def __init__(self, dsn: str, size: int) -> None:
        self._settings: dict[str, Any] = {
            "row_factory": dict_row,
            "autocommit": True,
            **connection_settings("highwater-api", role=ROLE),
        }
        self._dsn = dsn
        self._pool = AsyncConnectionPool(
            dsn,
            connection_class=Connection,
            kwargs=self._settings,
            min_size=0,
            max_size=size,
            max_waiting=WAITING_MAX,
            max_lifetime=_KEPT_S,
            reconnect_timeout=_RECONNECT_S,
            timeout=_WAIT_S,
            open=False,
            configure=_configure,
            check=_act,
            reset=_leave,
            name="highwater-api",
        )

    async def open(self) -> None:
        """Connect once, so that a database that cannot be used is told at once.

        Raises:
            psycopg.OperationalError: the database does not answer.
        """
        await (await Connection.connect(self._dsn, **self._settings)).close()
        await self._pool.open()

    async def close(self) -> None:
        """Close the connections."""
        await self._pool.close()

    @asynccontextmanager
    async def transaction(self, firm: str, trader: str) -> AsyncIterator[Connection]:
        """Begin a transaction that sees the rows of a firm and a trader, or of `ANY` of them.

        Raises:
            psycopg.OperationalError: the database does not answer, or all connections are busy.
        """
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute(_SET, (firm, trader))
            yield connection

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Connection]:
        """Begin a transaction of ours in which all queries see the same moment.

        Raises:
            psycopg.OperationalError: the database does not answer.
        """
        async with self._pool.connection() as connection, connection.transaction():
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


async def _configure(connection: Connection) -> None:
    set_json_loads(orjson.loads, connection)


async def _act(connection: Connection) -> None:
    await connection.execute(f"SET ROLE {ROLE}")


async def _leave(connection: Connection) -> None:
    await connection.execute("RESET ROLE; RESET ALL")
