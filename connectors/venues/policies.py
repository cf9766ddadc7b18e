"""How a venue is compared with the journal, and what a disagreement does."""

from decimal import Decimal, InvalidOperation
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from schemas.errors import BadValue
from schemas.fields import AmountFromZero, Id, Shape


def _number(value: object) -> object:
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        raise BadValue("must be a number") from None


def whole(value: object) -> object:
    """Read a whole number that YAML gave as text."""
    return int(value) if isinstance(value, str) and value.isdigit() else value


def _flag(value: object) -> object:
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


def _amount(value: object) -> object:
    if value == "off":
        return None
    try:
        found = Decimal(value) if isinstance(value, str) else value
    except InvalidOperation:
        raise BadValue("must be a decimal of at least 0, or `off`") from None
    if isinstance(found, Decimal) and not (found.is_finite() and found >= 0):
        raise BadValue("must be a decimal of at least 0, or `off`")
    return found


Seconds = Annotated[float, BeforeValidator(_number), Field(gt=0, le=3600)]
_Span = Annotated[float, BeforeValidator(_number), Field(ge=0, le=604_800)]
_Amount = Annotated[Decimal | None, BeforeValidator(_amount)]


class Tolerance(Shape):
    """What may differ, and what is held while more does.

    Attributes:
        qty: a position may differ by so much; `off` leaves positions alone.
        balance: money may differ by so much; `off` leaves balances alone.
        hold_s: so long an intervention of a hard verdict waits while its account is disputed.
        then: what happens when it has waited so long: `carry_out`, or `ask` an operator.
    """

    qty: _Amount = Decimal(0)
    balance: _Amount = Decimal("0.01")
    hold_s: _Span = 0.0
    then: Literal["carry_out", "ask"] = "carry_out"


class ReconcileSettings(Shape):
    """When accounts are compared.

    Attributes:
        every_s: an account that agrees is looked at again after so long.
        retry_s: one that does not, after so long.
        looks: seen so often, a disagreement is raised to an operator.
        in_flight_s: trades that are younger may be on their way to the journal.
        lookback_s: the venue is asked for trades so old.
        tolerance: of accounts of every ruleset that is not named in
        rulesets: by id, or `id@version`.
    """

    every_s: Seconds = 60.0
    retry_s: Seconds = 5.0
    looks: Annotated[int, BeforeValidator(whole), Field(ge=1, le=1000)] = 3
    in_flight_s: _Span = 10.0
    lookback_s: _Span = 86_400.0
    tolerance: Tolerance = Tolerance()
    rulesets: dict[Id, Tolerance] = Field(default_factory=dict)

    def tolerance_of(self, ruleset: str) -> Tolerance:
        """Return that of accounts bound to `id@version`."""
        name = ruleset.partition("@")[0]
        return self.rulesets.get(ruleset) or self.rulesets.get(name) or self.tolerance


class ReportSettings(Shape):
    """When accounts are asked what they did.

    Attributes:
        every_s: each after so long, and at once when a socket says that something happened.
        overlap_s: trades are asked for from so long before the last one known: some come late.
        funding_s: funding is asked for after so long.
        sockets: whether to listen to the accounts' sockets.
    """

    every_s: Seconds = 60.0
    overlap_s: Seconds = 60.0
    funding_s: Seconds = 600.0
    sockets: Annotated[bool, BeforeValidator(_flag)] = True


class FeedSettings(Shape):
    """Which prices of a venue become ticks, and which are kept back.

    Attributes:
        price: its best `bid_ask`, its `mark` price or its `last` trade.
        max_age_s: an older quote is stale.
        max_jump: a price that differs by a larger share from the one before is a spike; 0 for any.
        confirm: so many quotes in a row that agree are believed all the same.
        silence_s: after so long without a quote the connection is opened anew.
    """

    price: Literal["bid_ask", "mark", "last"] = "bid_ask"
    max_age_s: Seconds = 5.0
    max_jump: AmountFromZero = Decimal("0.05")
    confirm: Annotated[int, BeforeValidator(whole), Field(ge=1, le=1000)] = 3
    silence_s: Seconds = 30.0
