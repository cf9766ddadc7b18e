"""The operator's door: what a migration would do to one account, tried on a copy."""

import pytest

from rules.migration_check import catch_up, check_migration, engine_for
from schemas.errors import InputError
from tests.rules.kit import Journal, frames
from tests.rules.samples import consistency, daily, drawdown, ruleset


def plan(*rules, version, **more):
    return ruleset(*rules, ref=f"plan@{version}", **more)


def arrived(*documents, tell=lambda journal: journal, cuts=(2, 4)):
    """An engine that has seen the journal to its end."""
    journal = tell(Journal(*documents).open("a").open("other"))
    engine = engine_for("a", journal.instruments, journal.rulesets)
    return engine, catch_up(engine, frames(journal.entries, journal.instruments, cuts))


def asked(arrival, account, target):
    engine, now = arrival
    return check_migration(engine, account, target, now)


def words(check):
    return [change.words for change in check.tightens]


def test_check_when_every_floor_falls_may_go_ahead():
    arrival = arrived(plan(daily(amount="500"), version=1), plan(daily(amount="600"), version=2))
    check = asked(arrival, "a", "plan@2")
    assert words(check) == []
    assert check.before["daily"].floor == 9500
    assert check.after["daily"].floor == 9400
    assert check.breaches == []


def test_check_when_a_limit_shrinks_says_so_with_the_floors_before_and_after():
    arrival = arrived(
        plan(drawdown("trail_equity", amount="1000"), version=1),
        plan(drawdown("trail_equity", amount="900"), version=2),
        tell=lambda journal: (
            journal.buy("a", "UNIT", "1", "100").tick("UNIT", "1300").tick("UNIT", "800")
        ),
    )
    record = asked(arrival, "a", "plan@2").record()
    # The peak of 11,200 stays: the new allowance is taken from it.
    assert record["floors_before"] == {"max": {"floor": "10200", "room": "500"}}
    assert record["floors_after"] == {"max": {"floor": "10300", "room": "400"}}
    assert record["tightens"] is True
    assert record["changes"][-1]["words"] == (
        "`max`: the account's own floor goes from 10200 to 10300"
    )
    assert (record["from"], record["to"], record["phase"]) == ("plan@1", "plan@2", "evaluation")


def test_check_when_the_account_would_breach_at_once_names_the_rule():
    arrival = arrived(
        plan(daily(amount="500"), version=1),
        plan(daily(amount="500"), drawdown(amount="200"), version=2),
        tell=lambda journal: journal.earn("a", "-300"),
    )
    check = asked(arrival, "a", "plan@2")
    assert check.breaches == ["max"]
    assert words(check) == ["rule `max` (max_drawdown) is new"]


def test_check_when_tried_changes_nothing():
    arrival = arrived(plan(daily(amount="500"), version=1), plan(daily(amount="400"), version=2))
    first = asked(arrival, "a", "plan@2")
    assert asked(arrival, "a", "plan@2") == first
    assert arrival[0].accounts["a"].ruleset.ref == "plan@1"


def test_check_when_only_the_parameters_can_tell_finds_it():
    arrival = arrived(
        plan(daily(), goals=[consistency("0.5")], version=1),
        plan(daily(), goals=[consistency("0.4")], version=2),
    )
    assert words(asked(arrival, "a", "plan@2")) == ["`best`: `max_share` goes from 0.5 to 0.4"]


def test_check_when_overrides_bind_the_account_compares_with_them():
    documents = [plan(daily(pct="0.05"), version=1), plan(daily(pct="0.05"), version=2)]
    overrides = {"daily": {"pct": "0.07"}}
    journal = Journal(*documents).open("a", overrides=overrides)
    engine = engine_for("a", journal.instruments, journal.rulesets)
    now = catch_up(engine, frames(journal.entries, journal.instruments))
    assert check_migration(engine, "a", "plan@2", now).changes == []


@pytest.mark.parametrize(
    ("account", "target", "code"),
    [("b", "plan@2", "unknown_account"), ("a", "plan@9", "unknown_ruleset")],
)
def test_check_when_not_possible_gives_the_engines_code(account, target, code):
    arrival = arrived(plan(daily(), version=1))
    with pytest.raises(InputError) as refused:
        asked(arrival, account, target)
    assert refused.value.code == code


def test_check_when_the_account_has_ended_is_bad_state():
    arrival = arrived(
        plan(daily(amount="500"), version=1),
        plan(daily(amount="600"), version=2),
        tell=lambda journal: journal.earn("a", "-501"),
    )
    with pytest.raises(InputError) as refused:
        asked(arrival, "a", "plan@2")
    assert refused.value.code == "bad_state"
