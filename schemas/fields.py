"""Kinds of field shared by all models, and the one door from raw values to a model.

The readers of single values are in `schemas.readers`; `parse_model` turns whatever pydantic
complains about into one `InputError`.
"""

import re
from collections.abc import Mapping
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

from schemas.errors import BadInstant, BadValue, InputError, join_path, quoted
from schemas.instants import parse_instant
from schemas.readers import (
    CONTROL,
    amount,
    amount_from_zero,
    clean_text,
    flag,
    matching,
    overrides,
    positive,
    positive_amount,
    text_or_number,
    tuple_from_list,
    whole_number,
)

DECIMAL_PATTERN = r"^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$"
_DECIMAL_SCHEMA = {"anyOf": [{"type": "string", "pattern": DECIMAL_PATTERN}, {"type": "number"}]}
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


def model_errors(model: type[BaseModel], value: object, path: str = "") -> list[InputError]:
    """Return everything `parse_model` would refuse, not only the first thing."""
    if not isinstance(value, Mapping):
        return [BadValue(f"must be a mapping, was {quoted(value)}", path)]
    try:
        model.model_validate(value)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        return [_input_error(detail, path) for detail in details]
    return []


_MESSAGES = {
    "missing": "is required",
    "extra_forbidden": "unknown field",
    "model_type": "must be a mapping",
    "dict_type": "must be a mapping",
    "list_type": "must be a list",
    "none_required": "must be left out",
    "tuple_type": "must be a list",
}


def _input_error(detail: ErrorDetails, prefix: str) -> InputError:
    path = join_path(prefix, *(CONTROL.sub("?", str(part))[:100] for part in detail["loc"]))
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


def _text_schema(most: int, pattern: str | None = None) -> WithJsonSchema:
    schema: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": most}
    return WithJsonSchema(schema | ({"pattern": pattern} if pattern else {}))


def _number_schema(description: str, **more: object) -> WithJsonSchema:
    return WithJsonSchema({**_DECIMAL_SCHEMA, "description": description, **more})


FROM_LIST = BeforeValidator(tuple_from_list)  # JSON has lists, frozen models hold tuples
Id = Annotated[str, PlainValidator(clean_text(128)), _text_schema(128)]
Text = Annotated[str, PlainValidator(clean_text(1000)), _text_schema(1000)]
Label = Annotated[
    str,
    PlainValidator(text_or_number),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "number"}]}),
]
Symbol = Annotated[str, PlainValidator(clean_text(64)), _text_schema(64)]
Currency = Annotated[
    str,
    PlainValidator(matching(_CURRENCY, "a currency code")),
    _text_schema(20, f"^{_CURRENCY.pattern}$"),
]
Token = Annotated[
    str,
    PlainValidator(matching(_TOKEN, "a lower-case word")),
    _text_schema(64, f"^{_TOKEN.pattern}$"),
]
Side = Literal["buy", "sell"]
Price = Annotated[
    Decimal, PlainValidator(positive), _number_schema("price, above 0 and below 10^10")
]
Qty = Annotated[
    Decimal, PlainValidator(positive), _number_schema("quantity, above 0 and below 10^10")
]
ContractSize = Annotated[
    Decimal,
    PlainValidator(positive_amount),
    _number_schema("units per 1.0 of quantity, at most 8 decimals"),
]
Amount = Annotated[
    Decimal,
    PlainValidator(amount),
    _number_schema("account currency, at most 8 decimals, within 10^10 of zero"),
]
AmountFromZero = Annotated[
    Decimal,
    PlainValidator(amount_from_zero),
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
Flag = Annotated[bool, PlainValidator(flag), WithJsonSchema({"type": "boolean"})]
Overrides = Annotated[
    dict[str, dict[str, Any]],
    PlainValidator(overrides),
    WithJsonSchema(
        {
            "type": "object",
            "additionalProperties": {"type": "object"},
            "description": "parameters by rule or goal id",
        }
    ),
]
