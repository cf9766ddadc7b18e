"""The one way an input is refused: a code of the contract, a field path and a short message."""

from decimal import Decimal
from typing import Literal, Self, get_args

Code = Literal[
    "unknown_account",  # the account was never opened
    "unknown_symbol",  # the symbol is not listed
    "unknown_ruleset",  # no ruleset has this id and version
    "unknown_phase",  # the ruleset has no phase of this name
    "duplicate_account",  # the account id is already taken
    "bad_value",  # a field is missing, unknown, of the wrong kind or out of range
    "bad_ts",  # the time is missing, has no offset or is out of range
    "crossed",  # bid > ask
    "over_precise",  # more decimals than the instrument or the unit allows
    "over_close",  # closes more than is held
    "symbol_mismatch",  # another symbol under a position id
    "bad_state",  # the account's state does not allow it
    "currency_mismatch",  # not the ruleset's currency
    "no_rate",  # realised P/L cannot be converted yet
    "unknown_type",  # no event has this type
    "bad_format",  # not JSON, CSV, YAML or UTF-8 at all
]
CODES: tuple[Code, ...] = get_args(Code)


class InputError(ValueError):
    """A bad input: what is wrong (`code`), where (`path`) and in words (`message`).

    Args:
        code: one of the contract's dead-letter codes.
        message: lower case, no full stop, without the path.
        path: dotted path of the field, such as `rules.0.pct`; empty for the whole input.
    """

    def __init__(self, code: Code, message: str, path: str = "") -> None:
        super().__init__(code, message, path)
        self.code: Code = code
        self.message = message
        self.path = path

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message

    def under(self, prefix: str) -> "InputError":
        """Return the same error with `prefix` put before its path."""
        return InputError(self.code, self.message, join_path(prefix, self.path))


class BadValue(InputError):  # noqa: N818 - named after its code
    """A value of the wrong kind or out of range (code `bad_value`)."""

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__("bad_value", message, path)

    def __reduce__(self) -> tuple[type[Self], tuple[str, str]]:
        return type(self), (self.message, self.path)


class OverPrecise(InputError):  # noqa: N818 - named after its code
    """A number with more decimals than allowed (code `over_precise`)."""

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__("over_precise", message, path)

    def __reduce__(self) -> tuple[type[Self], tuple[str, str]]:
        return type(self), (self.message, self.path)


class BadInstant(InputError):  # noqa: N818 - named after its code
    """A time that cannot be read (code `bad_ts`)."""

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__("bad_ts", message, path)

    def __reduce__(self) -> tuple[type[Self], tuple[str, str]]:
        return type(self), (self.message, self.path)


def join_path(*parts: str | int) -> str:
    """Join the parts of a path with dots, leaving out empty ones."""
    return ".".join(str(part) for part in parts if part != "")


def quoted(value: object, limit: int = 60) -> str:
    """Show a value in an error message: its repr, cut to `limit` characters."""
    try:
        shown = repr(str(value) if isinstance(value, str | Decimal) else value)
    except ValueError:  # an int too long to print
        shown = f"<{type(value).__name__}>"
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
