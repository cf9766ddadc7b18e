"""The account state machine: which moves exist, and who may ask for them.

``created → active → {paused ↔ active, suspended ↔ active} → {breached, passed, expired, closed}``;
a funded account waits in ``awaiting_kyc`` first. No other move is possible, and an event that asks
for one is bad input (``bad_state``).

Source: contract section 2, "States".
"""

from typing import Literal, get_args

from schemas.errors import InputError

State = Literal[
    "created",
    "awaiting_kyc",
    "active",
    "paused",
    "suspended",
    "breached",
    "passed",
    "expired",
    "closed",
]

JUDGED: frozenset[str] = frozenset({"active", "paused", "suspended"})
"""States in which rules are compared."""

CAN_PASS: frozenset[str] = frozenset({"active", "paused"})

TERMINAL: frozenset[str] = frozenset({"breached", "passed", "expired", "closed"})
"""States that end an account: fills and adjustments are still booked, never judged."""

_TRADING: tuple[State, ...] = ("active", "paused", "suspended")
MOVES: frozenset[tuple[State, State]] = frozenset(
    {
        ("created", "active"),
        ("created", "awaiting_kyc"),
        ("awaiting_kyc", "active"),
        ("active", "awaiting_kyc"),
        ("active", "paused"),
        ("paused", "active"),
        ("active", "suspended"),
        ("suspended", "active"),
        ("suspended", "paused"),
        *((source, "breached") for source in _TRADING),
        *((source, "expired") for source in _TRADING),
        *((source, "closed") for source in _TRADING),
        ("active", "passed"),
        ("paused", "passed"),
    }
)


def operator_target(state: State, action: str, pause_latched: bool) -> State:
    """Return the state an operator's ``action`` leads to.

    Args:
        state: the account's state now.
        action: ``suspend``, ``reinstate``, ``close``, ``pause`` or ``unpause``.
        pause_latched: a pause rule is latched, so ``reinstate`` goes back to ``paused``.

    Raises:
        InputError: ``bad_state`` when the move does not exist.
    """
    source, target = {
        "suspend": ("active", "suspended"),
        "reinstate": ("suspended", "paused" if pause_latched else "active"),
        "pause": ("active", "paused"),
        "unpause": ("paused", "active"),
        "close": (state, "closed"),
    }[action]
    if state != source or (state, target) not in MOVES:
        raise InputError("bad_state", f"`{action}` is not possible while {state}", "action")
    assert target in get_args(State)
    return target  # type: ignore[return-value]


def kyc_target(state: State, status: str) -> State:
    """Return the state a funded account is in after a KYC answer (often the same).

    Raises:
        InputError: ``bad_state`` when the answer asks for a move that does not exist.
    """
    if status == "approved" and state == "awaiting_kyc":
        return "active"
    if status == "rejected" and state not in TERMINAL and state != "awaiting_kyc":
        if state != "active":
            raise InputError("bad_state", f"`{status}` is not possible while {state}", "status")
        return "awaiting_kyc"
    return state
