"""The door for events: from a raw JSON object to a frozen model, and back.

`parse_event` checks everything an event says by itself. What needs the account or the instrument
(is it known, how many decimals) is checked where those are known.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, get_args

from pydantic import BaseModel

from schemas.account_events import (
    AccountOpened,
    AccountOverridden,
    BalanceAdjusted,
    Fill,
    KycUpdated,
    OrderCancelled,
    OrderModified,
    OrderPlaced,
    PositionProtected,
)
from schemas.errors import BadValue, InputError, quoted
from schemas.event_base import AccountEvent, EventBase, MarketEvent
from schemas.fields import parse_model
from schemas.instants import instant_text
from schemas.market_events import (
    CalendarPublished,
    Clock,
    Holiday,
    InstrumentListed,
    NewsEvent,
    RulesetPublished,
)
from schemas.money import text

__all__ = [
    "EVENT_MODELS",
    "AccountEvent",
    "AccountOpened",
    "AccountOverridden",
    "BalanceAdjusted",
    "CalendarPublished",
    "Clock",
    "Event",
    "EventBase",
    "Fill",
    "Holiday",
    "InstrumentListed",
    "KycUpdated",
    "MarketEvent",
    "NewsEvent",
    "OrderCancelled",
    "OrderModified",
    "OrderPlaced",
    "PositionProtected",
    "RulesetPublished",
    "event_json",
    "parse_event",
]

Event = (
    AccountOpened
    | OrderPlaced
    | OrderModified
    | OrderCancelled
    | Fill
    | PositionProtected
    | BalanceAdjusted
    | AccountOverridden
    | KycUpdated
    | CalendarPublished
    | RulesetPublished
    | InstrumentListed
    | Clock
)
_MODELS: tuple[type[Event], ...] = get_args(Event)
EVENT_MODELS: dict[str, type[Event]] = {
    get_args(model.model_fields["type"].annotation)[0]: model for model in _MODELS
}
_DEFAULTED: dict[type[Event], frozenset[str]] = {
    model: frozenset(
        name
        for name, field in model.model_fields.items()
        if not field.is_required() and field.get_default(call_default_factory=True) is not None
    )
    for model in _MODELS
}


def parse_event(value: object) -> Event:
    """Read an event from its raw JSON object.

    Args:
        value: what `schemas.json_text.loads` returned, or the same built by hand: numbers as
            text, `int` or `Decimal`, never `float`.

    Raises:
        InputError: `bad_format` when it is not an object, `unknown_type`, `bad_ts`,
            `over_precise` or `bad_value`, with the path of the first field that is wrong.
    """
    if not isinstance(value, Mapping):
        raise InputError("bad_format", f"must be a JSON object, was {quoted(value)}")
    kind = value.get("type")
    if not isinstance(kind, str):
        raise BadValue("is required" if kind is None else "must be text", "type")
    model = EVENT_MODELS.get(kind)
    if model is None:
        raise InputError("unknown_type", f"no event has the type {quoted(kind)}", "type")
    if model is RulesetPublished and isinstance(value.get("ruleset"), Mapping):
        return _parse_moved(model, value, "document", "ruleset")
    if model is InstrumentListed and "instrument" not in value:
        return _parse_moved(model, value, "instrument", "")
    return parse_model(model, _without_nulls(model, value))


def event_json(event: Event) -> dict[str, Any]:
    """Write an event as the plain object that `parse_event` reads back as an equal one.

    Numbers become decimal text and times ISO text; what was absent stays absent.
    """
    written = _plain(event)
    assert isinstance(written, dict)
    return written


# Writers that fill in every optional field say null for "not given": the default then holds.
def _without_nulls(model: type[Event], value: Mapping[str, object]) -> Mapping[str, object]:
    if None not in value.values():
        return value
    return {
        key: item for key, item in value.items() if item is not None or key not in _DEFAULTED[model]
    }


# Publishers may put the payload under another name, or beside the event's own fields; errors
# then name the field where it really stands.
def _parse_moved(
    model: type[Event], value: Mapping[str, object], field: str, found_at: str
) -> Event:
    if found_at:
        moved = {key: item for key, item in value.items() if key != found_at}
        if field in moved:
            msg = f"says the same as {field}; give one"
            raise BadValue(msg, found_at)
        moved[field] = value[found_at]
    else:
        own = EventBase.model_fields.keys()
        moved = {key: item for key, item in value.items() if key in own}
        moved[field] = {key: item for key, item in value.items() if key not in own}
    try:
        return parse_model(model, moved)
    except InputError as error:
        if error.path.split(".")[0] != field:
            raise
        path = (found_at + error.path.removeprefix(field)).removeprefix(".")
        raise InputError(error.code, error.message, path) from None


def _plain(value: object, key: str = "") -> object:
    if isinstance(value, BaseModel):
        given = value.model_fields_set
        return {
            name: _plain(getattr(value, name), name)
            for name in type(value).model_fields
            if name in given
        }
    if isinstance(value, Decimal):
        return text(value)
    if isinstance(value, int) and key == "ts":
        return instant_text(value)
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
