"""Events that belong to no account: the calendar, rulesets, listings and the passing of time."""

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import PlainValidator, WithJsonSchema, model_validator

from schemas.errors import BadValue, quoted
from schemas.event_base import MarketEvent
from schemas.fields import FROM_LIST, Currency, Id, Instant, Label, Shape, Symbol, Text
from schemas.instruments import Instrument
from schemas.rulesets import RulesetDocument

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _date_text(value: object) -> str:
    if not isinstance(value, str) or _DATE.fullmatch(value) is None:
        msg = f"must be a date YYYY-MM-DD, was {quoted(value)}"
        raise BadValue(msg)
    try:
        date.fromisoformat(value)
    except ValueError:
        msg = f"not a day of the calendar, was {quoted(value)}"
        raise BadValue(msg) from None
    return str(value)


CalendarDate = Annotated[
    str, PlainValidator(_date_text), WithJsonSchema({"type": "string", "format": "date"})
]
Symbols = Annotated[tuple[Symbol, ...], FROM_LIST]


class NewsEvent(Shape):
    """One scheduled release; it concerns `symbols`, else all instruments of `currency`, else all.

    Attributes:
        ts: time of the release, ns since the epoch.
        impact: the publisher's own word, such as `high`.
    """

    id: Id
    ts: Instant
    title: Text
    currency: Currency | None = None
    symbols: Symbols | None = None
    impact: Text | None = None


class Holiday(Shape):
    """A day on which a market, or the instruments named, do not trade."""

    date: CalendarDate
    title: Text
    market: Text | None = None
    symbols: Symbols | None = None

    @model_validator(mode="after")
    def _says_what_is_closed(self) -> "Holiday":
        if (self.market is None) == (self.symbols is None):
            raise BadValue("either market or symbols is required", "market")
        return self


class CalendarPublished(MarketEvent):
    """A version of the calendar; it replaces the one before as a whole."""

    type: Literal["calendar.published"]
    version: Label
    events: Annotated[tuple[NewsEvent, ...], FROM_LIST] = ()
    holidays: Annotated[tuple[Holiday, ...], FROM_LIST] = ()

    @model_validator(mode="after")
    def _ids_are_unique(self) -> "CalendarPublished":
        seen: set[str] = set()
        for place, event in enumerate(self.events):
            if event.id in seen:
                msg = f"`{event.id}` is used twice"
                raise BadValue(msg, f"events.{place}.id")
            seen.add(event.id)
        return self


class RulesetPublished(MarketEvent):
    """A ruleset version; the field may also be called `ruleset`."""

    type: Literal["ruleset.published"]
    document: RulesetDocument


class InstrumentListed(MarketEvent):
    """A new instrument; its fields may also stand beside those of the event."""

    type: Literal["instrument.listed"]
    instrument: Instrument


class Clock(MarketEvent):
    """Time passes, nothing else."""

    type: Literal["clock"]
