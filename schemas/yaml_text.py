r"""YAML in which every scalar is text, with the line of every value.

`0.1` stays exactly `0.1` and `17:00` stays text. Only plain `null`, `~` or nothing is `None`, and
only plain `true` and `false` are booleans.

>>> load("pct: 0.10\nreset: 17:00\nfunded: true\n").data
{'pct': '0.10', 'reset': '17:00', 'funded': True}
"""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from schemas.errors import InputError, join_path, quoted

MAX_DEPTH = 50
MAX_ALIASED = 100_000  # values that aliases may add; a "billion laughs" file has more

Step = str | int
_PLAIN = {"": None, "~": None, "null": None, "true": True, "false": False}
_TEXT_TAG = "tag:yaml.org,2002:str"


@dataclass(frozen=True)
class Document:
    """A file of YAML and where everything stands in it.

    Attributes:
        data: a mapping or a list.
        lines: line number, from 1, by path, such as `("phases", 0, "name")`.
        name: the file's name, for messages.
    """

    data: Any
    lines: dict[tuple[Step, ...], int]
    name: str

    def line(self, path: str) -> int:
        """Return the line of a dotted path, or of its nearest ancestor that stands in the file."""
        steps: tuple[Step, ...] = ()
        value, parts = self.data, path.split(".")
        while parts:
            found = _step(value, parts)
            if found is None or (*steps, found[0]) not in self.lines:
                break
            step, used = found
            steps, value, parts = (*steps, step), value[step], parts[used:]
        return self.lines[steps]

    def complaint(self, error: InputError) -> str:
        """Say what is wrong in one line: `file:line: path: message`."""
        return f"{self.name}:{self.line(error.path)}: {error}"


def load(source: Path | str, name: str = "") -> Document:
    """Read one YAML document, from a file (`Path`) or from text (`str`).

    Args:
        source: the file or the text itself.
        name: what messages call it; the path for a file.

    Raises:
        InputError: `bad_format`, its message starting with `file:line:`, when the file cannot be
            read, is not UTF-8 or YAML, is no mapping or list, holds several documents, a key
            twice, a tag, a merge key or too many aliases, or is nested deeper than 50.
    """
    shown = name or (str(source) if isinstance(source, Path) else "<text>")
    content = _read(source, shown) if isinstance(source, Path) else source
    composer = _Composer(content.removeprefix("\ufeff"), shown)
    try:
        data = composer.document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else 1
        raise _refuse(shown, line, f"not YAML: {error.problem or error.context}") from None
    except yaml.reader.ReaderError as error:
        line = content.count("\n", 0, error.position) + 1
        raise _refuse(shown, line, "not YAML: a character is not allowed") from None
    except UnicodeError:
        raise _refuse(shown, 1, "not UTF-8 text") from None
    return Document(data, composer.lines, shown)


def _read(path: Path, name: str) -> str:
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise _refuse(name, line, "not UTF-8 text") from None
    except OSError as error:
        reason = (error.strerror or "error").lower()
        msg = f"{name}: cannot be read: {reason}"
        raise InputError("bad_format", msg) from None


def _refuse(name: str, line: int, message: str) -> InputError:
    return InputError("bad_format", f"{name}:{line}: {message}")


# PyYAML's own composer overflows the C stack on deep nesting, so values are built from its events.
class _Composer:
    def __init__(self, content: str, name: str) -> None:
        self.lines: dict[tuple[Step, ...], int] = {}
        self._name = name
        self._anchors: dict[str, tuple[Any, int, int] | None] = {}
        self._aliased = 0
        self._events: Iterator[Any] = yaml.parse(content, Loader=yaml.CSafeLoader)

    def document(self) -> Any:
        next(self._events)  # the stream starts
        start = next(self._events)
        if not isinstance(start, yaml.DocumentStartEvent):
            raise _refuse(self._name, 1, "is empty")
        root = next(self._events)
        if not isinstance(root, yaml.CollectionStartEvent):
            raise self._error(root, "must be a mapping or a list")
        data, _, _ = self._value(root, ())
        next(self._events)  # the document ends
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise self._error(after, "must hold one document only")
        return data

    # Returns the value, how many values it holds with itself, and how many levels.
    def _value(self, event: Any, path: tuple[Step, ...]) -> tuple[Any, int, int]:
        self.lines.setdefault(path, event.start_mark.line + 1)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, len(path))
        if event.tag not in (None, "!") and event.tag != _TEXT_TAG:
            raise self._error(event, f"the tag {quoted(event.tag)} is not supported")
        if event.anchor is not None:
            self._anchors[event.anchor] = None  # not usable before it is complete
        if isinstance(event, yaml.ScalarEvent):
            found = self._scalar(event), 1, 0
        elif len(path) >= MAX_DEPTH:
            raise self._error(event, f"nested deeper than {MAX_DEPTH} levels")
        elif isinstance(event, yaml.MappingStartEvent):
            found = self._mapping(path)
        else:
            found = self._sequence(path)
        if event.anchor is not None:
            self._anchors[event.anchor] = found
        return found

    def _scalar(self, event: Any) -> str | bool | None:
        if event.implicit[0] and event.value in _PLAIN:  # plain, with neither quotes nor tag
            return _PLAIN[event.value]
        return str(event.value)

    def _sequence(self, path: tuple[Step, ...]) -> tuple[Any, int, int]:
        items: list[Any] = []
        size, height = 1, 0
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            value, inner_size, inner_height = self._value(event, (*path, len(items)))
            items.append(value)
            size, height = size + inner_size, max(height, inner_height)
        return items, size, height + 1

    def _mapping(self, path: tuple[Step, ...]) -> tuple[Any, int, int]:
        items: dict[str, Any] = {}
        size, height = 1, 0
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event, items, path)
            self.lines[*path, key] = event.start_mark.line + 1
            value, inner_size, inner_height = self._value(next(self._events), (*path, key))
            items[key] = value
            size, height = size + inner_size, max(height, inner_height)
        return items, size, height + 1

    def _key(self, event: Any, items: dict[str, Any], path: tuple[Step, ...]) -> str:
        if not isinstance(event, yaml.ScalarEvent) or event.tag not in (None, "!"):
            raise self._error(event, "a key must be plain text")
        if event.value == "<<" and event.implicit[0]:
            raise self._error(event, "merge keys are not supported")
        key = str(event.value)
        if key in items:
            raise self._error(event, f"{join_path(*path, key)}: key is given twice")
        return key

    def _alias(self, event: Any, depth: int) -> tuple[Any, int, int]:
        if event.anchor not in self._anchors:
            raise self._error(event, f"there is no anchor `{event.anchor}`")
        found = self._anchors[event.anchor]
        if found is None:
            raise self._error(event, f"the anchor `{event.anchor}` holds itself")
        value, size, height = found
        self._aliased += size
        if self._aliased > MAX_ALIASED or depth + height > MAX_DEPTH:
            raise self._error(event, "aliases make the document too large")
        return deepcopy(value), size, height

    def _error(self, event: Any, message: str) -> InputError:
        return _refuse(self._name, event.start_mark.line + 1, message)


# One step into a value by as many parts of a dotted path as its key takes.
def _step(value: Any, parts: list[str]) -> tuple[Step, int] | None:
    if isinstance(value, list):
        first = parts[0]
        return (int(first), 1) if first.isdecimal() and int(first) < len(value) else None
    if isinstance(value, dict):
        for used in range(len(parts), 0, -1):
            key = ".".join(parts[:used])
            if key in value:
                return key, used
    return None
