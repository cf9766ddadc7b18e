"""What a journal led to, and the questions tests ask about it."""

from typing import Any

from rules.api import Rejection


class Run:
    """What a journal led to."""

    def __init__(self, decisions: list[dict[str, Any]], lines: list[bytes], rejected: Any) -> None:
        self.decisions = decisions
        self.lines = lines
        self.rejections: list[Rejection] = rejected

    def of(self, kind: str, account: str | None = None) -> list[dict[str, Any]]:
        """The decisions of one type, in order."""
        return [
            made
            for made in self.decisions
            if made["type"] == kind and account in {None, made["account_id"]}
        ]

    def breach(self, rule: str, account: str | None = None) -> dict[str, Any]:
        """The one breach of a rule."""
        (only,) = (made for made in self.of("breach", account) if made["rule"] == rule)
        return only

    def rules_breached(self, account: str | None = None) -> list[str]:
        """The rules that breached, in order."""
        return [made["rule"] for made in self.of("breach", account)]

    def moves(self, account: str | None = None) -> list[str]:
        """The changes of state after the opening, such as `active>paused`."""
        return [
            f"{made['from']}>{made['to']}"
            for made in self.of("state", account)
            if made["from"] != "created"
        ]

    def progress(self, account: str | None = None, at: int = -1) -> dict[str, Any]:
        """The last progress, or another one of them."""
        return self.of("progress", account)[at]

    def rule(self, rule: str, account: str | None = None, at: int = -1) -> dict[str, Any]:
        """How a rule stands in the last progress."""
        (only,) = (item for item in self.progress(account, at)["rules"] if item["id"] == rule)
        return only

    def goal(self, goal: str, account: str | None = None, at: int = -1) -> dict[str, Any]:
        """How a goal stands in the last progress."""
        (only,) = (item for item in self.progress(account, at)["goals"] if item["id"] == goal)
        return only

    def floors(self, rule: str, account: str | None = None) -> list[str]:
        """The floor of a rule in every progress."""
        count = len(self.of("progress", account))
        return [self.rule(rule, account, at)["floor"] for at in range(count)]

    def story(self, account: str | None = None) -> list[str]:
        """Every decision in a word or two, in order."""
        return [_word(made) for made in self.decisions if account in {None, made["account_id"]}]

    @property
    def codes(self) -> list[str]:
        """What was refused, as `code path`."""
        return [f"{entry.code} {entry.path}" for entry in self.rejections]


def _word(made: dict[str, Any]) -> str:
    match made["type"]:
        case "state":
            return f"{made['from']}>{made['to']}"
        case "breach":
            return f"breach {made['rule']}"
        case "warning":
            return f"warning {made['rule']} {made['level']}"
    return str(made["type"])
