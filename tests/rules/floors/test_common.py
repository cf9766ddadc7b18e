"""What the loss rules share (contract 1.4, row "both"): metric, session, parameters.

A position of 1 UNIT opened at the balance has equity = bid.
"""

import pytest

from rules.catalog import FLOORS
from schemas.errors import InputError
from schemas.fields import parse_model
from tests.rules.kit import Journal
from tests.rules.samples import daily, drawdown, ruleset

MIDNIGHT = "2024-03-06T00:00:00Z"


def floating(*rules):
    return Journal(ruleset(*rules)).open("a").buy("a", "UNIT", "1", "10000")


@pytest.mark.parametrize("metric", ["equity", "balance", "min_balance_equity"])
def test_metric_when_only_the_equity_is_below_the_floor_decides(engine, metric):
    run = floating(daily(metric=metric)).tick("UNIT", "9400").run(engine)
    if metric == "balance":
        assert run.of("breach") == []
    else:
        breach = run.breach("daily")
        assert (breach["metric"], breach["observed"]) == (metric, "9400")


@pytest.mark.parametrize("metric", ["equity", "balance", "min_balance_equity"])
def test_metric_when_only_the_balance_is_below_the_floor_decides(engine, metric):
    """A floating profit at the reset lifts the floor, 10600 − 500, above the balance."""
    rule = daily(amount="500", reference="max_balance_equity", metric=metric)
    run = floating(rule).tick("UNIT", "10600").clock(at=MIDNIGHT).run(engine)
    if metric == "equity":
        assert run.of("breach") == []
    else:
        breach = run.breach("daily")
        assert (breach["observed"], breach["equity"]) == ("10000", "10600")
        assert (breach["floor"], breach["overshoot"]) == ("10100", "100")


@pytest.mark.parametrize(
    ("own", "rebased"),
    [
        ({}, "2024-03-05T23:00:00Z"),  # the ruleset's: midnight in Prague
        ({"reset_time": "17:00"}, "2024-03-05T16:00:00Z"),
        ({"reset_tz": "America/New_York"}, "2024-03-06T05:00:00Z"),
        ({"reset_tz": "America/New_York", "reset_time": "17:00"}, "2024-03-05T22:00:00Z"),
    ],
)
def test_rule_when_it_names_its_own_session_rebases_then(engine, own, rebased):
    document = ruleset(daily(amount="500", **own), timezone="Europe/Prague")
    journal = Journal(document).open("a").earn("a", "100")
    last = journal.entries[-1].ts
    run = journal.clock(at="2024-03-06T12:00:00Z").run(engine)
    moved = [
        made["ts"]
        for made, before in zip(run.of("progress")[1:], run.of("progress"), strict=False)
        if made["rules"][0]["floor"] != before["rules"][0]["floor"]
    ]
    assert moved == [rebased]
    assert run.rule("daily")["floor"] == "9600"
    assert last < journal.entries[-1].ts


@pytest.mark.parametrize("family", ["daily_loss", "max_drawdown"])
@pytest.mark.parametrize(
    ("params", "path"),
    [
        ({"pct": "0.1", "metric": "max"}, "metric"),
        ({"pct": "0.1", "comparator": "gt"}, "comparator"),
        ({"pct": "0.1", "breach_kind": "soft"}, "breach_kind"),
        ({"pct": "0.1", "warn_at": ["0.8", "0.80"]}, "warn_at"),
        ({"pct": "0.1", "warn_at": ["0"]}, "warn_at.0"),
        ({"pct": "0.1", "warn_at": ["1.2"]}, "warn_at.0"),
        ({"pct": "0.1", "action": ["explode"]}, "action.0"),
        ({"pct": "0.1", "reset_tz": "Nowhere/City"}, "reset_tz"),
        ({"pct": "0.1", "reset_tz": "localtime"}, "reset_tz"),
        ({"pct": "0.1", "reset_time": "25:00"}, "reset_time"),
        ({"pct": "0.1", "reset_time": "10"}, "reset_time"),
        ({"pct": "0.1", "reset_time": "10:30+02:00"}, "reset_time"),
        ({"pct": "0.1", "reset_time": "10:30:00.5"}, "reset_time"),
    ],
)
def test_parameters_when_wrong_name_the_field(family, params, path):
    needed = {"mode": "static"} if family == "max_drawdown" else {}
    raw = {"id": "x", "family": family, **needed, **params}
    with pytest.raises(InputError) as caught:
        parse_model(FLOORS[family].params, raw, "rules.0")
    assert caught.value.code == "bad_value"
    assert caught.value.path == f"rules.0.{path}"


@pytest.mark.parametrize(
    ("kind", "actions"),
    [
        ("hard", ["disable_trading", "cancel_orders", "close_positions", "notify"]),
        ("pause", ["disable_trading", "cancel_orders", "close_positions", "notify"]),
        ("flag", ["notify"]),
    ],
)
@pytest.mark.parametrize("rule", [daily, drawdown])
def test_actions_when_left_out_depend_on_the_kind(engine, rule, kind, actions):
    run = floating(rule(amount="1", breach_kind=kind)).tick("UNIT", "9000").run(engine)
    (intervention,) = run.of("intervention")
    assert intervention["actions"] == actions


def test_actions_when_given_keep_their_order(engine):
    rule = daily(amount="1", action=["notify", "reapply_stop", "close_positions"])
    run = floating(rule).tick("UNIT", "9000").run(engine)
    (intervention,) = run.of("intervention")
    assert intervention["actions"] == ["notify", "reapply_stop", "close_positions"]
