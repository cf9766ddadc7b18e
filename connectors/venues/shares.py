"""How the flows share what a venue allows: each is a process, and none sees what others spend."""

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from schemas.errors import BadValue
from schemas.fields import AmountFromZero, Shape

Flow = Literal["enforce", "accounts", "reconcile", "feed"]
_Share = Annotated[AmountFromZero, Field(gt=0, le=1)]


class Shares(Shape):
    """The share of each flow; together no more than all of it.

    So whatever the others do, liquidations have theirs.
    """

    enforce: _Share = Decimal("0.6")
    accounts: _Share = Decimal("0.2")
    reconcile: _Share = Decimal("0.15")
    feed: _Share = Decimal("0.05")

    @model_validator(mode="after")
    def _no_more_than_there_is(self) -> Self:
        total = self.enforce + self.accounts + self.reconcile + self.feed
        if total > 1:
            raise BadValue(f"together they are {total:f}, more than 1")
        return self
