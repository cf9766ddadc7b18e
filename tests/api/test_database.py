"""Connections of the API: bounded, alive, and always `hw_api`, whatever was done before."""

import asyncio
import time

import psycopg
import pytest

from api import database
from api.database import Database
from sinks.migrate import upgrade
from tests.server import own_server

pytestmark = pytest.mark.postgres

WHO = "SELECT current_user AS name, current_setting('hw.firm', true) AS firm"


@pytest.fixture
def dsn(postgres_url):
    upgrade(postgres_url)
    return postgres_url


def run(dsn, act, size=1):
    async def whole():
        opened = Database(dsn, size)
        await opened.open()
        try:
            return await act(opened)
        finally:
            await opened.close()

    return asyncio.run(whole())


async def until_answered(pool):
    deadline = time.monotonic() + 60
    while True:
        try:
            return await pool.read_own("SELECT 1 AS one")
        except psycopg.OperationalError:
            assert time.monotonic() < deadline, "it never came back"
            await asyncio.sleep(0.01)


def test_connection_when_it_comes_back_keeps_nothing_of_the_request(dsn):
    async def act(pool):
        async with pool.transaction("f1", "t1") as connection:
            await connection.execute("SET hw.firm = '*'")
            await connection.execute("SET hw.trader = '*'")
            await connection.execute("RESET ROLE")
            await connection.execute("SET ROLE none")
            await connection.execute("SET statement_timeout = 1")
        async with pool.transaction("f2", "t2") as connection:
            row = await (await connection.execute(WHO)).fetchone()
            limit = await (await connection.execute("SHOW statement_timeout")).fetchone()
        async with pool._pool.connection() as connection:
            outside = await (await connection.execute(WHO)).fetchone()
        return row, limit, outside

    row, limit, outside = run(dsn, act)
    assert row == {"name": "hw_api", "firm": "f2"}
    assert limit == {"statement_timeout": "30s"}
    assert outside["name"] == "hw_api"
    assert not outside["firm"]


def test_request_when_all_connections_are_busy_waits_for_a_bounded_time(dsn, monkeypatch):
    monkeypatch.setattr(database, "_WAIT_S", 0.2)
    monkeypatch.setattr(database, "WAITING_MAX", 1)

    async def act(pool):
        async with pool.transaction("*", "*"):
            waiting = asyncio.create_task(pool.read_own("SELECT 1"))
            await asyncio.sleep(0.05)
            with pytest.raises(psycopg.OperationalError, match="requests waiting"):
                await pool.read_own("SELECT 1")
            with pytest.raises(psycopg.OperationalError):
                await waiting
        return await until_answered(pool)

    assert run(dsn, act) == [{"one": 1}]


def test_connection_when_it_was_killed_is_replaced_unseen(dsn):
    async def act(pool):
        (found,) = await pool.read_own("SELECT pg_backend_pid() AS pid")
        with psycopg.connect(dsn, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", (found["pid"],))
        return found, await pool.read_own("SELECT pg_backend_pid() AS pid")

    before, (after,) = run(dsn, act)
    assert before["pid"] != after["pid"]


@pytest.mark.slow
def test_requests_when_the_server_dies_fail_and_work_again_when_it_is_back(monkeypatch):
    monkeypatch.setattr(database, "_WAIT_S", 0.5)
    with own_server() as server:
        upgrade(server.url)

        async def act(pool):
            assert await pool.read_own("SELECT 1 AS one") == [{"one": 1}]
            await asyncio.to_thread(server.kill)
            for _ in range(3):
                with pytest.raises(psycopg.OperationalError):
                    await pool.read_own("SELECT 1")
            await asyncio.to_thread(server.start)
            return await until_answered(pool)

        assert run(server.url, act, size=2) == [{"one": 1}]
