"""Rows of disagreements: written by several looks at once."""

import asyncio
from contextlib import aclosing
from types import SimpleNamespace

import pytest

from schemas.drift import Drift
from sinks.drifts import DriftRows, HeldFor
from sinks.migrate import upgrade

AT = "2026-03-05T10:00:00.000+00:00"
LOOKS = 12


@pytest.fixture
def database(postgres_url):
    upgrade(postgres_url)
    return postgres_url


def drift(number):
    return Drift(
        drift_id=f"d{number}",
        state="raised",
        kind="balance",
        venue_id="v",
        firm_id="f",
        account_id=f"A{number}",
        subject="USDT",
        journal="1",
        venue="2",
        looks=3,
        first_ts=AT,
        ts=AT,
        evidence={"journal_offset": number},
    )


@pytest.mark.postgres
def test_drifts_when_many_accounts_differ_at_once_are_all_written(database):
    """One connection serves them all: their transactions must not run into each other."""

    async def work():
        rows = await DriftRows.open(database)
        async with aclosing(SimpleNamespace(aclose=rows.close)):
            pairs = [[drift(2 * n), drift(2 * n + 1)] for n in range(LOOKS)]
            await asyncio.gather(*(rows.write(pair, HeldFor(0.0, "ask")) for pair in pairs))
            return await rows.known("v")

    found = asyncio.run(work())
    assert {one.drift_id: one for one in found} == {f"d{n}": drift(n) for n in range(2 * LOOKS)}
