"""Ruleset documents: their outer shape, their canonical content and its hash.

Rules and goals stay raw mappings here. The catalogue in `rules` knows their parameters; this
module only knows that each has an `id` and a `family`.
"""

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import PlainValidator, WithJsonSchema, model_validator

from schemas.canonical import content_hash
from schemas.errors import BadValue, InputError, quoted
from schemas.fields import (
    FROM_LIST,
    Currency,
    Flag,
    Id,
    Shape,
    Version,
    parse_model,
)
from schemas.json_text import Number
from schemas.money import parse_decimal, text
from schemas.readers import clean_text, raw_value

_REF = re.compile(r"([^@]+)@([1-9][0-9]{0,8})")
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?")
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+\-]*(?:/[A-Za-z0-9_+\-]+)*")
# These names mean the machine's own zone, or count leap seconds: neither is a fixed meaning.
_NO_ZONES = re.compile(r"(?:localtime|posixrules|Factory)\Z|(?:posix|right)/")
_PLAIN_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_NAMES = frozenset({"id", "family", "ruleset", "name", "on_pass", "currency", "timezone"})


class RulesetRef(NamedTuple):
    """A ruleset by id and version; its text is `id@version`."""

    id: str
    version: int

    def __str__(self) -> str:
        return f"{self.id}@{self.version}"

    @classmethod
    def parse(cls, value: object) -> "RulesetRef":
        """Read `id@version`.

        Raises:
            BadValue: not of that form, or a version that is not 1 to 999,999,999.
        """
        match = _REF.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            msg = f"must be `id@version`, was {quoted(value)}"
            raise BadValue(msg)
        return cls(clean_text(128)(match[1]), int(match[2]))


def check_zone(value: object) -> str:
    """Return the name of a time zone after making sure that it exists.

    Raises:
        BadValue: not an IANA name, or not in the time-zone database.
    """
    if not isinstance(value, str) or not _ZONE.fullmatch(value) or _NO_ZONES.match(value):
        msg = f"must be an IANA time zone, was {quoted(value)}"
        raise BadValue(msg)
    try:
        ZoneInfo(value)
    except (OSError, ValueError, KeyError):  # "not found" is a KeyError of zoneinfo
        msg = f"unknown time zone {quoted(value)}"
        raise BadValue(msg) from None
    return str(value)


def parse_time_of_day(value: object) -> int:
    """Read a wall-clock time, `HH:MM` or `HH:MM:SS`, as seconds since local midnight.

    Raises:
        BadValue: not of that form.
    """
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        msg = f"must be a time of day `HH:MM`, was {quoted(value)}"
        raise BadValue(msg)
    return int(match[1]) * 3600 + int(match[2]) * 60 + int(match[3] or 0)


def _time_text(value: object) -> str:
    parse_time_of_day(value)
    return str(value)


def _ruleset_id(value: object) -> str:
    name = clean_text(128)(value)
    if "@" in name:
        msg = f"must hold no `@`, was {quoted(value)}"
        raise BadValue(msg)
    return name


def _entry(value: object) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        msg = f"must be a mapping, was {quoted(value)}"
        raise BadValue(msg)
    for key in ("id", "family"):
        if key not in value:
            raise BadValue("is required", key)
        try:
            clean_text(128)(value[key])
        except InputError as error:
            raise error.under(key) from None
    return {str(key): raw_value(item, str(key)) for key, item in value.items()}


Zone = Annotated[str, PlainValidator(check_zone), WithJsonSchema({"type": "string"})]
TimeOfDay = Annotated[
    str,
    PlainValidator(_time_text),
    WithJsonSchema({"type": "string", "pattern": f"^(?:{_TIME.pattern})$"}),
]
RefText = Annotated[
    str,
    PlainValidator(lambda value: str(RulesetRef.parse(value))),
    WithJsonSchema({"type": "string", "pattern": f"^{_REF.pattern}$"}),
]
RulesetId = Annotated[
    str,
    PlainValidator(_ruleset_id),
    WithJsonSchema({"type": "string", "maxLength": 128, "pattern": "^[^@]+$"}),
]
RawEntry = Annotated[
    dict[str, Any],
    PlainValidator(_entry),
    WithJsonSchema(
        {
            "type": "object",
            "required": ["id", "family"],
            "properties": {"id": {"type": "string"}, "family": {"type": "string"}},
        }
    ),
]
RawEntries = Annotated[tuple[RawEntry, ...], FROM_LIST]


class SessionDocument(Shape):
    """When a session ends: a wall-clock time in an IANA zone."""

    timezone: Zone
    reset: TimeOfDay

    @property
    def reset_seconds(self) -> int:
        """The reset as seconds since local midnight."""
        return parse_time_of_day(self.reset)


class PhaseDocument(Shape):
    """One phase: its rules in order, its goals, and the phase that follows."""

    name: Id
    rules: RawEntries
    goals: RawEntries = ()
    on_pass: Id | None = None
    funded: Flag = False
    require_flat: Flag = True

    @model_validator(mode="after")
    def _ids_are_unique(self) -> "PhaseDocument":
        seen: set[str] = set()
        for kind, entries in (("rules", self.rules), ("goals", self.goals)):
            for place, entry in enumerate(entries):
                if entry["id"] in seen:
                    msg = f"`{entry['id']}` is used twice"
                    raise BadValue(msg, f"{kind}.{place}.id")
                seen.add(entry["id"])
        return self


class RulesetDocument(Shape):
    """A whole ruleset version, as a file or a `ruleset.published` event holds it."""

    ruleset: RulesetId
    version: Version
    currency: Currency
    session: SessionDocument
    phases: Annotated[tuple[PhaseDocument, ...], FROM_LIST]

    @model_validator(mode="after")
    def _phases_fit_together(self) -> "RulesetDocument":
        if not self.phases:
            raise BadValue("must name at least one phase", "phases")
        names = [phase.name for phase in self.phases]
        for place, phase in enumerate(self.phases):
            if phase.name in names[:place]:
                msg = f"`{phase.name}` is used twice"
                raise BadValue(msg, f"phases.{place}.name")
        for place, phase in enumerate(self.phases):
            if phase.on_pass is not None and phase.on_pass not in names:
                msg = f"no phase is named `{phase.on_pass}`"
                raise BadValue(msg, f"phases.{place}.on_pass")
        return self

    @property
    def ref(self) -> RulesetRef:
        """The id and version."""
        return RulesetRef(self.ruleset, self.version)

    @cached_property
    def content(self) -> dict[str, Any]:
        """The document as it was given, with every number as its shortest decimal text.

        Fields that were left out stay out, so `0.05`, `"0.05"` and `0.050` have one content but a
        default that is spelled out is other content than one that is not.
        """
        content = _canonical(self.model_dump(exclude_unset=True))
        assert isinstance(content, dict)
        return content

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the canonical JSON of the content, 64 hex characters."""
        return content_hash(self.content)


def parse_ruleset(value: object, path: str = "") -> RulesetDocument:
    """Read a ruleset document from its raw mapping.

    Raises:
        InputError: anything that is missing, unknown or contradictory, with its path.
    """
    return parse_model(RulesetDocument, value, path)


# Text that is a number in its plain form is a number, whether it was quoted or not; `007` is not.
def _canonical(value: object, key: str = "") -> object:
    if isinstance(value, dict):
        return {name: _canonical(item, name) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(item, key) for item in value]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return str(value)
    assert isinstance(value, str)
    if key not in _NAMES and (isinstance(value, Number) or _PLAIN_NUMBER.fullmatch(value)):
        try:
            return text(parse_decimal(value))
        except InputError:  # too long to be a number that any rule takes
            return str(value)
    return str(value)
