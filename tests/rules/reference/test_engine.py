"""Contract section 2, "Order" and "Bad input"; section 3: the journal is law."""

import pytest

from tests.rules.kit import Entry, Journal
from tests.rules.samples import daily, drawdown, ruleset, target, trading_days

MIDNIGHT = "2024-03-06T00:00:00Z"
NEXT = "2024-03-07T00:00:00Z"
LIMIT = daily(amount="500")


def opened(*accounts, **how):
    journal = Journal(ruleset(LIMIT, drawdown("trail_equity", amount="1000")), **how)
    for account in accounts or ("a",):
        journal.open(account)
    return journal


def test_seq_when_entries_are_accepted_counts_ticks_events_and_clocks(engine):
    journal = opened().tick("UNIT", "5").clock().tick("COIN", "5")
    run = journal.adjust("a", "fee", "501").run(engine)
    assert run.breach("daily")["seq"] == 5


def test_boundary_when_it_precedes_a_tick_carries_that_ticks_seq(engine):
    run = opened().tick("UNIT", "5").tick("UNIT", "6", at="2024-03-06T00:00:07Z").run(engine)
    assert [(made["seq"], made["ts"]) for made in run.of("progress")] == [
        (1, "2024-03-05T10:00:00Z"),
        (3, MIDNIGHT),
        (3, "2024-03-06T00:00:07Z"),
    ]


@pytest.mark.parametrize("groups", [1, 64])
def test_boundary_when_another_accounts_event_comes_first_carries_its_seq(engine, groups):
    """Also when the two accounts are looked after by different engines."""
    journal = opened("a", "b").adjust("b", "fee", "1", at="2024-03-06T09:00:00Z")
    run = journal.adjust("a", "fee", "1").run(engine, groups=groups)
    reported = [made for made in run.of("progress") if made["ts"] == MIDNIGHT]
    assert [(made["account_id"], made["seq"]) for made in reported] == [("a", 3), ("b", 3)]


@pytest.mark.parametrize("groups", [1, 64])
def test_boundary_when_the_first_input_after_it_is_refused_carries_the_next_ones_seq(
    engine, groups
):
    journal = opened("a", "b").adjust("zz", "fee", "1", at=MIDNIGHT)
    journal.adjust("b", "fee", "1").adjust("a", "fee", "1")
    run = journal.run(engine, groups=groups)
    reported = [made for made in run.of("progress") if made["ts"] == MIDNIGHT]
    assert [(made["account_id"], made["seq"]) for made in reported] == [("a", 3), ("b", 3)]


@pytest.mark.parametrize("groups", [1, 2, 64])
def test_boundary_when_only_refused_inputs_reach_it_does_not_happen(engine, groups):
    quiet = opened("a", "b").tick("UNIT", "5").run(engine, groups=groups)
    journal = opened("a", "b").tick("UNIT", "5")
    journal.adjust("zz", "fee", "1", at=MIDNIGHT).act("b", "unpause", at=NEXT)
    run = journal.run(engine, groups=groups)
    assert run.codes == ["unknown_account account_id", "bad_state action"]
    assert run.lines == quiet.lines


def test_boundary_when_nothing_follows_does_not_happen_until_a_clock(engine):
    journal = opened().tick("UNIT", "5", at="2024-03-05T23:59:59.999999999Z")
    assert len(journal.run(engine).of("progress")) == 2
    assert len(journal.clock(at=MIDNIGHT).run(engine).of("progress")) == 3


def test_decisions_when_several_accounts_decide_come_by_account_then_ordinal(engine):
    journal = opened("b", "B", "a", "ä", "a1")
    for account in ("b", "B", "a", "ä", "a1"):
        journal.buy(account, "UNIT", "1", "10000", position_id=account)
    run = journal.tick("UNIT", "9499").clock().run(engine)
    crossed = [made for made in run.decisions if made["seq"] == 11]
    assert [made["account_id"] for made in crossed[::3]] == ["B", "a", "a1", "b", "ä"]
    types = ["breach", "intervention", "state"] * 5
    assert [made["type"] for made in crossed] == types


def test_decisions_when_a_boundary_and_its_input_decide_come_derived_first(engine):
    journal = opened("a", "b").adjust("a", "fee", "501", at=MIDNIGHT)
    run = journal.run(engine)
    last = [made for made in run.decisions if made["seq"] == 3]
    assert [(made["account_id"], made["type"]) for made in last[:5]] == [
        ("a", "progress"),
        ("b", "progress"),
        ("a", "breach"),
        ("a", "intervention"),
        ("a", "state"),
    ]


def test_progress_when_a_replay_ends_comes_from_every_account_at_its_last_input(engine):
    journal = opened("b", "a").act("b", "close").tick("UNIT", "5")
    run = journal.adjust("zz", "fee", "1").run(engine)
    final = run.decisions[-2:]
    assert [(made["account_id"], made["state"]) for made in final] == [
        ("a", "active"),
        ("b", "closed"),
    ]
    assert {(made["seq"], made["ts"]) for made in final} == {(4, "2024-03-05T10:00:03Z")}


def test_progress_when_asked_for_every_step_reports_after_each_own_event(engine):
    journal = opened("a", "b").tick("UNIT", "5").adjust("a", "fee", "1").adjust("b", "fee", "2")
    run = journal.clock(at=MIDNIGHT).run(engine, progress="every")
    assert [made["seq"] for made in run.of("progress", "a")] == [1, 4, 6, 6]
    assert [made["seq"] for made in run.of("progress", "b")] == [2, 5, 6, 6]


def test_events_of_the_market_when_accepted_move_time_for_every_account(engine):
    events = [
        ("clock", {}),
        ("calendar.published", {"version": "1"}),
        ("ruleset.published", {"document": ruleset(LIMIT, ref="other@1")}),
        (
            "instrument.listed",
            {
                "instrument": {
                    "symbol": "NEW",
                    "base": "X",
                    "quote": "USD",
                    "price_digits": "1",
                    "qty_digits": "1",
                }
            },
        ),
    ]
    for kind, fields in events:
        run = opened("a", "b").event(kind, at=MIDNIGHT, **fields).run(engine, groups=2)
        assert [made["ts"] for made in run.of("progress")[2:4]] == [MIDNIGHT, MIDNIGHT]


def test_instrument_when_listed_may_be_traded_from_then_on(engine):
    new = {"symbol": "NEW", "base": "X", "quote": "USD", "price_digits": "1", "qty_digits": "1"}
    journal = opened().buy("a", "NEW", "1", "10").event("instrument.listed", instrument=new)
    journal.event("instrument.listed", instrument=new)  # the same again is fine
    journal.buy("a", "NEW", "1", "10").tick("NEW", "15.5").event(
        "instrument.listed", instrument={**new, "price_digits": "2"}
    )
    run = journal.run(engine)
    assert run.codes == ["unknown_symbol symbol", "bad_value instrument.symbol"]
    assert run.progress()["equity"] == "10005.5"
    assert run.progress()["seq"] == 5


def test_instrument_when_its_conversion_is_not_listed_is_refused_with_its_path(engine):
    new = {"symbol": "NEW", "base": "X", "quote": "CZK", "price_digits": "1", "qty_digits": "1"}
    conversion = {"symbol": "USDCZK", "op": "divide"}
    run = opened().event("instrument.listed", instrument={**new, "conversion": conversion})
    assert run.run(engine).codes == ["unknown_symbol instrument.conversion.symbol"]


def test_late_event_when_it_decides_takes_the_journals_time_and_keeps_its_own(engine):
    """It is of the old day, but its place is after the boundary."""
    journal = opened().clock(at=MIDNIGHT)
    run = journal.adjust("a", "fee", "501", late="2024-03-05T23:00:00.5Z").run(engine)
    breach = run.breach("daily")
    assert breach["ts"] == "2024-03-06T00:00:01Z"
    assert breach["evidence"]["entry"] == {
        "kind": "event",
        "seq": 3,
        "ts": "2024-03-06T00:00:01Z",
        "event_id": "e3",
        "type": "balance.adjusted",
        "late": True,
        "own_ts": "2024-03-05T23:00:00.5Z",
    }


def test_late_tick_when_it_decides_keeps_its_own_time(engine):
    journal = opened().buy("a", "UNIT", "1", "10000").clock(at=MIDNIGHT)
    run = journal.tick("UNIT", "9499", late="2024-03-05T23:59:00Z").run(engine)
    entry = run.breach("daily")["evidence"]["entry"]
    assert (entry["late"], entry["own_ts"]) == (True, "2024-03-05T23:59:00Z")


def busy():
    """A journal with everything in it, and nothing bad."""
    goals = [target(amount="100000"), trading_days(3)]
    rules = [daily(amount="500", breach_kind="pause", warn_at=["0.5"]), drawdown("trail_equity")]
    return (
        Journal(ruleset(*rules, goals=goals), ruleset(*rules, ref="plan@2"))
        .open("a")
        .open("f", position_mode="hedging")
        .buy("a", "UNIT", "1", "10000")
        .buy("f", "UNIT", "1", "10000", position_id="p")
        .tick("UNIT", "9490")
        .adjust("a", "payout", "50")
        .tick("UNIT", "9800")
        .clock(at=MIDNIGHT)
        .act("a", "suspend")
        .sell("f", "UNIT", "0.5", "9600", position_id="p")
        .act("a", "reinstate")
        .act("f", "migrate", ruleset="plan@2")
        .tick("UNIT", "12000", at=NEXT)
        .act("f", "close")
        .tick("UNIT", "8000")
    )


BAD = [
    ("unknown_account account_id", lambda journal: journal.adjust("zz", "fee", "1")),
    ("unknown_account account_id", lambda journal: journal.kyc("zz", "approved")),
    ("unknown_symbol symbol", lambda journal: journal.buy("a", "NONE", "1", "1")),
    ("unknown_ruleset ruleset", lambda journal: journal.open("n", plan="none@1")),
    ("unknown_phase phase", lambda journal: journal.open("n", phase="none")),
    ("duplicate_account account_id", lambda journal: journal.open("a")),
    ("currency_mismatch currency", lambda journal: journal.open("n", currency="EUR")),
    ("bad_value overrides.x", lambda journal: journal.open("n", overrides={"x": {}})),
    ("unknown_ruleset ruleset", lambda journal: journal.act("a", "migrate", ruleset="none@1")),
    (
        "bad_value document.version",
        lambda journal: journal.event("ruleset.published", document=ruleset(LIMIT)),
    ),
    (
        "bad_value order_id",
        lambda journal: journal.event("order.cancelled", account_id="a", order_id="none"),
    ),
    (
        "bad_value position_id",
        lambda journal: journal.event("position.protected", account_id="f", position_id="none"),
    ),
]


@pytest.mark.parametrize(("code", "bad"), BAD)
def test_bad_input_when_it_comes_anywhere_changes_no_byte(engine, code, bad):
    """Not even the seqs, the ids and the hashes of what is decided."""
    journal = busy()
    good, clean = journal.entries, journal.run(engine, progress="every")
    assert clean.codes == []
    assert clean.rules_breached() == ["daily", "daily", "max"]
    raw = bad(Journal()).entries[-1].what
    places = range(3, len(good) + 1)
    for chosen in [*([place] for place in places), places]:
        entries = []
        for place, entry in enumerate([*good, good[-1]._replace(ts=good[-1].ts + 10**15)]):
            if place in chosen:
                what = {**raw, "event_id": f"bad{place}", "ts": str(entry.ts)}
                entries.append(Entry(entry.ts, what))
            entries.append(entry)
        journal.entries = entries[:-1]
        run = journal.run(engine, progress="every")
        assert run.codes == [code] * len(chosen)
        assert run.lines == clean.lines


def test_refused_state_act_when_a_boundary_is_due_before_it_leaves_no_trace(engine):
    """It is tried on a copy that has seen the boundary; the account itself has not."""
    journal = opened().adjust("a", "correction", "300")
    quiet = journal.run(engine, progress="every")
    run = journal.act("a", "unpause", at=NEXT).run(engine, progress="every")
    assert run.codes == ["bad_state action"]
    assert run.lines == quiet.lines


def test_accounts_when_one_breaches_do_not_touch_one_another(engine):
    journal = opened("a", "b").adjust("a", "fee", "501")
    run = journal.adjust("b", "fee", "400").clock(at=MIDNIGHT).run(engine)
    assert run.moves("b") == []
    assert run.rule("daily", "b")["floor"] == "9100"
