"""One thing found in a ruleset: where, how grave, what, and what to do about it."""

from typing import Literal, NamedTuple

Severity = Literal["error", "warning", "hint"]
"""An `error` is refused when loaded or cannot work; a `warning` works, but hardly as meant; a
`hint` only reads better otherwise."""

FAILING: frozenset[Severity] = frozenset({"error", "warning"})


class Finding(NamedTuple):
    """One finding.

    Attributes:
        severity: see `Severity`.
        code: what kind of finding, a stable name.
        path: dotted path of the field in the document.
        message: what is wrong.
        fix: what to do, in the imperative.
    """

    severity: Severity
    code: str
    path: str
    message: str
    fix: str
