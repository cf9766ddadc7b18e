"""Stops taken away from, or moved off, an open position."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import InputError
from tests.rules.kit import ENGINES, Journal
from tests.rules.samples import ruleset


def removal(**params):
    return {"id": "stop", "family": "stop_removal", **params}


def opened(rule, side="buy", mode=None, **more):
    mode = {} if mode is None else {"position_mode": mode}
    journal = Journal(ruleset(rule)).open("a", **mode)
    return journal.fill("a", side, "UNIT", "2", "100", **{"stop_loss": "90", **more})


def moved(journal, stop, **more):
    named = more or {"symbol": "UNIT"}
    return journal.event("position.protected", account_id="a", stop_loss=stop, **named)


def test_stop_when_removed_is_named_so_that_it_can_be_set_again(engine):
    rule = removal(breach_kind="flag", action=["reapply_stop", "notify"])
    run = moved(opened(rule), None).run(engine)
    made = run.breach("stop")
    assert (made["metric"], made["observed"], made["floor"]) == ("stops_removed", "1", "0")
    assert made["evidence"]["facts"]["removed"] == [
        {
            "position_id": "UNIT",
            "symbol": "UNIT",
            "side": "buy",
            "qty": "2",
            "stop_loss": "90",
            "stop_now": None,
        }
    ]
    (answer,) = run.of("intervention")
    assert answer["actions"] == ["reapply_stop", "notify"]
    assert answer["breach_id"] == made["decision_id"]


@pytest.mark.parametrize("action", [["notify"], ["close_positions"], ["reapply_stop"]])
def test_response_when_configured_is_what_the_intervention_asks_for(engine, action):
    run = moved(opened(removal(breach_kind="flag", action=action)), None).run(engine)
    assert run.of("intervention")[0]["actions"] == action


@pytest.mark.parametrize(
    ("side", "stop", "breached"),
    [
        ("buy", "90", False),
        ("buy", "90.00000001", False),
        ("buy", "89.99999999", True),
        ("sell", "110", False),
        ("sell", "109.99999999", False),
        ("sell", "110.00000001", True),
    ],
)
def test_stop_when_moved_off_counts_only_if_widening_is_forbidden(engine, side, stop, breached):
    start = "90" if side == "buy" else "110"
    for widening in ("allowed", "forbidden"):
        run = moved(opened(removal(widening=widening), side, stop_loss=start), stop).run(engine)
        assert bool(run.rules_breached()) == (breached and widening == "forbidden")


def test_stop_when_it_leaves_with_its_position_is_not_removed(engine):
    journal = opened(removal()).sell("a", "UNIT", "2", "90", reason="stop_loss", stop_loss=None)
    assert journal.run(engine).rules_breached() == []


def test_stop_when_the_position_is_reversed_is_not_removed(engine):
    journal = opened(removal()).sell("a", "UNIT", "3", "90", stop_loss=None)
    assert journal.run(engine).rules_breached() == []


def test_stop_when_a_partial_close_takes_it_is_removed(engine):
    journal = opened(removal()).sell("a", "UNIT", "1", "110", stop_loss=None)
    assert journal.run(engine).rules_breached() == ["stop"]
    silent = opened(removal()).sell("a", "UNIT", "1", "110")
    assert silent.run(engine).rules_breached() == []


def test_target_when_removed_is_no_stop(engine):
    journal = opened(removal(), take_profit="120")
    journal.event("position.protected", account_id="a", symbol="UNIT", take_profit=None)
    assert journal.run(engine).rules_breached() == []


def test_position_when_its_id_is_used_again_has_no_stop_to_lose(engine):
    journal = opened(removal(), mode="hedging", position_id="p")
    journal.sell("a", "UNIT", "2", "90", position_id="p")
    journal.buy("a", "UNIT", "1", "90", position_id="p")
    assert moved(journal, None, position_id="p").run(engine).rules_breached() == []


def working(journal, kind, order, **fields):
    return journal.event(f"order.{kind}", account_id="a", order_id=order, **fields)


STOP = {"symbol": "UNIT", "side": "sell", "qty": "2", "order_type": "stop", "price": "95"}


def test_stop_order_when_cancelled_is_a_removed_stop_if_orders_are_judged(engine):
    for orders in ("judged", "ignored"):
        journal = opened(removal(orders=orders), stop_loss=None)
        journal = working(journal, "placed", "o", **STOP)
        run = working(journal, "cancelled", "o").run(engine)
        assert bool(run.rules_breached()) == (orders == "judged")
        if orders == "judged":
            assert run.breach("stop")["evidence"]["facts"]["removed"][0]["stop_loss"] == "95"


def test_stop_order_when_another_one_covers_the_position_is_not_missed(engine):
    rule = removal(orders="judged", widening="forbidden")
    journal = working(opened(rule, stop_loss=None), "placed", "o", **STOP)
    journal = working(journal, "placed", "o2", **STOP | {"price": "80"})
    assert journal.run(engine).rules_breached() == []  # the nearer one still covers it
    run = working(journal, "cancelled", "o").run(engine)
    assert run.breach("stop")["evidence"]["facts"]["removed"][0]["stop_now"] == "80"


@pytest.mark.parametrize(
    ("params", "path"), [({"widening": "no"}, "widening"), ({"within_s": "1"}, "within_s")]
)
def test_parameters_when_wrong_name_the_field(params, path):
    with pytest.raises(InputError) as caught:
        Journal(ruleset(removal(**params)))
    assert caught.value.path == f"phases.0.rules.0.{path}"


@given(st.lists(st.sampled_from(["80", "90", "100", None]), max_size=8))
@settings(max_examples=25)
def test_stops_when_moved_at_will_are_removed_as_often_as_one_was_there_before(moves):
    journal = opened(removal(breach_kind="flag", strikes_to_hard="99"))
    before, removed = "90", 0
    for stop in moves:
        moved(journal, stop).tick("UNIT", "100")
        removed += before is not None and stop is None
        before = stop
    runs = [journal.run(engine) for engine in ENGINES.values()]
    assert runs[0].lines == runs[1].lines
    assert len(runs[0].of("breach")) == removed
