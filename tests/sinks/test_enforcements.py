"""Rows of interventions: each once, and only who holds the venue may write."""

import asyncio
from decimal import Decimal

import psycopg
import pytest

from sinks.enforcements import EnforcementIntake, EnforcementWork, Facts, Fenced, Ordered
from sinks.migrate import upgrade
from sinks.postgres import NoSchema

pytestmark = pytest.mark.postgres


@pytest.fixture
def url(postgres_url):
    upgrade(postgres_url)
    intake = EnforcementIntake(postgres_url)
    facts = [
        Facts("i1", Decimal("0.1"), [], True),
        Facts("i2", Decimal(7), [{"symbol": "X"}], False),
    ]
    rows = [Ordered(f"i{n}", f"b{n}", "f", f"A{n}", None, ["notify"], "v") for n in (1, 2, 3)]
    intake.take(facts, rows, {("interventions", 0): 3})
    intake.take(facts, rows, {("interventions", 0): 3})
    assert intake.positions([("interventions", 0), ("breaches", 0)]) == {
        ("interventions", 0): 3,
        ("breaches", 0): 0,
    }
    intake.close()
    return postgres_url


def acting(url, work, *, lease_s=30.0, count=2):
    """Run `work` with so many holders."""

    async def run():
        holders = [await EnforcementWork.open(url, f"p{n}", lease_s) for n in range(count)]
        try:
            return await work(*holders)
        finally:
            for holder in holders:
                await holder.close()

    return asyncio.run(run())


def test_rows_when_claimed_come_once_the_most_money_at_risk_first(url):
    async def work(one, two):
        assert await one.hold("v")
        assert not await two.hold("v")
        assert await one.hold("v")
        first = await one.claim("v", 2)
        return [job.intervention_id for job in first + await one.claim("v", 2)], first[0]

    names, job = acting(url, work)
    assert names == ["i2", "i1", "i3"]
    assert (job.at_risk, job.stops, job.sent_s, job.orders) == (
        Decimal(7),
        [{"symbol": "X"}],
        None,
        [],
    )


DISPUTE = """
INSERT INTO highwater.drifts (drift_id, venue, firm_id, account_id, subject, kind, state, looks,
    evidence, hold_s, hold_then, first_at)
VALUES (%s, 'v', 'f', %s, 'X', %s, 'raised', 3, '{}', %s, %s, now())"""


@pytest.fixture
def disputed(url):
    """Disputes the accounts, all of which are to be closed; each with its own policy."""

    def dispute(*policies):
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("UPDATE highwater.enforcements SET actions = '{close_positions}'")
            for number, (account, kind, hold_s, then) in enumerate(policies):
                connection.execute(DISPUTE, (f"d{number}", account, kind, hold_s, then))

    return dispute


def settle(url):
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE highwater.drifts SET state = 'resolved'")


def held_and_claimed(url, before=lambda: None):
    async def work(one):
        await one.hold("v")
        before()
        claimed = [job.intervention_id for job in await one.claim("v", 9)]
        held = {item.intervention_id: item.state for item in await one.hold_disputed("v")}
        return claimed, held

    return acting(url, work, count=1)


def test_disputed_account_when_the_verdict_is_hard_is_held_and_others_go_on(url, disputed):
    # i2 is no hard verdict, and what is in flight is no dispute.
    disputed(
        ("A1", "wrong_quantity", 60, "carry_out"),
        ("A2", "wrong_quantity", 60, "ask"),
        ("A3", "in_flight", 60, "ask"),
    )
    claimed, held = held_and_claimed(url)
    assert sorted(claimed) == ["i2", "i3"]
    assert held == {"i1": "held"}
    assert held_and_claimed(url)[1] == {}, "it is held once"


def test_held_when_the_dispute_is_settled_goes_on(url, disputed):
    disputed(("A1", "balance", 60, "ask"))
    held_and_claimed(url)
    assert held_and_claimed(url, lambda: settle(url)) == (["i2", "i3"], {"i1": "pending"})
    assert "i1" in held_and_claimed(url)[0]


@pytest.mark.parametrize(
    ("then", "state", "goes_on"), [("carry_out", "pending", True), ("ask", "needs_operator", False)]
)
def test_held_when_its_deadline_passes_does_as_the_policy_says(url, disputed, then, state, goes_on):
    disputed(("A1", "balance", 60, then))
    held_and_claimed(url)

    def later():
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(
                "UPDATE highwater.enforcements SET held_until = held_until - interval '1 hour',"
                " created_at = created_at - interval '1 hour' WHERE state = 'held'"
            )

    assert held_and_claimed(url, later)[1] == {"i1": state}
    assert ("i1" in held_and_claimed(url)[0]) == goes_on


def test_hold_when_there_is_none_by_policy_holds_nothing(url, disputed):
    disputed(("A1", "wrong_quantity", 0, "ask"))
    claimed, held = held_and_claimed(url)
    assert (sorted(claimed), held) == (["i1", "i2", "i3"], {})


def test_holder_when_another_has_taken_over_can_write_nothing(url):
    async def work(one, two):
        await one.hold("v")
        (job,) = await one.claim("v", 1)
        await one.sending(job, "close_positions", "X c1")
        await one.sending(job, "close_positions", "X c1")
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as other:
            await other.execute("UPDATE highwater.enforcement_leases SET until = now()")
        # Its time is over, though nobody has taken the venue yet.
        with pytest.raises(Fenced):
            await one.sending(job, "close_positions", "X c2")
        assert await two.hold("v")
        (again,) = await two.claim("v", 1)
        assert (again.intervention_id, again.orders) == (job.intervention_id, ["X c1"])
        assert again.sent_s is not None
        with pytest.raises(Fenced):
            await one.finish(job, "confirmed", "")
        with pytest.raises(Fenced):
            await one.hold("v")
        await two.finish(again, "confirmed", "")
        assert await two.open_rows(["v"]) == 2

    acting(url, work)


def test_venue_when_given_back_can_be_held_at_once(url):
    async def work(one, two):
        await one.hold("v")
        await one.close()
        assert await two.hold("v")
        assert two.epochs["v"] == 2

    acting(url, work)


def test_intake_when_there_are_no_tables_says_what_to_do(postgres_url):
    with pytest.raises(NoSchema, match="highwater db upgrade"):
        EnforcementIntake(postgres_url)


def test_venue_when_it_tells_one_process_to_wait_the_others_know_for_how_long(url):
    async def work(one, two):
        assert await two.paused("v", 0) == 0
        assert await one.paused("v", 30) == pytest.approx(30, abs=5)
        assert await two.paused("v", 0) == pytest.approx(30, abs=5)
        assert await two.paused("v", 5) > 20, "the longer one counts"
        assert await two.paused("elsewhere", 0) == 0

    acting(url, work)
