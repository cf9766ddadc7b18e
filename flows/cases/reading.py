"""What the engine said about an account up to some entry of a story."""

from collections.abc import Sequence
from typing import Any, NamedTuple


class Reading(NamedTuple):
    """The decisions about one account up to, and with, entry ``seq``."""

    decisions: Sequence[dict[str, Any]]
    account: str
    seq: int

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Return the decisions of one type."""
        return [
            made
            for made in self.decisions
            if made["type"] == kind
            and made["account_id"] == self.account
            and made["seq"] <= self.seq
        ]

    @property
    def progress(self) -> dict[str, Any]:
        """The last report."""
        return self.of("progress")[-1]

    @property
    def rule(self) -> dict[str, Any]:
        """The case's rule in the last report."""
        rule: dict[str, Any] = self.progress["rules"][0]
        return rule

    @property
    def goal(self) -> dict[str, Any]:
        """The case's goal in the last report."""
        goal: dict[str, Any] = self.progress["goals"][0]
        return goal
