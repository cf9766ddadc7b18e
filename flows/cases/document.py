"""The file of cases: what each holds, with every number as its exact text."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from connectors.documents import bad_file, load_json
from schemas.errors import BadValue, InputError, join_path, quoted
from schemas.money import parse_decimal
from schemas.yaml_text import Document

FREE_TEXT = frozenset({"note", "notes", "comment", "reason", "effect"})
"""Fields that explain and demand nothing."""


_TOO_LARGE = 10**10
_KINDS: dict[type, str] = {dict: "an object", list: "a list", str: "text"}
Kind = TypeVar("Kind", dict[str, Any], list[Any], str)


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
            if name not in known and name not in FREE_TEXT:
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
    """One worked example.

    Attributes:
        misshapen: what is wrong with how it is written, with the line and the field; such a case
            fails, and those beside it are judged all the same.
    """

    id: str
    family: str
    params: Mapping[str, Any]
    events: tuple[CaseEvent, ...]
    checks: tuple[Check, ...]
    misshapen: str = ""


def load_cases(path: Path) -> list[Case]:
    """Load a file of cases: a JSON list.

    Raises:
        BadFile: it is not one.
    """
    source = load_json(path)
    try:
        cases = _of_kind(source.data, list, "")
    except InputError as error:
        raise bad_file(source, error) from None
    return [_case_or_why(source, raw, place) for place, raw in enumerate(cases)]


def _case_or_why(source: Document, raw: Any, place: int) -> Case:
    try:
        return _case(raw, str(place))
    except InputError as error:
        told = raw if isinstance(raw, dict) else {}
        params = told.get("params")
        family = params.get("family") if isinstance(params, dict) else None
        why = str(bad_file(source, error))
        return Case(str(told.get("id", place)), str(family or ""), {}, (), (), why)


def number(value: object, what: str) -> Decimal:
    """Read a number of a case.

    Raises:
        NotSupported: it is none, or larger than any amount of an account.
    """
    try:
        found = parse_decimal(value)
    except InputError:
        raise NotSupported(f"{what} is not a number") from None
    if abs(found) >= _TOO_LARGE:
        raise NotSupported(f"{what} is out of range")
    return found


def _case(raw: Any, path: str) -> Case:
    told = _field(raw, "events", list, path)
    here = join_path(path, "events")
    events = tuple(_event(event, place, join_path(here, place)) for place, event in enumerate(told))
    expected = _field(raw, "expected", dict, path)
    here = join_path(path, "expected.checks")
    listed = _of_kind(expected.get("checks", []), list, here)
    checks = [_check(entry, join_path(here, place)) for place, entry in enumerate(listed)]
    not_at_end = FREE_TEXT | {"checks"}
    at_end = {name: value for name, value in expected.items() if name not in not_at_end}
    if at_end:
        checks.append(Check(None, at_end))
    given = _field(raw, "params", dict, path)
    family = _field(given, "family", str, join_path(path, "params"))
    left_out = {"family", *(name for name, value in given.items() if value is None)}
    params = {name: value for name, value in given.items() if name not in left_out}
    return Case(_field(raw, "id", str, path), family, params, events, tuple(checks))


def _event(raw: Any, place: int, path: str) -> CaseEvent:
    kind = _field(raw, "type", str, path)
    fields = {name: value for name, value in raw.items() if name not in {"i", "t", "type"}}
    return CaseEvent(_index({"i": str(place), **raw}, path), str(raw.get("t", "")), kind, fields)


def _check(raw: Any, path: str) -> Check:
    index = _index(raw, path)
    expected = {name: value for name, value in raw.items() if name not in FREE_TEXT | {"i"}}
    return Check(index, expected)


def _index(raw: Any, path: str) -> int:
    text = str(_field(raw, "i", str, path))
    if not text.isdecimal():
        raise BadValue(f"must be a whole number, was {quoted(text)}", join_path(path, "i"))
    return int(text)


def _field(raw: Any, name: str, kind: type[Kind], path: str) -> Kind:
    if name not in _of_kind(raw, dict, path):
        raise BadValue("is required", join_path(path, name))
    return _of_kind(raw[name], kind, join_path(path, name))


def _of_kind(value: Any, kind: type[Kind], path: str) -> Kind:
    if not isinstance(value, kind):
        raise BadValue(f"must be {_KINDS[kind]}, was {quoted(value)}", path)
    return value
