"""Which instruments a rule concerns: all, or those it names, but for the ones it exempts."""

from rules.conduct.common import ConductParams
from rules.conduct.limits import Symbols, chosen


class ScopedParams(ConductParams):
    """Parameters of a rule that may concern some instruments only.

    Attributes:
        symbols: symbols or patterns of the instruments it concerns; all when left out.
        exempt: symbols or patterns of those it does not concern all the same.
    """

    symbols: Symbols | None = None
    exempt: Symbols | None = None

    def concerns(self, symbol: str) -> bool:
        """Tell whether an instrument is one of those the rule is about."""
        exempt = self.exempt is not None and chosen(self.exempt, symbol)
        return chosen(self.symbols, symbol) and not exempt


def listed(value: object) -> object:
    """Take one entry for a list of one."""
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value
