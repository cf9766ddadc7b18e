"""Kinds of field shared by all models, and the one door from raw values to a model.

Every number arrives as text (a `Number` of `schemas.json_text`, a plain string, or an `int`);
`parse_model` turns whatever pydantic complains about into one `InputError`.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainValidator,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import ErrorDetails

from schemas.errors import BadInstant, BadValue, InputError, OverPrecise, join_path, quoted
from schemas.instants import parse_instant
from schemas.json_text import Number
from schemas.money import UNIT_DIGITS, decimals, parse_amount, parse_decimal

LIMIT = Decimal(10) ** 10  # exclusive bound of every price, quantity and amount of an input
DECIMAL_PATTERN = r"^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$"
_DECIMAL_SCHEMA = {"anyOf": [{"type": "string", "pattern": DECIMAL_PATTERN}, {"type": "number"}]}
_INTEGER = re.compile(r"[0-9]{1,10}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_CURRENCY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,19}")
_TOKEN = re.compile(r"[a-z][a-z0-9_]{0,63}")


class Shape(BaseModel):
    """A frozen model that refuses unknown fields and never converts silently."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


ModelT = TypeVar("ModelT", bound=BaseModel)


def parse_model(model: type[ModelT], value: object, path: str = "") -> ModelT:
    """Read a raw mapping into a model.

    Raises:
        InputError: the first thing wrong, with its dotted path under `path`.
    """
    if not isinstance(value, Mapping):
        msg = f"must be a mapping, was {quoted(value)}"
        raise BadValue(msg, path)
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise _input_error(first, path) from None


_MESSAGES = {
    "missing": "is required",
    "extra_forbidden": "unknown field",
    "model_type": "must be a mapping",
    "dict_type": "must be a mapping",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
}


def _input_error(detail: ErrorDetails, prefix: str) -> InputError:
    path = join_path(prefix, *(_CONTROL.sub("?", str(part))[:100] for part in detail["loc"]))
    inner = detail.get("ctx", {}).get("error")
    if isinstance(inner, InputError):
        return inner.under(path)
    kind = detail["type"]
    if kind == "literal_error":
        return BadValue(f"must be one of {detail['ctx']['expected']}", path)
    message = _MESSAGES.get(kind) or detail["msg"][:1].lower() + detail["msg"][1:]
    if path == "ts":
        return BadInstant(message, path)
    return BadValue(message, path)


def _positive(value: object) -> Decimal:
    number = parse_decimal(value)
    if not 0 < number < LIMIT:
        msg = f"must be above 0 and below 10^10, was {quoted(value)}"
        raise BadValue(msg)
    return number


def _positive_amount(value: object) -> Decimal:
    number = _positive(value)
    if decimals(number) > UNIT_DIGITS:
        msg = f"at most {UNIT_DIGITS} decimals are allowed, was {quoted(value)}"
        raise OverPrecise(msg)
    return number


def _amount(value: object) -> Decimal:
    number = parse_amount(value)
    if not -LIMIT < number < LIMIT:
        msg = f"must be within 10^10 of zero, was {quoted(value)}"
        raise BadValue(msg)
    return number


def _amount_from_zero(value: object) -> Decimal:
    number = _amount(value)
    if number < 0:
        msg = f"must not be negative, was {quoted(value)}"
        raise BadValue(msg)
    return number


def whole_number(lowest: int, highest: int) -> Callable[[object], int]:
    """Make a reader of whole numbers from `lowest` to `highest`, both included."""

    def read(value: object) -> int:
        if isinstance(value, str) and _INTEGER.fullmatch(value):
            number = int(value)
        elif isinstance(value, int) and not isinstance(value, bool):
            number = value
        else:
            msg = f"must be a whole number, was {quoted(value)}"
            raise BadValue(msg)
        if not lowest <= number <= highest:
            msg = f"must be from {lowest} to {highest}, was {quoted(value)}"
            raise BadValue(msg)
        return number

    return read


def clean_text(most: int) -> Callable[[object], str]:
    """Make a reader of text: 1 to `most` characters, none of them a control character."""

    def read(value: object) -> str:
        if type(value) is not str:
            msg = f"must be text, was {quoted(value)}"
            raise BadValue(msg)
        if not 0 < len(value) <= most:
            msg = f"must be of 1 to {most} characters, was {quoted(value)}"
            raise BadValue(msg)
        if not value.isprintable() and _CONTROL.search(value):
            msg = "must hold no control characters"
            raise BadValue(msg)
        return value

    return read


def _matching(pattern: re.Pattern[str], what: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        if not isinstance(value, str) or pattern.fullmatch(value) is None:
            msg = f"must be {what}, was {quoted(value)}"
            raise BadValue(msg)
        return str(value)

    return read


def raw_value(value: object, path: str = "", depth: int = 0) -> object:
    """Check and copy raw parameters: text, true, false, null and lists and mappings of them.

    Raises:
        BadValue: a float or anything else that is not text, nested deeper than 20.
    """
    if value is None or isinstance(value, bool | Number) or type(value) is str:
        return value
    if isinstance(value, int):
        return Number(value)
    if depth >= 20:
        msg = "nested too deep"
        raise BadValue(msg, path)
    if isinstance(value, Mapping):
        return {
            str(key): raw_value(item, join_path(path, str(key)), depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [
            raw_value(item, join_path(path, place), depth + 1) for place, item in enumerate(value)
        ]
    msg = f"must be text, was {quoted(value)}"
    raise BadValue(msg, path)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        msg = f"must be true or false, was {quoted(value)}"
        raise BadValue(msg)
    return value


def _tuple_from_list(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _raw_mapping(value: object) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        msg = f"must be a mapping, was {quoted(value)}"
        raise BadValue(msg)
    return {str(key): raw_value(item, str(key)) for key, item in value.items()}


def _overrides(value: object) -> dict[str, dict[str, Any]]:
    if not isinstance(value, Mapping):
        msg = f"must be a mapping, was {quoted(value)}"
        raise BadValue(msg)
    found = {}
    for key, item in value.items():
        try:
            found[clean_text(128)(key)] = _raw_mapping(item)
        except InputError as error:
            raise error.under(str(key)) from None
    return found


def _text_schema(most: int, pattern: str | None = None) -> WithJsonSchema:
    schema: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": most}
    return WithJsonSchema(schema | ({"pattern": pattern} if pattern else {}))


def _number_schema(description: str, **more: object) -> WithJsonSchema:
    return WithJsonSchema({**_DECIMAL_SCHEMA, "description": description, **more})


FROM_LIST = BeforeValidator(_tuple_from_list)  # JSON has lists, frozen models hold tuples
Id = Annotated[str, PlainValidator(clean_text(128)), _text_schema(128)]
Text = Annotated[str, PlainValidator(clean_text(1000)), _text_schema(1000)]
Symbol = Annotated[str, PlainValidator(clean_text(64)), _text_schema(64)]
Currency = Annotated[
    str,
    PlainValidator(_matching(_CURRENCY, "a currency code")),
    _text_schema(20, f"^{_CURRENCY.pattern}$"),
]
Token = Annotated[
    str,
    PlainValidator(_matching(_TOKEN, "a lower-case word")),
    _text_schema(64, f"^{_TOKEN.pattern}$"),
]
Side = Literal["buy", "sell"]
Price = Annotated[
    Decimal, PlainValidator(_positive), _number_schema("price, above 0 and below 10^10")
]
Qty = Annotated[
    Decimal, PlainValidator(_positive), _number_schema("quantity, above 0 and below 10^10")
]
ContractSize = Annotated[
    Decimal,
    PlainValidator(_positive_amount),
    _number_schema("units per 1.0 of quantity, at most 8 decimals"),
]
Amount = Annotated[
    Decimal,
    PlainValidator(_amount),
    _number_schema("account currency, at most 8 decimals, within 10^10 of zero"),
]
AmountFromZero = Annotated[
    Decimal,
    PlainValidator(_amount_from_zero),
    _number_schema("account currency, at most 8 decimals, 0 or more, below 10^10"),
]
Digits = Annotated[
    int,
    PlainValidator(whole_number(0, 8)),
    WithJsonSchema({"anyOf": [{"type": "integer"}, {"type": "string"}], "description": "0 to 8"}),
]
Version = Annotated[
    int,
    PlainValidator(whole_number(1, 10**9)),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string"}]}),
]
Instant = Annotated[
    int,
    PlainValidator(parse_instant),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string"}, {"type": "integer"}],
            "description": "ISO-8601 with an offset or Z, or nanoseconds since the Unix epoch",
        }
    ),
]
Flag = Annotated[bool, PlainValidator(_flag), WithJsonSchema({"type": "boolean"})]
Overrides = Annotated[
    dict[str, dict[str, Any]],
    PlainValidator(_overrides),
    WithJsonSchema(
        {
            "type": "object",
            "additionalProperties": {"type": "object"},
            "description": "parameters by rule or goal id",
        }
    ),
]
