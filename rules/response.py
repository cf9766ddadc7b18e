"""What a rule of any family says about its answer: how grave a breach is, and what is done then.

Source: contract 1.4, row "both"; section 2, "Breach" and "Warnings".
"""

from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from rules.params import Params, Share
from rules.sessions import Session
from schemas.errors import BadValue
from schemas.rulesets import TimeOfDay, Zone

Action = Literal["disable_trading", "cancel_orders", "close_positions", "reapply_stop", "notify"]
BreachKind = Literal["hard", "pause", "flag"]

_FULL: tuple[Action, ...] = ("disable_trading", "cancel_orders", "close_positions", "notify")
_DEFAULT_ACTIONS: dict[str, tuple[Action, ...]] = {
    "hard": _FULL,
    "pause": _FULL,
    "flag": ("notify",),
}


def _listed(value: object) -> object:
    if isinstance(value, str):
        return (value,)  # one level or action needs no list
    return tuple(value) if isinstance(value, list) else value


@lru_cache(maxsize=4096)
def _session(timezone: str, reset: str) -> Session:
    return Session(timezone, reset)  # one object for all accounts


class RuleParams(Params):
    """Parameters every rule takes, whatever it judges."""

    breach_kind: BreachKind = "hard"
    reset_tz: Zone | None = None
    reset_time: TimeOfDay | None = None
    warn_at: Annotated[tuple[Share, ...], BeforeValidator(_listed)] = ()
    action: Annotated[tuple[Action, ...] | None, BeforeValidator(_listed)] = Field(default=None)

    @model_validator(mode="after")
    def _levels_differ(self) -> Self:
        if len(set(self.warn_at)) != len(self.warn_at):
            raise BadValue("repeats a level", "warn_at")
        return self

    @property
    def actions(self) -> tuple[Action, ...]:
        """What is done about a breach, in order."""
        return self.actions_of(self.breach_kind)

    def actions_of(self, kind: BreachKind) -> tuple[Action, ...]:
        """What is done about a breach of this kind, in order."""
        return self.action if self.action is not None else _DEFAULT_ACTIONS[kind]

    @cached_property
    def levels(self) -> tuple[Decimal, ...]:
        """Warning levels, ascending."""
        return tuple(sorted(self.warn_at))

    @property
    def needs(self) -> Mapping[str, str]:
        """Families another rule of the phase must be of, by the parameter that says so."""
        return {}

    def session(self, default: Session) -> Session:
        """Return the rule's own session: each half it leaves out is the ruleset's."""
        return _session(self.reset_tz or default.timezone, self.reset_time or default.reset)
