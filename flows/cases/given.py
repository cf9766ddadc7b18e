"""What a case gives, read under any of the names firms have for it.

Whatever was not read when all is read is something the runner does not understand. Only sentences
are left alone: they explain a case to people.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flows.cases.document import FREE_TEXT, Case, CaseEvent, NotSupported, number

_MOST = 10_000
_TRUE, _FALSE = ("true", "yes"), ("false", "no")


class Given:
    """Named values; every value is read once.

    Args:
        values: of the parameters, or of an event.
        of: how an error says whose they are.
    """

    def __init__(self, values: Mapping[str, Any], of: str) -> None:
        self._left = {
            name: value
            for name, value in values.items()
            if value is not None and name not in FREE_TEXT
        }
        self._of = of

    @classmethod
    def params(cls, case: Case) -> "Given":
        """Return the parameters of a case."""
        return cls(case.params, "parameter ")

    @classmethod
    def event(cls, event: CaseEvent) -> "Given":
        """Return the fields of an event."""
        return cls(event.fields, f"event `{event.type}`: ")

    def take(self, *names: str) -> Any:
        """Return the first value that is there under one of the names, or None."""
        for name in names:
            if name in self._left:
                return self._left.pop(name)
        return None

    def number(self, *names: str) -> Decimal | None:
        """Return a number, None when there is none."""
        value = self.take(*names)
        return None if value is None else number(value, f"{self._of}`{names[0]}`")

    def needed(self, *names: str) -> Decimal:
        """Return a number.

        Raises:
            NotSupported: there is none.
        """
        value = self.number(*names)
        if value is None:
            raise NotSupported(f"{self._of}`{names[0]}` is missing")
        return value

    def whole(self, *names: str) -> int | None:
        """Return a whole number from 0 on, None when there is none."""
        value = self.number(*names)
        if value is not None and (value != value.to_integral_value() or not 0 <= value <= _MOST):
            raise NotSupported(f"{self._of}`{names[0]}` is not a whole number from 0 to {_MOST}")
        return None if value is None else int(value)

    def numbers(self, *names: str) -> list[Decimal]:
        """Return a list of numbers; one number is a list of one, none an empty list."""
        value = self.take(*names)
        listed = value if isinstance(value, list) else [] if value is None else [value]
        return [number(each, f"{self._of}`{names[0]}`") for each in listed]

    def rows(self, *names: str) -> list[list[Decimal]]:
        """Return a list of lists of numbers."""
        value = self.take(*names)
        if value is not None and not (
            isinstance(value, list) and all(isinstance(row, list) for row in value)
        ):
            raise NotSupported(f"{self._of}`{names[0]}` is not a table")
        return [[number(cell, f"{self._of}`{names[0]}`") for cell in row] for row in value or []]

    def flag(self, *names: str) -> bool | None:
        """Return a yes or no, None when there is none."""
        value = self.take(*names)
        if value is None or isinstance(value, bool):
            return value
        if str(value).lower() in (*_TRUE, *_FALSE):
            return str(value).lower() in _TRUE
        raise NotSupported(f"{self._of}`{names[0]}` is neither true nor false")

    def mark(self, *names: str) -> bool | None:
        """Return the first value that is there and is a yes or no: other values stay unread."""
        for name in names:
            if isinstance(self._left.get(name), bool):
                return bool(self._left.pop(name))
        return None

    def text(self, *names: str) -> str:
        """Return words in lower case, empty when there are none."""
        value = self.take(*names)
        return "" if value is None else str(value).lower()

    def texts(self, *names: str) -> list[str]:
        """Return a list of words in lower case."""
        value = self.take(*names)
        listed = value if isinstance(value, list) else [] if value is None else [value]
        return [str(each).lower() for each in listed]

    def finish(self) -> None:
        """Make sure that nothing was left unread but sentences.

        Raises:
            NotSupported: naming the first value that was.
        """
        for name, value in self._left.items():
            if not (isinstance(value, str) and " " in value.strip()):
                raise NotSupported(f"{self._of}`{name}`")
