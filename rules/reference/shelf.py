"""The ruleset versions known so far. A published version never changes."""

from collections.abc import Iterable

from rules.ruleset import Ruleset
from schemas.errors import InputError


class Shelf:
    """Rulesets by ``id@version``."""

    __slots__ = ("_rulesets",)

    def __init__(self, rulesets: Iterable[Ruleset] = ()) -> None:
        self._rulesets: dict[str, Ruleset] = {}
        for ruleset in rulesets:
            self.add(ruleset)

    def check(self, ruleset: Ruleset) -> None:
        """Refuse other content under a known version.

        Raises:
            InputError: ``bad_value``.
        """
        known = self._rulesets.get(ruleset.ref)
        if known is not None and known.hash != ruleset.hash:
            message = f"{ruleset.ref} is published with other content"
            raise InputError("bad_value", message, "document.version")

    def add(self, ruleset: Ruleset) -> None:
        """Put a version on the shelf; the same content again is fine."""
        self.check(ruleset)
        self._rulesets.setdefault(ruleset.ref, ruleset)

    def get(self, ref: str) -> Ruleset:
        """Return a version.

        Raises:
            InputError: ``unknown_ruleset``.
        """
        ruleset = self._rulesets.get(ref)
        if ruleset is None:
            raise InputError("unknown_ruleset", f"{ref} is not published", "ruleset")
        return ruleset
