"""Contract section 2, "Warnings". 1 UNIT opened at 10,000: equity = bid; the allowance is 500."""

import pytest

from tests.rules.kit import Journal
from tests.rules.samples import daily, drawdown, ruleset

MIDNIGHT = "2024-03-06T00:00:00Z"


def floating(*rules):
    return Journal(ruleset(*rules)).open("a").buy("a", "UNIT", "1", "10000")


def warned(*levels, **more):
    return daily(amount="500", warn_at=list(levels), **more)


def levels(run):
    return [made["level"] for made in run.of("warning")]


@pytest.mark.parametrize(
    ("equity", "fired"),
    [
        ("9600.00000001", []),
        ("9600", ["0.8"]),  # room 100 = (1 − 0.8) × 500
        ("9599.99999999", ["0.8"]),
        ("9550", ["0.8", "0.9"]),
        ("9500", ["0.8", "0.9", "1"]),  # on the floor, which is safe under lt
    ],
)
def test_level_when_room_is_a_unit_around_it_fires_on_touching(engine, equity, fired):
    run = floating(warned("0.9", "0.8", "1")).tick("UNIT", equity).run(engine)
    assert levels(run) == fired  # ascending, however they were written


@pytest.mark.parametrize(
    ("equity", "used", "room"),
    [
        ("9600", "0.8", "100"),
        ("9599.5", "0.801", "99.5"),
        ("9599.99999999", "0.8", "99.99999999"),  # 0.80000000002
        ("9599.999975", "0.80000005", "99.999975"),
    ],
)
def test_warning_when_fired_says_how_much_is_used(engine, equity, used, room):
    run = floating(warned("0.8")).tick("UNIT", equity).run(engine)
    (warning,) = run.of("warning")
    assert warning["rule"] == "daily"
    assert (warning["used"], warning["room"], warning["floor"]) == (used, room, "9500")


def test_level_when_reached_again_in_the_session_stays_silent(engine):
    journal = floating(warned("0.8", "0.9"))
    for equity in ("9590", "9900", "9590", "9550", "9900", "9540"):
        journal.tick("UNIT", equity)
    run = journal.run(engine)
    assert [(made["level"], made["seq"]) for made in run.of("warning")] == [("0.8", 3), ("0.9", 6)]


def test_level_when_the_rules_session_ends_may_fire_again(engine):
    """At once, when the room is still small."""
    journal = floating(warned("0.8", reset_time="17:00")).tick("UNIT", "9590")
    run = journal.clock(at="2024-03-05T17:00:00Z").clock(at=MIDNIGHT).run(engine)
    assert [made["ts"] for made in run.of("warning")] == [
        "2024-03-05T10:00:02Z",
        "2024-03-05T17:00:00Z",
    ]


@pytest.mark.parametrize("kind", ["hard", "pause", "flag"])
def test_level_when_the_rule_breaches_in_the_step_is_silent(engine, kind):
    journal = floating(warned("0.8", breach_kind=kind)).tick("UNIT", "9499")
    assert levels(journal.run(engine)) == []
    # Nor while it is latched.
    assert levels(journal.tick("UNIT", "9550").run(engine)) == []


@pytest.mark.parametrize("kind", ["pause", "flag"])
def test_level_when_the_latch_is_gone_fires_again(engine, kind):
    journal = floating(warned("0.8", breach_kind=kind)).tick("UNIT", "9590")
    run = journal.tick("UNIT", "9499").tick("UNIT", "9550").clock(at=MIDNIGHT).run(engine)
    assert [made["ts"] for made in run.of("warning")] == ["2024-03-05T10:00:02Z", MIDNIGHT]


def test_levels_when_another_rule_breaches_hard_are_all_silent(engine):
    rules = [warned("0.8"), {**daily(amount="300"), "id": "hard"}]
    run = floating(*rules).tick("UNIT", "9550").run(engine)
    assert (run.rules_breached(), levels(run)) == (["hard"], [])


def test_levels_when_another_rule_only_pauses_still_fire_after_the_state(engine):
    rules = [
        warned("0.8"),
        {**daily(amount="300", breach_kind="pause"), "id": "pause"},
        {**drawdown(amount="500", warn_at=["0.5", "0.2"])},
    ]
    run = floating(*rules).tick("UNIT", "9550").run(engine)
    assert run.story()[2:-1] == [
        "breach pause",
        "intervention",
        "active>paused",
        "warning daily 0.8",
        "warning max 0.2",
        "warning max 0.5",
    ]


def test_levels_when_paused_suspended_or_active_fire_all_the_same(engine):
    for action in ("pause", "suspend"):
        run = floating(warned("0.8")).act("a", action).tick("UNIT", "9590").run(engine)
        assert levels(run) == ["0.8"]


def test_room_when_the_metric_is_the_balance_is_measured_on_it(engine):
    journal = floating(warned("0.8", metric="balance")).tick("UNIT", "9510")
    assert levels(journal.run(engine)) == []
    run = journal.adjust("a", "fee", "400").run(engine)
    assert (levels(run), run.of("warning")[0]["room"]) == (["0.8"], "100")


def test_level_when_the_floor_rises_with_the_peak_fires_without_a_loss(engine):
    """10000 is 400 above the first floor; the peak of 10400 lifts it to 9900."""
    rule = daily(amount="500", reference="intraday_peak_equity", warn_at=["0.8"])
    run = floating(rule).tick("UNIT", "10400").tick("UNIT", "10000").run(engine)
    assert [made["seq"] for made in run.of("warning")] == [4]


def test_level_when_the_allowance_follows_the_mark_is_a_share_of_it(engine):
    """10% of a mark of 11000 is 1100: half of it is left at 10450."""
    rule = drawdown("trail_equity", pct="0.1", pct_base="hwm", warn_at=["0.5"])
    journal = floating(rule).tick("UNIT", "11000").tick("UNIT", "10450.00000001")
    assert levels(journal.run(engine)) == []
    run = journal.tick("UNIT", "10450").run(engine)
    assert (levels(run), run.of("warning")[0]["used"]) == (["0.5"], "0.5")


def test_level_when_an_events_own_step_reaches_it_fires_there(engine):
    run = floating(warned("0.8")).adjust("a", "fee", "400").run(engine)
    assert [(made["level"], made["seq"]) for made in run.of("warning")] == [("0.8", 3)]


def test_level_when_the_allowance_is_reduced_to_nothing_is_all_used(engine):
    rule = drawdown(amount="500", payout_effect="reduce_allowance", warn_at=["0.8"])
    journal = Journal(ruleset(rule)).open("a").adjust("a", "bonus", "500")
    run = journal.adjust("a", "payout", "500").run(engine)
    assert (levels(run), run.of("warning")[0]["used"]) == (["0.8"], "1")
    assert run.rule("max")["used"] == "1"
