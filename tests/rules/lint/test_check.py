"""Every kind of finding: where it stands, how grave it is, and what stays silent beside it."""

import pytest

from rules.lint.check import lint
from tests.rules.lint.plans import STOPS, limit, lots, plan
from tests.rules.samples import (
    consistency,
    daily,
    drawdown,
    ruleset,
    target,
    trading_days,
)


def phases(*documents):
    """A ruleset of several phases, each the only one of its document."""
    return {**documents[0], "phases": [document["phases"][0] for document in documents]}


def found(document):
    return [(it.severity, it.code, it.path) for it in lint(document)]


GOOD = plan(daily(), drawdown(), goals=[target(), trading_days(4), consistency("0.4")])


def without(mapping, *names):
    return {name: value for name, value in mapping.items() if name not in names}


def test_lint_when_nothing_is_wrong_is_silent():
    assert found(GOOD) == []


EVALUATION = plan(daily(), goals=[target()], on_pass="funded")
FUNDED = plan(daily(), name="funded", funded=True)
PATH = "phases.0.rules.0"

CASES = {
    "not a mapping": ([], [("error", "bad_value", "")]),
    "unknown field of the ruleset": (
        {**GOOD, "curency": "USD"},
        [("error", "unknown_field", "curency")],
    ),
    "unknown field of the session": (
        {**GOOD, "session": {"timezone": "UTC", "reset": "00:00", "tz": "UTC"}},
        [("error", "unknown_field", "session.tz")],
    ),
    "unknown field of a phase": (
        plan(daily(), require_falt=True),
        [("error", "unknown_field", "phases.0.require_falt")],
    ),
    "unknown field of a rule": (
        plan(daily(breach="hard")),
        [("error", "unknown_field", f"{PATH}.breach")],
    ),
    "missing field": (without(GOOD, "session"), [("error", "missing_field", "session")]),
    "missing limit": (
        plan(without(daily(), "pct")),
        [("error", "missing_limit", f"{PATH}.pct")],
    ),
    "two limits": (
        plan(daily(pct="0.05", amount="500")),
        [("error", "missing_limit", f"{PATH}.pct")],
    ),
    "missing parameter of a goal": (
        plan(daily(), goals=[without(trading_days(4), "min_days")]),
        [("error", "missing_field", "phases.0.goals.0.min_days")],
    ),
    "several at once": (
        {**plan(daily(metric="equty"), drawdown(warn=["1"])), "version": "0"},
        [
            ("error", "bad_value", "version"),
            ("error", "bad_value", f"{PATH}.metric"),
            ("error", "unknown_field", "phases.0.rules.1.warn"),
        ],
    ),
    "unknown family": (
        plan({**daily(), "family": "daily_los"}),
        [("error", "unknown_family", f"{PATH}.family")],
    ),
    "a goal among the rules": (
        plan(target()),
        [("error", "unknown_family", f"{PATH}.family")],
    ),
    "a zone that does not exist": (
        plan(daily(), timezone="Europe/Praque"),
        [("error", "bad_value", "session.timezone")],
    ),
    "a rule's zone that does not exist": (
        plan(daily(reset_tz="Mars/Olympus")),
        [("error", "bad_value", f"{PATH}.reset_tz")],
    ),
    "on_pass to nowhere": (
        plan(daily(), goals=[target()], on_pass="next"),
        [("error", "bad_value", "phases.0.on_pass")],
    ),
    "phases in a circle": (
        phases(EVALUATION, plan(daily(), name="funded", goals=[target()], on_pass="evaluation")),
        [
            ("error", "phase_circle", "phases.0.on_pass"),
            ("error", "phase_circle", "phases.1.on_pass"),
        ],
    ),
    "a phase nothing leads to": (
        phases(plan(daily(), goals=[target()]), FUNDED),
        [("warning", "unreachable_phase", "phases.1.name")],
    ),
    "a way on without goals": (
        phases(plan(daily(), on_pass="funded"), FUNDED),
        [("error", "never_passes", "phases.0.on_pass")],
    ),
    "a funded phase that ends": (
        phases(EVALUATION, plan(daily(), name="funded", funded=True, goals=[target()])),
        [("warning", "funded_dead_end", "phases.1.goals")],
    ),
    "no end": (
        plan(daily(breach_kind="pause")),
        [("error", "phase_without_end", "phases.0.rules")],
    ),
    "no failing": (
        plan(daily(breach_kind="flag"), goals=[target()]),
        [("warning", "cannot_fail", "phases.0.rules")],
    ),
    "a base left out": (ruleset(daily()), [("hint", "implicit_base", f"{PATH}.pct")]),
    "the same rule twice": (
        plan(daily(), {**daily(), "id": "again"}),
        [("warning", "same_twice", "phases.0.rules.1")],
    ),
    "the same goal twice": (
        plan(daily(), goals=[target(), {**target(), "id": "again"}]),
        [("warning", "same_twice", "phases.0.goals.1")],
    ),
    "a daily loss wider than the drawdown": (
        plan(daily(pct="0.06"), drawdown("trail_closed_balance", pct="0.05")),
        [("warning", "never_binds", PATH)],
    ),
    "a daily loss wider than a static drawdown": (
        plan(daily(pct="0.06"), drawdown(pct="0.05")),
        [("warning", "binds_late", PATH)],
    ),
    "a daily loss as wide as the drawdown": (plan(daily(), drawdown(pct="0.05")), []),
    "a daily loss wider than a drawdown that flags": (
        plan(
            daily(pct="0.06"),
            drawdown("trail_closed_balance", pct="0.05", breach_kind="flag"),
        ),
        [],
    ),
    "level 1 where touching is a breach": (
        plan(daily(comparator="lte", warn_at=["0.8", "1"])),
        [("warning", "warning_never_fires", f"{PATH}.warn_at")],
    ),
    "level 1 where touching is none": (plan(daily(warn_at=["0.8", "1"])), []),
    "an offset nothing locks at": (
        plan(drawdown(lock_offset="100")),
        [("warning", "no_effect", f"{PATH}.lock_offset")],
    ),
    "an offset that a payout locks at": (
        plan(drawdown(lock_offset="100", payout_effect="lock")),
        [],
    ),
    "a lock behind the target": (
        plan(drawdown("trail_eod_balance", lock_offset="0"), goals=[target(pct="0.08")]),
        [("hint", "lock_never_reached", f"{PATH}.lock_offset")],
    ),
    "a lock at the target": (
        plan(drawdown("trail_eod_balance", lock_offset="0"), goals=[target(pct="0.1")]),
        [],
    ),
    "a lock behind one goal of two": (
        plan(
            drawdown("trail_eod_balance", lock_offset="0"),
            goals=[target(pct="0.08"), trading_days(4)],
        ),
        [],
    ),
    "a lock on more profit than the target": (
        plan(
            drawdown("lock_on_profit", lock_trigger_profit="50000"), goals=[target(amount="49999")]
        ),
        [("hint", "lock_never_reached", f"{PATH}.lock_trigger_profit")],
    ),
    "a floor that is locked at once": (
        plan(drawdown("trail_equity", amount="500", lock_offset="-500")),
        [("warning", "locked_from_start", f"{PATH}.lock_offset")],
    ),
    "a floor that is locked a little later": (
        plan(drawdown("trail_equity", amount="500", lock_offset="-499")),
        [],
    ),
    "no days": (
        plan(daily(), goals=[target(), trading_days(0)]),
        [("warning", "always_met", "phases.0.goals.1.min_days")],
    ),
    "all of the profit in a day": (
        plan(daily(), goals=[target(), consistency("1")]),
        [("warning", "always_met", "phases.0.goals.1.max_share")],
    ),
    "half of the profit in a trade": (
        plan(daily(), goals=[target(), consistency("0.5", scope="trade")]),
        [],
    ),
    "a time limit shorter than the days asked for": (
        plan(daily(), limit(4), goals=[target(), trading_days(5)]),
        [("error", "cannot_be_met", "phases.0.goals.1.min_days")],
    ),
    "a time limit as long as the days asked for": (
        plan(daily(), limit(5), goals=[target(), trading_days(5)]),
        [],
    ),
    "a share that needs more days than there are": (
        plan(daily(), limit(2), goals=[target(), consistency("0.4")]),
        [("error", "cannot_be_met", "phases.0.goals.1.max_share")],
    ),
    "inactivity is no time limit": (
        plan(
            daily(),
            {"id": "idle", "family": "inactivity", "days": "3"},
            goals=[target(), trading_days(5)],
        ),
        [],
    ),
    "a time limit is an end": (plan(limit(30)), []),
    "strikes are an end": (
        plan({**STOPS, "breach_kind": "flag", "strikes_to_hard": "3"}),
        [],
    ),
    "a warning of a deed": (
        plan(daily(), {**STOPS, "warn_at": ["0.8"]}),
        [("warning", "warning_never_fires", "phases.0.rules.1.warn_at")],
    ),
    "a conduct rule easier than another": (
        plan(daily(), lots("5"), {**lots("6"), "id": "wide"}),
        [("warning", "never_binds", "phases.0.rules.2")],
    ),
    "a conduct rule easier than one for other symbols": (
        plan(daily(), lots("5", symbols=["EURUSD"]), {**lots("6"), "id": "wide"}),
        [],
    ),
    "a conduct rule easier than a flag": (
        plan(daily(), lots("5", breach_kind="flag"), {**lots("6"), "id": "wide"}),
        [],
    ),
    "a target that its own spread lifts": (
        plan(
            daily(),
            goals=[
                {
                    "id": "lift",
                    "family": "consistency_target_lift",
                    "pct": "0.08",
                    "max_share": "0.4",
                }
            ],
        ),
        [],
    ),
    "a share of any profit": (
        plan(daily(), goals=[consistency("0.4")]),
        [("warning", "no_target", "phases.0.goals")],
    ),
}


@pytest.mark.parametrize(("document", "expected"), CASES.values(), ids=list(CASES))
def test_lint_when_something_is_wrong_names_it_and_its_place(document, expected):
    assert found(document) == expected


def test_lint_when_a_name_is_mistyped_says_which_is_meant():
    fixes = [
        it.fix
        for it in lint(plan(daily(comparatr="lt"), {**drawdown(), "family": "max_draw_down"}))
    ]
    assert fixes == ["did you mean `comparator`?", "did you mean `max_drawdown`?"]


def test_lint_when_a_goal_stands_among_the_rules_says_where_it_belongs():
    assert [it.fix for it in lint(plan(target()))] == ["move it to `goals`"]


def test_lint_when_anything_is_found_says_how_to_fix_it():
    for document, _ in CASES.values():
        assert all(it.fix and it.message for it in lint(document))
