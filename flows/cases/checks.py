"""What a case expects, read from the engine's decisions and compared.

Amounts must be equal; a share is compared at the decimals it is published with.
"""

from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, NamedTuple

from flows.cases.document import Check, NotSupported, number
from flows.cases.reading import Reading
from schemas.errors import InputError
from schemas.money import decimals, parse_decimal, text

Value = Decimal | bool | str | list[str] | None
Probe = Callable[[Decimal], Value]


class Told(NamedTuple):
    """A case after its story was run.

    Attributes:
        initial: initial balance.
        params: of the case.
        readings: what was decided up to each event; under ``None``, up to the end.
        facts: what was read already, by event and name.
        probes: answers of further stories told for one expectation, by its name.
    """

    initial: Decimal
    params: Mapping[str, Any]
    readings: Mapping[int | None, Reading]
    facts: Mapping[tuple[int | None, str], Value] = {}
    probes: Mapping[str, Probe] = {}


class _View(NamedTuple):
    told: Told
    reading: Reading
    wanted: object


def failures(told: Told, check: Check) -> list[str]:
    """Return what is not as expected, in words.

    Raises:
        NotSupported: something is expected that has no meaning here.
    """
    where = "at the end" if check.i is None else f"at event {check.i}"
    reading = told.readings.get(check.i)
    if reading is None:
        raise NotSupported(f"a check {where}")
    found = []
    for name, wanted in check.expected.items():
        seen = _seen(_View(told, reading, wanted), check.i, name)
        if not _equal(seen, wanted, rounded=name in _ROUNDED):
            found.append(f"{where} `{name}` is {_shown(seen)}, expected {_shown(wanted)}")
    return found


def _seen(view: _View, index: int | None, name: str) -> Value:
    told = view.told
    if (index, name) in told.facts:
        return told.facts[index, name]
    if name in told.probes:
        return told.probes[name](number(view.wanted, f"expected `{name}`"))
    if name not in _READERS:
        raise NotSupported(f"expected `{name}`")
    try:
        return _READERS[name](view)
    except (IndexError, KeyError):  # no such rule or goal, or nothing said yet
        raise NotSupported(f"expected `{name}` of this family") from None


def _equal(seen: Value, wanted: object, *, rounded: bool) -> bool:
    if not isinstance(seen, Decimal) or isinstance(wanted, bool):
        return type(seen) is type(wanted) and seen == wanted
    try:
        value = parse_decimal(wanted)
    except InputError:
        return False
    if rounded:
        seen = seen.quantize(Decimal(1).scaleb(-decimals(value)), ROUND_HALF_EVEN)
    return seen == value


def _shown(value: object) -> str:
    if isinstance(value, Decimal):
        return text(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _money(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _latched(view: _View) -> Value:
    return bool(view.reading.rule["latched"])


def _breach_at(view: _View) -> Value:
    breaches = view.reading.of("breach")
    return _money(breaches[-1]["observed"]) if breaches else None


def _total(view: _View) -> Decimal:
    """The result of all trades so far: nothing else moves the balance of these stories."""
    return Decimal(view.reading.progress["balance"]) - view.told.initial


def _cap(view: _View) -> Value:
    return Decimal(view.told.params["max_share"]) * _total(view)


def _best(view: _View) -> Value:
    share = _money(view.reading.goal["value"])
    # The share is reported to 8 decimals, so the best result comes out within a rounding.
    return None if share is None else (share * _total(view)).quantize(Decimal("0.01"))


def _passed(view: _View) -> Value:
    return bool(view.reading.of("phase.passed"))


def _target_balance(view: _View) -> Value:
    return view.told.initial + Decimal(view.reading.goal["needed"])


def _goal_value(view: _View) -> Value:
    return _money(view.reading.goal["value"])


def _action(view: _View) -> Value:
    """An action in the firm's words: what it must have led to, said in the same words."""
    wanted = str(view.wanted)
    steps = _ACTIONS.get(wanted)
    if steps is None:
        raise NotSupported(f"action {wanted!r}")
    state, needed = steps
    taken = view.reading.of("intervention")
    carried = bool(taken) and needed <= set(taken[-1]["actions"])
    return wanted if carried and view.reading.progress["state"] == state else "not taken"


_DISABLED = ("paused", {"disable_trading"})
_CLOSED = ("breached", {"disable_trading", "close_positions"})
_ACTIONS: dict[str, tuple[str, set[str]]] = {
    "disable until next day": _DISABLED,
    "disable until next session": _DISABLED,
    "disabled until next day": _DISABLED,
    "disabled until next session": _DISABLED,
    "pause": _DISABLED,
    "pause until next day": _DISABLED,
    "lock until next day": _DISABLED,
    "locked until next day": _DISABLED,
    "close account": _CLOSED,
    "account closed": _CLOSED,
    "terminate": _CLOSED,
    "fail": _CLOSED,
}
_ROUNDED = frozenset({"share"})
_READERS: dict[str, Callable[[_View], Value]] = {
    "floor": lambda view: _money(view.reading.rule["floor"]),
    "breach": _latched,
    "breach_at": _breach_at,
    "remaining": lambda view: _money(view.reading.rule["room"]),
    "room": lambda view: _money(view.reading.rule["room"]),
    "balance_after": lambda view: _money(view.reading.progress["balance"]),
    "equity_after": lambda view: _money(view.reading.progress["equity"]),
    "action": _action,
    "share": _goal_value,
    "met": lambda view: bool(view.reading.goal["met"]),
    "cap": _cap,
    "best": _best,
    "trading_days": _goal_value,
    "qualifying": _goal_value,
    "passed": _passed,
    "target_profit": lambda view: _money(view.reading.goal["needed"]),
    "target_balance": _target_balance,
}
