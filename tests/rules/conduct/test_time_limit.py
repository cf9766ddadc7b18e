"""A phase runs out of time."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import InputError
from schemas.instants import instant_text, parse_instant
from tests.rules.kit import ENGINES, Journal
from tests.rules.samples import ruleset, target


def limit(days="30", **params):
    return {"id": "time", "family": "time_limit", "days": days, **params}


def opened(rule, at="2024-03-01T10:00:00Z", **plan):
    return Journal(ruleset(rule, **plan), start="2024-01-01T00:00:00Z").open("a", at=at)


@pytest.mark.parametrize(
    ("at", "state"),
    [
        ("2024-03-31T09:59:59.999999999Z", "passed"),
        ("2024-03-31T10:00:00Z", "expired"),  # passing at the very end is too late
        ("2024-03-31T10:00:00.000000001Z", "expired"),
    ],
)
def test_phase_when_passed_around_the_end_must_be_passed_before_it(engine, at, state):
    journal = opened(limit(), goals=[target(amount="100")]).buy("a", "UNIT", "1", "1")
    run = journal.sell("a", "UNIT", "1", "1", realized_pnl="100", at=at).run(engine)
    assert run.moves() == [f"active>{state}"]
    if state == "expired":
        made = run.breach("time")
        assert (made["ts"], made["observed"]) == ("2024-03-31T10:00:00Z", "30")
        assert made["evidence"]["entry"]["kind"] == "timer"


def test_days_when_they_start_with_the_first_trade_wait_for_it(engine):
    journal = opened(limit("7", starts="first_trade")).clock(at="2024-03-20T00:00:00Z")
    assert journal.run(engine).rules_breached() == []
    journal.buy("a", "UNIT", "1", "1", at="2024-03-20T12:00:00Z")
    journal.buy("a", "UNIT", "1", "1", at="2024-03-22T12:00:00Z")
    run = journal.clock(at="2024-04-01T00:00:00Z").run(engine)
    assert run.breach("time")["ts"] == "2024-03-27T12:00:00Z"


@pytest.mark.parametrize(
    ("at", "end"),
    [
        ("2024-03-30T12:00:00Z", "2024-04-01T11:00:00Z"),  # 47 hours: the clocks go forward
        ("2024-10-26T12:00:00Z", "2024-10-28T13:00:00Z"),  # 49: they go back
        ("2024-03-29T01:30:00Z", "2024-03-31T01:30:00Z"),  # 02:30 is skipped, so it is 03:30
    ],
)
def test_days_when_the_clocks_change_end_at_the_same_time_of_day(engine, at, end):
    rule = limit("2", timezone="Europe/Prague")
    run = opened(rule, at).clock(at="2024-12-01T00:00:00Z").run(engine)
    assert run.breach("time")["ts"] == end


def test_warning_when_the_end_comes_near_is_given(engine):
    run = opened(limit("10", warn_at="0.9")).clock(at="2024-03-10T12:00:00Z").run(engine)
    assert [(made["ts"], made["level"]) for made in run.of("warning")] == [
        ("2024-03-10T10:00:00Z", "0.9")
    ]


def test_account_when_suspended_expires_all_the_same(engine):
    journal = opened(limit("2")).act("a", "suspend")
    run = journal.clock(at="2024-03-05T00:00:00Z").run(engine)
    assert run.moves() == ["active>suspended", "suspended>expired"]


def test_limit_when_centuries_long_never_comes(engine):
    run = opened(limit("100000")).clock(at="2024-03-05T00:00:00Z").run(engine)
    assert run.rule("time")["room"] == "99997"


@pytest.mark.parametrize(("params", "path"), [({"days": "0"}, "days"), ({"starts": "x"}, "starts")])
def test_parameters_when_wrong_name_the_field(params, path):
    with pytest.raises(InputError) as caught:
        Journal(ruleset(limit() | params))
    assert caught.value.path == f"phases.0.rules.0.{path}"


@given(st.integers(1, 40), st.integers(0, 86_399_999_999_999), st.integers(0, 365))
@settings(max_examples=20)
def test_phase_when_opened_at_any_instant_ends_so_many_days_later_to_the_nanosecond(days, ns, day):
    start = parse_instant("2024-01-01T00:00:00Z") + day * 86_400 * 10**9 + ns
    end = start + days * 86_400 * 10**9
    journal = opened(limit(str(days)), instant_text(start)).clock(at=instant_text(end))
    runs = [journal.run(engine) for engine in ENGINES.values()]
    assert runs[0].lines == runs[1].lines
    assert runs[0].breach("time")["ts"] == instant_text(end)
    early = opened(limit(str(days)), instant_text(start)).clock(at=instant_text(end - 1))
    assert early.run(ENGINES["reference"]).rules_breached() == []
