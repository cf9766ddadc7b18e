"""Where two JSON documents differ, by path.

>>> for found in differences({"a": {"b": "1", "c": "2"}}, {"a": {"b": "1", "c": "3"}, "d": []}):
...     print(found)
a.c was 2, is 3
d was absent, is []
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from schemas.errors import join_path

_ABSENT: Any = object()


class Difference(NamedTuple):
    """One place; None where a document has nothing."""

    path: str
    before: Any
    after: Any

    def __str__(self) -> str:
        return f"{self.path} was {_shown(self.before)}, is {_shown(self.after)}"


def differences(before: object, after: object, path: str = "") -> Iterator[Difference]:
    """Yield every difference, in the order of the first document, then what only the second has.

    Args:
        before: of `dict`, `list`, and values that compare.
        after: the same.
        path: put before every path.
    """
    if isinstance(before, dict) and isinstance(after, dict):
        for key in before | after:
            one, other = before.get(key, _ABSENT), after.get(key, _ABSENT)
            yield from differences(one, other, join_path(path, key))
    elif isinstance(before, list) and isinstance(after, list):
        for place in range(max(len(before), len(after))):
            yield from differences(_at(before, place), _at(after, place), join_path(path, place))
    elif before != after:
        yield Difference(path, _or_none(before), _or_none(after))


def _at(items: list[Any], place: int) -> Any:
    return items[place] if place < len(items) else _ABSENT


def _or_none(value: Any) -> Any:
    return None if value is _ABSENT else value


def _shown(value: object) -> str:
    if value is None:
        return "absent"
    shown = value if isinstance(value, str) else repr(value)
    return shown if len(shown) <= 60 else f"{shown[:59]}…"
