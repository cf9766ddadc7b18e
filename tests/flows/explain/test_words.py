"""A breach told from its own evidence."""

from flows.explain.words import breach_in_words, telling

BREACH = {
    "type": "breach",
    "account_id": "A7",
    "firm_id": "tide",
    "phase": "evaluation",
    "ruleset": "demo@1",
    "rule": "trail",
    "breach_kind": "hard",
    "metric": "equity",
    "observed": "96900",
    "floor": "97000",
    "overshoot": "100",
    "comparator": "lte",
    "equity": "96900",
    "balance": "99000",
    "evidence": {
        "entry": {
            "kind": "tick",
            "symbol": "EURGBP",
            "bid": "0.84",
            "ask": "0.85",
            "ts": "2025-03-12T06:07:04Z",
            "seq": 12,
        },
        "positions": [
            {
                "side": "sell",
                "qty": "2",
                "symbol": "EURGBP",
                "cost": "168000",
                "mark": "0.85",
                "rate": "GBPUSD",
                "pnl": "-2100",
            }
        ],
        "rates": [
            {
                "symbol": "GBPUSD",
                "bid": "1.04",
                "ask": "1.06",
                "mid": "1.05",
                "op": "multiply",
                "seq": 9,
            }
        ],
        "floor": {
            "mode": "trail_equity",
            "initial": "100000",
            "high_water_mark": "100000",
            "allowance": "3000",
            "set_by_seq": 3,
        },
        "previous_hash": "ab" * 32,
    },
}


def test_words_when_a_floor_was_broken_tell_every_number_of_it():
    said = "\n".join(breach_in_words(BREACH))
    assert "tick EURGBP 0.84/0.85 at 2025-03-12T06:07:04Z (journal seq 12)" in said
    assert "short 2 EURGBP, cost 168000, marked at 0.85 × GBPUSD: P/L -2100" in said
    assert "mid 1.05, to multiply by" in said
    assert "97000 = high-water mark 100000 − 3000 (trail_equity, since seq 3)" in said
    assert "equity 96900 ≤ 97000, beyond it by 100" in said


def test_words_when_nothing_was_compared_tell_no_floor():
    gate = BREACH | {
        "breach_kind": "flag",
        "floor": None,
        "evidence": BREACH["evidence"]
        | {
            "entry": {"kind": "event", "type": "fill", "event_id": "e1", "ts": "t", "seq": 1},
            "positions": [BREACH["evidence"]["positions"][0] | {"mark": None}],
        },
    }
    said = "\n".join(breach_in_words(gate))
    assert "fill e1 at t" in said
    assert "no mark" in said
    assert "floor " not in said


def test_telling_when_there_are_several_chooses_a_hard_one_of_a_tick():
    flag = BREACH | {"breach_kind": "flag"}
    assert telling([flag, BREACH, {"type": "phase.passed"}]) is BREACH
    assert telling([]) is None


def test_words_when_payouts_or_locks_moved_the_floor_say_so():
    floor = {**BREACH["evidence"]["floor"], "lowered_by": "500"}
    locked = {**floor, "locked": True, "locked_at": "97500"}
    told = [
        "\n".join(breach_in_words(BREACH | {"evidence": {**BREACH["evidence"], "floor": facts}}))
        for facts in (floor, locked)
    ]
    assert "= high-water mark 100000 − 3000 − 500 paid out (trail_equity, since seq 3)" in told[0]
    assert "= 97500, locked − 500 paid out (trail_equity, since seq 3)" in told[1]


def test_words_when_a_conduct_rule_was_broken_tell_its_facts():
    facts = {"sizes": {"MES": "12", "ES": "3"}, "waited_s": "60"}
    conduct = BREACH | {
        "metric": "contracts",
        "observed": "15",
        "floor": "10",
        "overshoot": "5",
        "comparator": "gt",
        "evidence": BREACH["evidence"] | {"floor": None, "facts": facts},
    }
    said = "\n".join(breach_in_words(conduct))
    assert "sizes        MES 12, ES 3" in said
    assert "waited s     60" in said
    assert "verdict      contracts 15 > 10, beyond it by 5" in said
    assert "floor " not in said
