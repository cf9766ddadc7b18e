"""Contract section 3, `evidence`: from it anyone recomputes the verdict by hand."""

import pytest

from tests.rules.by_hand import recomputed
from tests.rules.kit import Journal
from tests.rules.samples import INSTRUMENTS, daily, drawdown, ruleset

MIDNIGHT = "2024-03-06T00:00:00Z"


def test_evidence_when_positions_of_every_kind_are_open_recomputes_the_verdict(engine):
    rules = [daily(amount="2000"), drawdown("trail_equity", amount="2500", comparator="lte")]
    run = (
        Journal(ruleset(*rules))
        .open("a", "20000", position_mode="hedging")
        .tick("GBPUSD", "1.27001", "1.27004")
        .tick("USDJPY", "149.993", "150.002")
        .buy("a", "EURUSD", "0.11", "1.08765", position_id="p1")
        .sell("a", "USDJPY", "0.07", "149.991", position_id="p2")
        .buy("a", "EURGBP", "0.13", "0.85011", position_id="p3")
        .sell("a", "BTC-INV", "777", "61234.5", position_id="p4")
        .buy("a", "COIN", "0.01234567", "61000.11", position_id="p5")
        .buy("a", "LAST", "3.0001", "17.01", position_id="p6")
        .tick("EURUSD", "1.08001", "1.08003")
        .tick("EURGBP", "0.84999", "0.85002")
        .tick("BTC-INV", "61999.5", "62000.5")
        .tick("COIN", "60000.01", "60000.04")
        .tick("LAST", "16.9", "17", "16.95")
        .tick("USDJPY", "151.003", "151.017")
        .tick("EURUSD", "0.90777", "0.90779")
        .run(engine)
    )
    breach = run.breach("daily")
    assert recomputed(breach, INSTRUMENTS)
    evidence = breach["evidence"]
    assert [item["id"] for item in evidence["positions"]] == [f"p{n}" for n in range(1, 7)]
    # Each mark names the tick it came with: the latest of its instrument.
    assert [item["mark_seq"] for item in evidence["positions"]] == [16, 15, 11, 12, 13, 14]
    assert {(item["symbol"], item["seq"]) for item in evidence["rates"]} == {
        ("USDJPY", 15),
        ("GBPUSD", 2),
        ("BTC-INV", 12),
    }
    assert evidence["entry"] == {
        "kind": "tick",
        "seq": 16,
        "ts": "2024-03-05T10:00:15Z",
        "symbol": "EURUSD",
        "bid": "0.90777",
        "ask": "0.90779",
    }
    assert breach["also"] == []


def test_evidence_when_a_tick_has_a_last_price_shows_it(engine):
    journal = Journal(ruleset(daily(amount="5"))).open("a").buy("a", "LAST", "1", "100")
    run = journal.tick("LAST", "90", "91", "94.9").run(engine)
    assert run.breach("daily")["evidence"]["entry"]["last"] == "94.9"
    assert recomputed(run.breach("daily"), INSTRUMENTS)


def test_evidence_when_no_price_is_known_says_so(engine):
    journal = Journal(ruleset(daily(amount="5"))).open("a").buy("a", "EURGBP", "1", "0.85")
    run = journal.adjust("a", "fee", "6").run(engine)
    (position,) = run.breach("daily")["evidence"]["positions"]
    assert position == {
        "id": "EURGBP",
        "symbol": "EURGBP",
        "side": "buy",
        "qty": "1",
        "cost": "85000",
        "mark": None,
        "mark_seq": None,
        "rate": None,
        "priced": False,
        "pnl": "0",
    }


@pytest.mark.parametrize(
    ("rule", "derivation"),
    [
        (
            daily(pct="0.02"),
            {
                "reference": "10600",
                "reference_kind": "balance",
                "set_by_seq": 5,
                "allowance": "200",
            },
        ),
        (
            daily(amount="200", reference="equity"),
            {
                "reference": "10700",
                "reference_kind": "equity",
                "set_by_seq": 5,
                "allowance": "200",
            },
        ),
        (
            daily(amount="200", reference="intraday_peak_equity"),
            {
                "reference": "10750",
                "reference_kind": "intraday_peak_equity",
                "set_by_seq": 6,
                "allowance": "200",
            },
        ),
        (
            drawdown("trail_equity", amount="200"),
            {
                "mode": "trail_equity",
                "initial": "10000",
                "high_water_mark": "10750",
                "set_by_seq": 6,
                "allowance": "200",
                "locked": False,
            },
        ),
        (
            drawdown("trail_eod_balance", amount="200", lock_offset="400"),
            {
                "mode": "trail_eod_balance",
                "initial": "10000",
                "high_water_mark": "10600",
                "set_by_seq": 5,
                "allowance": "200",
                "locked": True,
                "locked_at": "10400",
            },
        ),
        (
            drawdown("trail_closed_balance", pct="0.02", pct_base="hwm"),
            {
                "mode": "trail_closed_balance",
                "initial": "10000",
                "high_water_mark": "10600",
                "set_by_seq": 2,
                "allowance": "212",
                "locked": False,
            },
        ),
        (
            drawdown(amount="200"),
            {
                "mode": "static",
                "initial": "10000",
                "set_by_seq": 1,
                "allowance": "200",
                "locked": False,
            },
        ),
    ],
)
def test_derivation_when_a_floor_is_crossed_tells_where_it_came_from(engine, rule, derivation):
    """600 are won, 100 float at midnight, 150 on the next tick; then everything is lost."""
    run = (
        Journal(ruleset(rule))
        .open("a")
        .adjust("a", "correction", "600")
        .buy("a", "UNIT", "1", "10000")
        .tick("UNIT", "10100")
        .tick("UNIT", "10100", at=MIDNIGHT)
        .tick("UNIT", "10150")
        .tick("UNIT", "1")
        .run(engine)
    )
    (breach,) = run.of("breach")
    assert recomputed(breach, INSTRUMENTS)
    found = breach["evidence"]["floor"]
    assert found == derivation


@pytest.mark.parametrize(
    ("effect", "facts", "floor"),
    [
        ("lower_floor", {"lowered_by": "100", "allowance": "1000", "locked": False}, "8900"),
        ("reduce_allowance", {"allowance": "900", "locked": False}, "9100"),
        ("lock", {"allowance": "1000", "locked": True, "locked_at": "10000"}, "10000"),
        ("none", {"allowance": "1000", "locked": False}, "9000"),
        ("reset", {"allowance": "1000", "locked": False}, "9000"),
    ],
)
def test_derivation_when_a_payout_moved_the_floor_says_how(engine, effect, facts, floor):
    run = (
        Journal(ruleset(drawdown(amount="1000", payout_effect=effect)))
        .open("a")
        .adjust("a", "bonus", "500")
        .adjust("a", "payout", "100")
        .adjust("a", "fee", "9999")
        .run(engine)
    )
    breach = run.breach("max")
    assert breach["floor"] == floor
    moved_by = 1 if effect == "none" else 3
    assert breach["evidence"]["floor"] == {
        "mode": "static",
        "initial": "10000",
        "set_by_seq": moved_by,
        **facts,
    }


def test_audit_hash_when_nothing_came_before_is_of_the_opening(engine):
    run = Journal(ruleset(daily(amount="5"))).open("a").adjust("a", "fee", "6").run(engine)
    assert len(run.breach("daily")["evidence"]["previous_hash"]) == 64
