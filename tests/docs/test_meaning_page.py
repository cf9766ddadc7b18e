"""The tables of states: every move the pages promise, and every refusal, asked of the code."""

from contextlib import suppress
from typing import get_args

import pytest

from rules.lifecycle import CAN_PASS, JUDGED, TERMINAL, State, kyc_target, operator_target
from schemas.errors import InputError
from tests.docs.pages import names_in, tables

PAGE = "docs/meaning.md"
STATES = get_args(State)
ACTIONS = ("suspend", "reinstate", "pause", "unpause", "close")


def target(state: str, action: str, latched: bool = False) -> str:
    """Return where an operator's act or a KYC answer leads to."""
    if action in ("approved", "rejected"):
        return kyc_target(state, action)
    return operator_target(state, action, pause_latched=latched)


def moves(action: str, latched: bool = False) -> dict[str, str]:
    """Return where an action leads to, by the states that allow it."""
    found = {}
    for state in STATES:
        with suppress(InputError):
            found[state] = target(state, action, latched)
    return {state: moved for state, moved in found.items() if moved != state}


def test_states_when_documented_do_what_the_table_says():
    (table,) = tables(PAGE, "State", "Boundaries")
    stated = {}
    for row in table.rows:
        stated |= dict.fromkeys(names_in(row["State"]), row)
    assert stated.keys() == set(STATES) - {"created"}
    for state, row in stated.items():
        assert (row["Boundaries"] == "yes") == (state not in TERMINAL), state
        assert row["Rules compared"].startswith("yes") == (state in JUDGED), state
        assert (row["May pass"] == "yes") == (state in CAN_PASS), state


@pytest.mark.parametrize("action", ACTIONS)
def test_operators_act_when_documented_moves_as_the_table_says(action):
    (table,) = tables(PAGE, "Asked for", "From", "To")
    (row,) = [row for row in table.rows if names_in(row["Asked for"]) == [action]]
    allowed = {name.strip() for name in row["From"].split(",")}
    found = moves(action)
    assert found.keys() == allowed
    assert all(row["To"].startswith(moved) for moved in found.values())
    if "while a pause is latched" in row["To"]:
        assert set(moves(action, latched=True).values()) == {"paused"}


@pytest.mark.parametrize("status", ["approved", "rejected"])
def test_kyc_answer_when_documented_moves_as_the_table_says(status):
    (table,) = tables(PAGE, "Asked for", "From", "To")
    (row,) = [row for row in table.rows if status in names_in(row["Asked for"])]
    assert moves(status) == {row["From"].split(",")[0]: row["To"]}


def test_refusals_when_decided_are_refused():
    page = "docs/decisions/0009-state-machine-taken-literally.md"
    (table,) = tables(page, "Asked for", "While", "Answer")
    words = {
        "paused, by a rule or an operator": ["paused"],
        "paused": ["paused"],
        "awaiting KYC": ["awaiting_kyc"],
        "paused or suspended": ["paused", "suspended"],
        "not paused": [state for state in STATES if state != "paused"],
        "ended": sorted(TERMINAL),
    }
    for row in table.rows:
        action = names_in(row["Asked for"])[-1]
        for state in words[row["While"]]:
            if action == "migrate":
                continue  # refused in rules/reference/migration.py, with a test of its own
            with pytest.raises(InputError, match="not possible") as refused:
                target(state, action)
            assert refused.value.code == "bad_state"
