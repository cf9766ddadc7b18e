"""What a case expects, read from the engine's decisions and compared.

Amounts must be equal; a share is compared at the decimals it is published with.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, NamedTuple, cast

from flows.cases.document import Check, NotSupported, number
from flows.cases.reading import Reading
from schemas.errors import InputError
from schemas.money import decimals, parse_decimal, text

Value = Decimal | bool | str | Sequence["Value"] | Mapping[str, "Value"] | None
Probe = Callable[[Decimal], Value]


_UNKNOWN = object()


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

    def series(self, name: str) -> list[Value]:
        """Return what was read under a name at each event, in the order of the events."""
        found = {i: value for (i, named), value in self.facts.items() if named == name}
        return [value for i, value in found.items() if i is not None]


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
    found = []
    for name, wanted in check.expected.items():
        fact = _fact(told, check.i, name, wanted)
        if fact is not _UNKNOWN:
            seen = cast("Value", fact)
        elif check.i in told.readings:
            seen = _read(_View(told, told.readings[check.i], wanted), name)
        else:
            raise NotSupported(f"expected `{name}` {where}")
        if not _equal(seen, wanted, rounded=name in _ROUNDED):
            found.append(f"{where} `{name}` is {_shown(seen)}, expected {_shown(wanted)}")
    return found


# A list at the end may be of what was read event by event, under the name of one of its members;
# a single value at the end is then the last one.
def _fact(told: Told, index: int | None, name: str, wanted: object) -> object:
    if (index, name) in told.facts:
        return told.facts[index, name]
    if index is not None:
        return _UNKNOWN
    if not isinstance(wanted, list):
        series = told.series(name)
        return series[-1] if series else _UNKNOWN
    for member in (name, name.removesuffix("s"), name.removesuffix("es")):
        if series := told.series(member):
            return series
    return _UNKNOWN


def _read(view: _View, name: str) -> Value:
    if name in view.told.probes:
        return view.told.probes[name](number(view.wanted, f"expected `{name}`"))
    if name not in _READERS:
        raise NotSupported(f"expected `{name}`")
    try:
        return _READERS[name](view)
    except (IndexError, KeyError):  # no such rule or goal, or nothing said yet
        raise NotSupported(f"expected `{name}` of this family") from None


def _equal(seen: Value, wanted: object, *, rounded: bool) -> bool:
    if isinstance(wanted, list):
        if not isinstance(seen, Sequence) or isinstance(seen, str) or len(seen) != len(wanted):
            return False
        pairs = zip(seen, wanted, strict=True)
        return all(_equal(value, each, rounded=rounded) for value, each in pairs)
    if isinstance(wanted, dict):
        if not isinstance(seen, Mapping) or seen.keys() != wanted.keys():
            return False
        return all(_equal(seen[name], wanted[name], rounded=rounded) for name in wanted)
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
    if isinstance(value, list):
        return f"[{', '.join(_shown(each) for each in value)}]"
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


def _alive(view: _View) -> Value:
    return not view.reading.rule["latched"]


def _overshoot(view: _View) -> Value:
    breaches = view.reading.of("breach")
    return _money(breaches[-1]["overshoot"]) if breaches else None


def _breached(view: _View) -> Value:
    # A goal never breaches; a rule has when it is latched.
    rules = view.reading.progress["rules"]
    return bool(rules[0]["latched"]) if rules else bool(view.reading.of("breach"))


def _unmet(view: _View) -> Value:
    return not view.reading.goal["met"]


def _met(view: _View) -> Value:
    return bool(view.reading.goal["met"])


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
_ROUNDED = frozenset({"share", "shares", "drawdown_pct"})
_READERS: dict[str, Callable[[_View], Value]] = {
    "breach": _breached,
    "breach_at": _breach_at,
    "observed": _breach_at,
    "overshoot": _overshoot,
    "action": _action,
    "met": _met,
    "passed": _passed,
    "violation": lambda view: _unmet(view) if view.reading.progress["goals"] else _latched(view),
    "cap": _cap,
    "best": _best,
    "share": _goal_value,
    "target_profit": lambda view: _money(view.reading.goal["needed"]),
    "target_balance": _target_balance,
    **dict.fromkeys(
        ("floor", "floor_after", "new_floor"), lambda view: _money(view.reading.rule["floor"])
    ),
    **dict.fromkeys(("breached", "violated", "failed"), _breached),
    **dict.fromkeys(("safe", "alive", "survives"), _alive),
    **dict.fromkeys(
        ("remaining", "room", "headroom", "loss_left"),
        lambda view: _money(view.reading.rule["room"]),
    ),
    **dict.fromkeys(
        ("balance", "balance_after"), lambda view: _money(view.reading.progress["balance"])
    ),
    **dict.fromkeys(
        ("equity", "equity_after"), lambda view: _money(view.reading.progress["equity"])
    ),
    **dict.fromkeys(
        ("trading_days", "qualifying", "profitable_days", "days", "count", "qualifying_days"),
        _goal_value,
    ),
    **dict.fromkeys(("eligible", "payout_allowed", "allowed", "compliant"), _met),
}
