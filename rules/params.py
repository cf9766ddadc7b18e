"""What every rule's and goal's parameters share: text in, exact values out, nothing unknown."""

import re
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, PlainValidator, WithJsonSchema

from schemas.errors import BadValue, quoted
from schemas.fields import DECIMAL_PATTERN, Amount, Shape, Token
from schemas.money import parse_decimal
from schemas.readers import whole_number

_RULE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
KYC_GATE = "kyc_gate"
"""The built-in rule of accounts that wait for KYC; no ruleset may give its name to another."""
_NUMBER = {"anyOf": [{"type": "string", "pattern": DECIMAL_PATTERN}, {"type": "number"}]}


def _share(value: object) -> Decimal:
    share = parse_decimal(value)
    if not 0 < share <= 1:
        raise BadValue(f"must be above 0 and at most 1, was {quoted(value)}")
    return share


def _positive(value: Decimal) -> Decimal:
    if value <= 0:
        raise BadValue(f"must be above 0, was {quoted(value)}")
    return value


def _rule_id(value: object) -> str:
    if not isinstance(value, str) or _RULE_ID.fullmatch(value) is None:
        raise BadValue(f"must be letters, digits, `.`, `_` or `-`, was {quoted(value)}")
    if value == KYC_GATE:
        raise BadValue(f"`{KYC_GATE}` is a built-in rule")
    return str(value)


Share = Annotated[Decimal, PlainValidator(_share), WithJsonSchema(_NUMBER)]
"""A fraction in (0, 1]: ``0.05`` is five per cent."""
Money = Amount
"""An amount of account currency, at most 8 decimals."""
PositiveMoney = Annotated[Amount, AfterValidator(_positive)]
Whole = Annotated[
    int, PlainValidator(whole_number(0, 100_000)), WithJsonSchema({"type": ["integer", "string"]})
]
RuleId = Annotated[
    str,
    PlainValidator(_rule_id),
    WithJsonSchema({"type": "string", "pattern": f"^{_RULE_ID.pattern}$"}),
]


class Params(Shape):
    """Base of all parameter models: frozen, and an unknown field is an error, never "off"."""

    id: RuleId
    family: Token


def require_one(pct: Decimal | None, amount: Decimal | None) -> None:
    """Raise unless exactly one of two ways to state a limit is used."""
    if (pct is None) == (amount is None):
        raise BadValue("exactly one of `pct` and `amount` is required", "pct")
