"""Where a phase's floors stand after a few days anyone can picture, for an example balance.

The same short stories are told to two versions of a phase: where they end up with other floors is
what a version changes for a trader, by how much. Percentages are of the initial balance.

>>> from rules.ruleset import load_ruleset
>>> ruleset = load_ruleset({"ruleset": "demo", "version": "1", "currency": "USD",
...     "session": {"timezone": "UTC", "reset": "00:00"},
...     "phases": [{"name": "only", "rules": [
...         {"id": "daily", "family": "daily_loss", "pct": "0.05"}]}]})
>>> for story in floors_of(ruleset.phases[0], Decimal(100000))[:2]:
...     print(story.words, story.floors["daily"].normalize())
at the opening 9.5E+4
the day after closing at +4 % 9.9E+4
"""

from collections.abc import Callable
from decimal import Decimal, localcontext
from typing import NamedTuple

from rules.api import At
from rules.catalog import Floor, open_floor
from rules.floors.common import Adjustment, FloorParams, Standing
from rules.params import Params
from rules.ruleset import Phase
from schemas.money import EXACT, round_unit

_AT = At(1)


class Moment(NamedTuple):
    """Money at one instant, in per cent above the initial balance; ``night`` ends the session."""

    balance: int
    equity: int
    night: bool = False
    paid: int = 0


class Story(NamedTuple):
    """Where every floor stands after a story."""

    words: str
    floors: dict[str, Decimal]


STORIES: tuple[tuple[str, tuple[Moment, ...]], ...] = (
    ("at the opening", ()),
    ("the day after closing at +4 %", (Moment(4, 4), Moment(4, 4, night=True))),
    ("the day after closing at −3 %", (Moment(-3, -3), Moment(-3, -3, night=True))),
    ("the day after closing at +2 % with +3 % floating", (Moment(2, 5, night=True),)),
    ("the day after closing at +2 % with −3 % floating", (Moment(2, -1, night=True),)),
    ("in the day, back at +1 % after a peak of +6 %", (Moment(0, 6), Moment(1, 1))),
    ("the day after closing at +12 %", (Moment(12, 12), Moment(12, 12, night=True))),
    (
        "at +12 %, then 6 % paid out",
        (Moment(12, 12), Moment(12, 12, night=True), Moment(6, 6, paid=6)),
    ),
    (
        "at +12 %, then 6 % paid out, then back at +12 %",
        (
            Moment(12, 12),
            Moment(12, 12, night=True),
            Moment(6, 6, paid=6),
            Moment(12, 12),
            Moment(12, 12, night=True),
        ),
    ),
)
"""What happened, and then: where does every floor stand?"""


def floors_of(phase: Phase, initial: Decimal) -> list[Story]:
    """Tell every story to the loss rules of a phase.

    Args:
        phase: what applies.
        initial: balance of an account that opens, in account currency.

    Returns:
        For each story the floor of every loss rule, by rule id, in account currency.
    """
    with localcontext(EXACT):
        return [
            Story(words, {rule.id: _floor(rule, initial, moments) for rule in _floors(phase)})
            for words, moments in STORIES
        ]


def _floors(phase: Phase) -> list[FloorParams]:
    rules: tuple[Params, ...] = phase.rules
    return [rule for rule in rules if isinstance(rule, FloorParams)]


def _floor(params: FloorParams, initial: Decimal, moments: tuple[Moment, ...]) -> Decimal:
    floor = open_floor(params, initial, _AT)
    scaled = _scale(initial)
    for moment in moments:
        _live(floor, moment, scaled)
    return floor.floor


def _live(floor: Floor, moment: Moment, scaled: Callable[[int], Decimal]) -> None:
    standing = Standing(scaled(100 + moment.balance), scaled(100 + moment.equity))
    if moment.paid:
        floor.adjust(Adjustment("payout", scaled(moment.paid), None), _AT)
    if moment.night:
        floor.rebase(standing, _AT)
    floor.raise_marks(standing, _AT)


def _scale(initial: Decimal) -> Callable[[int], Decimal]:
    return lambda per_cent: round_unit(initial * per_cent / 100)
