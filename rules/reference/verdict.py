"""What a rule of any kind tells the judge: what it compared, and which warnings are due."""

from decimal import Decimal
from typing import Any, NamedTuple


class Finding(NamedTuple):
    """A comparison as a breach shows it.

    Attributes:
        overshoot: how far beyond ``limit``, positive once it is passed.
        facts: more for the evidence, None for a floor, whose derivation says it all.
    """

    metric: str
    observed: Decimal
    limit: Decimal
    overshoot: Decimal
    comparator: str
    facts: dict[str, Any] | None = None


class Notice(NamedTuple):
    """A warning that is due: ``room`` is what is left before ``limit``."""

    level: Decimal
    used: str
    limit: Decimal
    room: Decimal
