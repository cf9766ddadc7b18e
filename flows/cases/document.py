"""The file of cases: what each holds, with every number as its exact text."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from connectors.bad_file import BadFile
from schemas import json_text
from schemas.errors import InputError
from schemas.money import parse_decimal

_FREE_TEXT = frozenset({"note", "notes", "comment", "reason", "effect"})
"""Fields that explain and demand nothing."""


class NotSupported(Exception):  # noqa: N818 - what is said of the case
    """Something of a case has no meaning here; says what."""


class CaseEvent(NamedTuple):
    """One event of a case; checks name it by its ``i``."""

    i: int
    label: str
    type: str
    fields: Mapping[str, Any]

    def only(self, *known: str) -> None:
        """Make sure that the event says nothing but these fields.

        Raises:
            NotSupported: naming the first other field.
        """
        for name in self.fields:
            if name not in known and name not in _FREE_TEXT:
                raise NotSupported(f"`{name}` of event `{self.type}`")

    def amount(self, name: str) -> Decimal | None:
        """Return a number of the event, ``None`` when it has none of that name."""
        value = self.fields.get(name)
        return None if value is None else number(value, f"`{name}` of event `{self.type}`")


class Check(NamedTuple):
    """What is expected after event ``i`` (or, when that is None, at the end)."""

    i: int | None
    expected: Mapping[str, Any]


class Case(NamedTuple):
    """One worked example."""

    id: str
    family: str
    params: Mapping[str, Any]
    events: tuple[CaseEvent, ...]
    checks: tuple[Check, ...]


def load_cases(path: Path) -> list[Case]:
    """Load a file of cases: a JSON list.

    Raises:
        BadFile: it is not one, naming the case that is out of shape.
    """
    try:
        data = json_text.loads(path.read_bytes())
    except OSError as error:
        raise BadFile(str(path), f"cannot be read: {(error.strerror or '').lower()}") from None
    except InputError as error:
        raise BadFile(str(path), str(error)) from None
    if not isinstance(data, list):
        raise BadFile(str(path), "a list of cases is needed")
    cases = []
    for place, raw in enumerate(data):
        try:
            cases.append(_case(raw))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BadFile(str(path), f"case {place}: out of shape ({error})") from None
    return cases


def number(value: object, what: str) -> Decimal:
    """Read a number of a case.

    Raises:
        NotSupported: it is none.
    """
    try:
        return parse_decimal(value)
    except InputError:
        raise NotSupported(f"{what} is not a number") from None


def _case(raw: Any) -> Case:
    events = tuple(_event(place, event) for place, event in enumerate(raw["events"]))
    expected = raw["expected"]
    checks = [_check(entry) for entry in expected.get("checks", ())]
    not_at_end = _FREE_TEXT | {"checks"}
    at_end = {name: value for name, value in expected.items() if name not in not_at_end}
    if at_end:
        checks.append(Check(None, at_end))
    params = {name: value for name, value in raw["params"].items() if value is not None}
    return Case(str(raw["id"]), str(params.pop("family")), params, events, tuple(checks))


def _event(place: int, raw: Any) -> CaseEvent:
    fields = {name: value for name, value in raw.items() if name not in {"i", "t", "type"}}
    return CaseEvent(int(raw.get("i", place)), str(raw.get("t", "")), str(raw["type"]), fields)


def _check(raw: Any) -> Check:
    expected = {name: value for name, value in raw.items() if name not in _FREE_TEXT | {"i"}}
    return Check(int(raw["i"]), expected)
