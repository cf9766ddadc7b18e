"""Held over the end of a session, or over more of them than are allowed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import InputError
from tests.rules.kit import ENGINES, Journal
from tests.rules.samples import ruleset


def overnight(**params):
    return {"id": "night", "family": "overnight_holding", **params}


def opened(rule, **plan):
    journal = Journal(ruleset(rule, **plan), start="2024-03-01T00:00:00Z")
    return journal.open("a", at="2024-03-04T10:00:00Z").buy("a", "UNIT", "1", "1")  # a Monday


def closed(journal, at):
    return journal.sell("a", "UNIT", "1", "1", at=at)


@pytest.mark.parametrize(
    ("at", "breached"),
    [
        ("2024-03-04T23:59:59.999999999Z", False),
        ("2024-03-05T00:00:00Z", True),  # an input at the instant is of the new session
        ("2024-03-05T00:00:00.000000001Z", True),
    ],
)
def test_position_when_closed_around_the_boundary_must_be_closed_before_it(engine, at, breached):
    run = closed(opened(overnight()), at).run(engine)
    assert run.rules_breached() == (["night"] if breached else [])
    if breached:
        made = run.breach("night")
        assert made["ts"] == "2024-03-05T00:00:00Z"
        assert made["evidence"]["entry"]["kind"] == "boundary"
        assert (made["metric"], made["observed"], made["floor"]) == ("nights", "1", "0")


@pytest.mark.parametrize(("nights", "breached"), [("2", True), ("3", False)])
def test_trade_when_held_monday_to_thursday_is_held_over_three_nights(engine, nights, breached):
    journal = closed(opened(overnight(max_nights=nights)), "2024-03-07T10:00:00Z")
    run = journal.clock(at="2024-03-09T00:00:00Z").run(engine)
    assert run.rules_breached() == (["night"] if breached else [])
    if breached:
        made = run.breach("night")
        assert (made["ts"], made["observed"]) == ("2024-03-07T00:00:00Z", "3")


def test_session_when_the_rule_has_its_own_is_that_one(engine):
    rule = overnight(reset_tz="America/New_York", reset_time="17:00")
    run = opened(rule).clock(at="2024-03-06T00:00:00Z").run(engine)
    assert run.breach("night")["ts"] == "2024-03-04T22:00:00Z"


def test_nights_when_the_id_is_used_again_start_anew(engine):
    journal = closed(opened(overnight(max_nights="1")), "2024-03-05T10:00:00Z")
    run = journal.buy("a", "UNIT", "1", "1").clock(at="2024-03-06T12:00:00Z").run(engine)
    assert run.rules_breached() == []


def test_nights_when_migrated_are_kept(engine):
    plans = [ruleset(overnight(max_nights="9")), ruleset(overnight(max_nights="1"), ref="plan@2")]
    journal = Journal(*plans).open("a").buy("a", "UNIT", "1", "1")
    journal.act("a", "migrate", ruleset="plan@2", at="2024-03-06T12:00:00Z")
    run = journal.clock(at="2024-03-07T12:00:00Z").run(engine)
    assert run.breach("night")["observed"] == "2"


def test_pause_when_held_lasts_until_the_next_boundary(engine):
    journal = closed(opened(overnight(breach_kind="pause")), "2024-03-05T00:00:01Z")
    run = journal.clock(at="2024-03-07T00:00:00Z").run(engine)
    assert run.moves() == ["active>paused", "paused>active"]


def test_symbols_when_exempt_may_be_held(engine):
    rule = overnight(exempt="UNIT")
    assert opened(rule).clock(at="2024-03-06T00:00:00Z").run(engine).rules_breached() == []


@pytest.mark.parametrize(
    ("params", "path"), [({"max_nights": "-1"}, "max_nights"), ({"at": "17:00"}, "at")]
)
def test_parameters_when_wrong_name_the_field(params, path):
    with pytest.raises(InputError) as caught:
        Journal(ruleset(overnight(**params)))
    assert caught.value.path == f"phases.0.rules.0.{path}"


@given(st.integers(0, 5), st.integers(0, 8))
@settings(max_examples=25)
def test_position_when_held_for_days_is_said_once_for_every_night_too_many(allowed, held):
    rule = overnight(max_nights=str(allowed), breach_kind="flag", strikes_to_hard="99")
    journal = closed(opened(rule), f"2024-03-{4 + held:02}T12:00:00Z").clock("2024-03-20T00:00:00Z")
    runs = [journal.run(engine) for engine in ENGINES.values()]
    assert runs[0].lines == runs[1].lines
    observed = [int(made["observed"]) for made in runs[0].of("breach")]
    assert observed == list(range(allowed + 1, held + 1))
