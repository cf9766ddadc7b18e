"""An account that does not trade expires."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import InputError
from schemas.instants import instant_text, parse_instant
from tests.rules.kit import ENGINES, Journal
from tests.rules.samples import ruleset

DAY = 86_400 * 10**9


def idle(days="7", **params):
    return {"id": "idle", "family": "inactivity", "days": days, **params}


def opened(rule, at="2024-03-01T10:00:00Z", **plan):
    return Journal(ruleset(rule, **plan), start="2024-01-01T00:00:00Z").open("a", at=at)


@pytest.mark.parametrize(
    ("at", "expired"),
    [
        ("2024-03-08T09:59:59.999999999Z", False),
        ("2024-03-08T10:00:00Z", True),  # comes too late
        ("2024-03-08T10:00:00.000000001Z", True),
    ],
)
def test_fill_when_around_the_end_must_come_before_it(engine, at, expired):
    run = opened(idle()).buy("a", "UNIT", "1", "1", at=at).run(engine)
    assert run.moves() == (["active>expired"] if expired else [])
    if expired:
        made = run.breach("idle")
        assert made["ts"] == "2024-03-08T10:00:00Z"
        assert (made["metric"], made["observed"], made["floor"]) == ("days", "7", "7")
        assert made["evidence"]["facts"] == {"since": "2024-03-01T10:00:00Z"}


@pytest.mark.parametrize(
    ("counts", "expires"), [("trades", "2024-03-12T12:00:00Z"), ("opens", "2024-03-10T12:00:00Z")]
)
def test_activity_when_defined_is_any_fill_or_only_an_opening_one(engine, counts, expires):
    journal = opened(idle(counts=counts)).buy("a", "UNIT", "1", "1", at="2024-03-03T12:00:00Z")
    journal.sell("a", "UNIT", "1", "1", at="2024-03-05T12:00:00Z")
    run = journal.clock(at="2024-03-20T00:00:00Z").run(engine)
    assert run.breach("idle")["ts"] == expires


def test_position_when_merely_held_is_no_activity(engine):
    journal = opened(idle()).buy("a", "UNIT", "1", "1").tick("UNIT", "2", at="2024-03-07T00:00:00Z")
    run = journal.clock(at="2024-03-09T00:00:00Z").run(engine)
    assert run.moves() == ["active>expired"]


def test_days_when_the_clocks_change_are_days_of_the_zone(engine):
    rule = idle("30", timezone="America/New_York")
    run = opened(rule).clock(at="2024-04-02T00:00:00Z").run(engine)
    assert run.breach("idle")["ts"] == "2024-03-31T09:00:00Z"  # 05:00 there, before and after


def test_progress_when_days_pass_shows_how_many_are_left(engine):
    run = opened(idle(warn_at="0.7")).clock(at="2024-03-06T12:00:00Z").run(engine)
    assert (run.rule("idle")["floor"], run.rule("idle")["room"]) == ("7", "2")
    assert [made["ts"] for made in run.of("warning")] == [
        "2024-03-06T10:00:00Z",
    ]


def test_flag_when_nothing_happens_is_said_every_session_until_a_trade(engine):
    journal = opened(idle("2", breach_kind="flag")).clock(at="2024-03-05T09:00:00Z")
    journal.buy("a", "UNIT", "1", "1").clock(at="2024-03-06T12:00:00Z")
    run = journal.run(engine)
    assert [made["ts"] for made in run.of("breach")] == [
        "2024-03-03T10:00:00Z",
        "2024-03-04T00:00:00Z",
        "2024-03-05T00:00:00Z",
    ]


def test_account_when_it_waits_for_kyc_expires_once_it_is_judged(engine):
    journal = opened(idle("2"), name="funded", funded=True).clock(at="2024-03-05T00:00:00Z")
    run = journal.kyc("a", "approved").run(engine)
    assert run.moves()[-2:] == ["awaiting_kyc>active", "active>expired"]


def test_days_when_migrated_go_on(engine):
    plans = ruleset(idle("30")), ruleset(idle("3"), ref="plan@2")
    journal = Journal(*plans).open("a", at="2024-03-01T10:00:00Z")
    journal.act("a", "migrate", ruleset="plan@2", at="2024-03-03T00:00:00Z")
    run = journal.clock(at="2024-03-20T00:00:00Z").run(engine)
    assert run.breach("idle")["ts"] == "2024-03-04T10:00:00Z"


@pytest.mark.parametrize(
    ("params", "path"),
    [
        ({"days": "0"}, "days"),
        ({"days": "1.5"}, "days"),
        ({"timezone": "NY"}, "timezone"),
        ({"comparator": "gt"}, "comparator"),
        ({"counts": "logins"}, "counts"),
    ],
)
def test_parameters_when_wrong_name_the_field(params, path):
    with pytest.raises(InputError) as caught:
        Journal(ruleset(idle() | params))
    assert caught.value.path == f"phases.0.rules.0.{path}"


@given(st.integers(1, 6), st.lists(st.integers(1, 9 * 24), max_size=5))
@settings(max_examples=25)
def test_account_when_trading_at_will_expires_at_the_first_gap_that_is_too_long(days, gaps):
    start = now = parse_instant("2024-03-01T10:00:00Z")
    journal = opened(idle(str(days)))
    ends = None
    for gap in [*gaps, 10 * 24]:
        if ends is None and gap * 3600 * 10**9 >= days * DAY:
            ends = now + days * DAY
        now += gap * 3600 * 10**9
        journal.buy("a", "UNIT", "1", "1", at=instant_text(now)).tick(
            "UNIT", "1", at=instant_text(now)
        )
    runs = [journal.run(engine) for engine in ENGINES.values()]
    assert runs[0].lines == runs[1].lines
    assert ends is not None
    assert start < ends
    assert runs[0].breach("idle")["ts"] == instant_text(ends)
