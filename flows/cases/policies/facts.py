"""What a policy answers, under every name a case may expect it by."""

from collections.abc import Mapping
from decimal import Decimal

from flows.cases.checks import Told, Value
from flows.cases.document import Case


class Facts:
    """Collects answers, event by event or of the whole case."""

    def __init__(self) -> None:
        self._facts: dict[tuple[int | None, str], Value] = {}

    def say(self, index: int | None, value: Value, *names: str) -> None:
        """Answer ``value`` under the names, at an event (or, for None, at the end)."""
        for name in names:
            self._facts[index, name] = value

    def told(self, case: Case, initial: Decimal = Decimal(0)) -> Told:
        """Return all answers; nothing else is known of the case."""
        facts: Mapping[tuple[int | None, str], Value] = self._facts
        return Told(initial, case.params, {}, facts)
