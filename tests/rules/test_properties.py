"""What must hold of every journal, whatever is in it."""

import copy
from decimal import Decimal
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.api import At
from rules.catalog import CONDUCT
from rules.floors.common import Adjustment, Standing
from rules.floors.max_drawdown import MaxDrawdownFloor, MaxDrawdownParams
from rules.lifecycle import MOVES, TERMINAL
from rules.reference.engine import ReferenceEngine
from schemas.ids import decision_id
from schemas.instants import parse_instant
from tests.rules import plans
from tests.rules.by_hand import chained, recomputed
from tests.rules.journals import cases
from tests.rules.oracle.journal import Journal, rows_of

FEW = settings(max_examples=40)
MARKET = [instrument for instrument, _ in plans.MARKET.values()]


def without_conduct(case):
    """The same journal under floors and goals alone: the oracle knows no conduct."""
    case = copy.deepcopy(case)
    published = [entry.what["document"] for entry in case.entries if "document" in entry.what]
    for document in (*case.documents, *published):
        for phase in document["phases"]:
            # A family nobody knows stays: it makes the publication bad input.
            phase["rules"] = [rule for rule in phase["rules"] if rule["family"] not in CONDUCT]
    return case


def whole(case):
    """What the reference makes of a journal in one piece."""
    return case.run(ReferenceEngine, groups=1, cuts=())


@FEW
@given(cases())
def test_decisions_when_worked_out_a_second_way_are_the_same(case):
    """The oracle has none of the engines' code: fractions, and the contract's words."""
    case = without_conduct(case)
    run = whole(case)
    oracle = Journal(case.instruments, case.documents, case.progress).run(case.entries)
    assert [(entry.position, entry.code) for entry in run.rejections] == oracle.refused
    assert rows_of(run.decisions) == oracle.rows


@FEW
@given(cases(), st.sampled_from([1, 2, 3, 64]), st.sets(st.integers(1, 80)))
def test_bytes_when_accounts_and_frames_are_spread_anyhow_are_the_same(engine, case, groups, cuts):
    run = case.run(engine, groups=groups, cuts=sorted(cuts))
    expected = whole(case)
    assert run.lines == expected.lines
    assert run.rejections == expected.rejections


@FEW
@given(cases())
def test_refused_entries_when_left_out_change_no_byte(engine, case):
    run = case.run(engine)
    refused = {entry.position for entry in run.rejections}
    kept = [entry for at, entry in enumerate(case.entries, start=1) if at not in refused]
    again = case._replace(entries=kept, cuts=()).run(engine)
    assert again.rejections == []
    assert again.lines == run.lines


@FEW
@given(cases())
def test_account_when_it_has_ended_decides_nothing_more(case):
    """So there is one hard breach at most, and none beside a pass."""
    run = whole(case)
    for account in {made["account_id"] for made in run.decisions}:
        own = [made for made in run.decisions if made["account_id"] == account]
        hard = [made for made in own if made.get("breach_kind") == "hard"]
        states = [made for made in own if made["type"] == "state"]
        assert len(hard) <= 1
        assert all((made["from"], made["to"]) in MOVES for made in states)
        assert all(before["to"] == after["from"] for before, after in pairwise(states))
        if states[-1]["to"] in TERMINAL:
            later = own[own.index(states[-1]) + 1 :]
            assert {made["type"] for made in later} == {"progress"}


@FEW
@given(cases())
def test_decisions_when_many_come_in_order_with_ids_of_their_own_and_an_unbroken_chain(case):
    run = whole(case)
    ids = [made["decision_id"] for made in run.decisions]
    assert len(set(ids)) == len(ids)
    places = [_place(made) for made in run.decisions]
    assert places == sorted(places)
    for account in {made["account_id"] for made in run.decisions}:
        chained(run.decisions, account)


def _place(made):
    """Where a decision stands, found from its id: derived or not, and its ordinal."""
    account, seq, ts = made["account_id"], made["seq"], parse_instant(made["ts"])
    for derived in (True, False):
        for ordinal in (*range(40), 1_000_000):
            named = decision_id(account, seq, ts, derived, ordinal, made["type"])
            if named == made["decision_id"]:
                return ts, seq, not derived, account, ordinal
    raise AssertionError(made)


@FEW
@given(cases())
def test_breaches_when_recomputed_by_hand_are_breaches(case):
    for breach in whole(without_conduct(case)).of("breach"):
        if breach["rule"] != "kyc_gate":
            assert recomputed(breach, MARKET)


@FEW
@given(cases(size=120))
def test_drawdown_floor_when_no_payout_or_migration_comes_never_falls(case):
    run = case._replace(progress="every").run(ReferenceEngine)
    refused = {entry.position for entry in run.rejections}
    accepted = [entry for at, entry in enumerate(case.entries, 1) if at not in refused]
    moved = [
        (seq, entry.what["account_id"])
        for seq, entry in enumerate(accepted, start=1)
        if isinstance(entry.what, dict)
        and (entry.what.get("reason") == "payout" or entry.what.get("action") == "migrate")
    ]
    for account in {made["account_id"] for made in run.decisions}:
        for before, after in pairwise(run.of("progress", account)):
            seqs = range(before["seq"], after["seq"] + 1)
            if any(name == account and seq in seqs for seq, name in moved):
                continue
            for one, other in zip(before["rules"], after["rules"], strict=True):
                if one["family"] == "max_drawdown":
                    assert Decimal(one["floor"]) <= Decimal(other["floor"])


money = st.integers(0, 3 * 10**12).map(lambda units: Decimal(units).scaleb(-8))


@settings(max_examples=200)
@given(
    st.sampled_from(["trail_eod_balance", "trail_eod_max", "trail_closed_balance", "trail_equity"]),
    st.sampled_from(["initial", "hwm"]),
    st.sampled_from([None, "0", "250", "-700"]),
    st.lists(st.tuples(st.sampled_from(["step", "rebase", "fee", "deposit"]), money, money)),
)
def test_drawdown_floor_when_the_market_moves_is_the_highest_candidate(
    mode, pct_base, offset, moves
):
    params = {"pct": "0.07", "pct_base": pct_base, "mode": mode, "lock_offset": offset}
    model = MaxDrawdownParams.model_validate({"id": "m", "family": "max_drawdown", **params})
    floor = MaxDrawdownFloor(model, Decimal(10_000), At(1))
    seen = [floor.floor]
    for kind, balance, equity in moves:
        standing = Standing(balance, equity)
        if kind == "rebase":
            floor.rebase(standing, At(2))
        elif kind == "step":
            floor.raise_marks(standing, At(2))
        else:
            floor.adjust(Adjustment(kind, balance, None), At(2))
        seen.append(floor.floor)
    assert seen == sorted(seen)
    if offset is not None:
        assert max(seen) <= max(seen[0], Decimal(10_000) + Decimal(offset))
