"""Choices that several commands offer; nothing heavy is imported here."""

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum

from flows.failures import Failure
from schemas.errors import InputError
from schemas.money import parse_amount


class EngineChoice(StrEnum):
    """Which engine decides; they give the same bytes."""

    fast = "fast"
    reference = "reference"


class ProgressChoice(StrEnum):
    """When accounts report how far they are."""

    boundary = "boundary"
    every = "every"


def read_balances(texts: Sequence[str]) -> list[Decimal]:
    """Read amounts of money above 0.

    Raises:
        Failure: one is not.
    """
    balances = []
    for given in texts:
        try:
            balance = parse_amount(given)
        except InputError as error:
            raise Failure(f"balance {given}: {error}") from None
        if balance <= 0:
            raise Failure(f"balance {given}: must be above 0")
        balances.append(balance)
    return balances
