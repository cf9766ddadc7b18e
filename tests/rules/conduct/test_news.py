"""Windows around releases: their ends, who is concerned, fills of stops, holding through."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import InputError
from schemas.instants import instant_text, parse_instant
from tests.rules.kit import ENGINES, Journal
from tests.rules.samples import ruleset

RELEASE = "2024-03-08T13:30:00Z"
CPI = {"id": "cpi", "ts": RELEASE, "title": "CPI", "currency": "USD", "impact": "high"}


def news(before="300", after="300", **params):
    windows = {"window_before_s": before, "window_after_s": after}
    return {"id": "news", "family": "news", **windows, **params}


def published(rule, *releases, **phase):
    plan = ruleset(rule, **phase)
    journal = Journal(plan, start="2024-03-08T08:00:00Z").open("a")
    return calendar(journal, *(releases or (CPI,)))


def calendar(journal, *releases, version="1", at=None):
    return journal.event("calendar.published", at=at, version=version, events=list(releases))


@pytest.mark.parametrize(
    ("at", "breached"),
    [
        ("2024-03-08T13:24:59.999999999Z", False),
        ("2024-03-08T13:25:00Z", True),
        ("2024-03-08T13:25:00.000000001Z", True),
        ("2024-03-08T13:35:00Z", True),
        ("2024-03-08T13:35:00.000000001Z", False),
    ],
)
def test_fill_when_at_the_ends_of_the_window_is_inside(engine, at, breached):
    run = published(news()).buy("a", "EURUSD", "1", "1", at=at).run(engine)
    assert run.rules_breached() == (["news"] if breached else [])


def test_breach_when_made_names_fill_release_and_window(engine):
    made = published(news("120", "60")).buy("a", "EURUSD", "1", "1", at=RELEASE).run(engine)
    assert made.breach("news")["evidence"]["facts"] == {
        "fill_id": "f3",
        "symbol": "EURUSD",
        "reason": "client",
        "releases": [
            {
                "release": "cpi",
                "title": "CPI",
                "released_at": RELEASE,
                "window_from": "2024-03-08T13:28:00Z",
                "window_to": "2024-03-08T13:31:00Z",
            }
        ],
    }


@pytest.mark.parametrize(
    ("release", "symbol", "breached"),
    [
        ({"currency": "USD"}, "EURUSD", True),  # quote
        ({"currency": "EUR"}, "EURUSD", True),  # base
        ({"currency": "CNY"}, "EURUSD", False),
        ({"currency": "USD"}, "EURGBP", False),
        ({"symbols": ["COIN"]}, "COIN", True),
        ({"symbols": ["COIN"], "currency": "USD"}, "EURUSD", False),  # symbols come first
        ({}, "EURGBP", True),  # concerns everything
    ],
)
def test_release_when_it_concerns_the_instrument_shuts_it(engine, release, symbol, breached):
    event = {"id": "r", "ts": RELEASE, "title": "release", **release}
    run = published(news(), event).buy("a", symbol, "0.1", "1", at=RELEASE).run(engine)
    assert run.rules_breached() == (["news"] if breached else [])


@pytest.mark.parametrize(
    ("impacts", "breached"), [([], True), ("high", True), (["low", "high"], True), ("low", False)]
)
def test_impact_when_named_is_the_only_one_that_counts(engine, impacts, breached):
    rule = news(impacts=impacts)
    run = published(rule).buy("a", "EURUSD", "1", "1", at=RELEASE).run(engine)
    assert run.rules_breached() == (["news"] if breached else [])


@pytest.mark.parametrize("reason", ["stop_loss", "take_profit"])
def test_stop_when_filled_inside_the_window_counts_unless_exempt(engine, reason):
    """A stop filled inside a news window: the trader did nothing, the fill is there."""
    for protective in ("counts", "exempt"):
        journal = published(news(protective=protective)).buy("a", "EURUSD", "1", "1")
        run = journal.sell("a", "EURUSD", "1", "0.9", at=RELEASE, reason=reason).run(engine)
        assert bool(run.rules_breached()) == (protective == "counts")


@pytest.mark.parametrize(
    ("fills", "breaches"), [("opening", ["f3"]), ("closing", ["f4"]), ("all", ["f3", "f4"])]
)
def test_fills_when_of_the_kind_that_counts_are_judged(engine, fills, breaches):
    journal = published(news(fills=fills, breach_kind="flag", strikes_to_hard="9"))
    journal.buy("a", "EURUSD", "1", "1", at=RELEASE).sell("a", "EURUSD", "1", "1")
    run = journal.run(engine)
    assert [made["evidence"]["facts"]["fill_id"] for made in run.of("breach")] == breaches


def test_position_when_held_through_is_fine_unless_forbidden(engine):
    for holding in ("allowed", "forbidden"):
        journal = published(news(holding=holding)).buy("a", "EURUSD", "1", "1")
        run = journal.clock(at="2024-03-08T14:00:00Z").run(engine)
        assert bool(run.rules_breached()) == (holding == "forbidden")
        if holding == "forbidden":
            made = run.breach("news")
            assert made["ts"] == "2024-03-08T13:25:00Z"
            assert made["metric"] == "positions_in_window"
            assert made["evidence"]["facts"]["held"][0]["position_id"] == "EURUSD"


@pytest.mark.parametrize(
    ("at", "breached"),
    [("2024-03-08T13:24:59.999999999Z", False), ("2024-03-08T13:25:00Z", True)],
)
def test_position_when_closed_around_the_start_must_be_closed_before(engine, at, breached):
    journal = published(news(holding="forbidden")).buy("a", "EURUSD", "1", "1")
    run = journal.sell("a", "EURUSD", "1", "1", at=at).run(engine)
    assert bool(run.rules_breached()) == breached


def test_holding_when_opened_inside_is_said_once(engine):
    rule = news(holding="forbidden", fills="closing", breach_kind="flag", strikes_to_hard="9")
    journal = published(rule).buy("a", "EURUSD", "1", "1", at=RELEASE)
    other = {**CPI, "id": "other", "ts": "2024-03-08T13:40:00Z"}
    calendar(journal, CPI, other, version="2")
    run = journal.clock(at="2024-03-08T15:00:00Z").run(engine)
    assert [made["ts"] for made in run.of("breach")] == [RELEASE, "2024-03-08T13:35:00Z"]


def test_calendar_when_replaced_moves_the_window(engine):
    journal = published(news(holding="forbidden")).buy("a", "EURUSD", "1", "1")
    moved = {**CPI, "ts": "2024-03-08T16:00:00Z"}
    calendar(journal, moved, version="2")
    run = journal.clock(at="2024-03-08T17:00:00Z").run(engine)
    assert run.breach("news")["ts"] == "2024-03-08T15:55:00Z"


def test_calendar_when_published_inside_a_window_is_looked_at_next(engine):
    journal = Journal(ruleset(news(holding="forbidden")), start="2024-03-08T08:00:00Z").open("a")
    journal.buy("a", "EURUSD", "1", "1").tick("EURUSD", "1", at="2024-03-08T13:29:00Z")
    calendar(journal, CPI, at="2024-03-08T13:29:00Z")
    journal.tick("EURUSD", "1", at="2024-03-08T13:29:00Z").tick("EURUSD", "1")
    run = journal.run(engine)
    assert run.breach("news")["ts"] == "2024-03-08T13:29:00.000000001Z"


def test_window_when_no_calendar_was_published_is_nowhere(engine):
    journal = Journal(ruleset(news(holding="forbidden"))).open("a").buy("a", "EURUSD", "1", "1")
    assert journal.clock(at="2024-03-09T00:00:00Z").run(engine).rules_breached() == []


def test_phase_when_it_has_no_such_rule_trades_news_freely(engine):
    free = Journal(ruleset(), start="2024-03-08T08:00:00Z").open("a")
    run = calendar(free, CPI).buy("a", "EURUSD", "1", "1", at=RELEASE).run(engine)
    assert run.rules_breached() == []


@pytest.mark.parametrize(
    ("params", "path"),
    [
        ({"window_before_s": "-1"}, "window_before_s"),
        ({"window_after_s": "soon"}, "window_after_s"),
        ({"impacts": ["high", 3]}, "impacts.1"),
        ({"holding": "never"}, "holding"),
        ({"protective": True}, "protective"),
    ],
)
def test_parameters_when_wrong_name_the_field(params, path):
    with pytest.raises(InputError) as caught:
        Journal(ruleset(news() | params))
    assert caught.value.path == f"phases.0.rules.0.{path}"


@given(
    st.integers(0, 90),
    st.integers(0, 90),
    st.lists(st.integers(0, 600), min_size=1, max_size=3, unique=True),
    st.integers(0, 600),
)
@settings(max_examples=30)
def test_fill_when_anywhere_is_inside_if_a_release_is_near_enough(before, after, releases, at):
    start = parse_instant("2024-03-08T12:00:00Z")
    events = [
        {**CPI, "id": f"r{place}", "ts": instant_text(start + second * 10**9)}
        for place, second in enumerate(releases)
    ]
    journal = published(news(str(before), str(after)), *events)
    journal.buy("a", "EURUSD", "1", "1", at=instant_text(start + at * 10**9))
    runs = [journal.run(engine) for engine in ENGINES.values()]
    assert runs[0].lines == runs[1].lines
    inside = any(second - before <= at <= second + after for second in releases)
    assert bool(runs[0].rules_breached()) == inside
