"""More accounts than the book begins with, many on one series: the engines agree on every one."""

from random import Random

import pytest

from rules.engine.evaluate import FastEngine
from rules.reference.engine import ReferenceEngine
from tests.rules.kit import Journal
from tests.rules.samples import drawdown, ruleset

ACCOUNTS = 1_100
TICKS = 60


def journal(seed):
    """Accounts open in two waves; every floor is met, touched or missed by a unit on some tick."""
    rng = Random(seed)
    rule = drawdown(mode="trail_equity", amount="1", comparator="lte")
    made = Journal(ruleset(rule))
    made.tick("UNIT", "100")
    walk = [rng.randint(-2_000, 2_000) for _ in range(TICKS)]
    for number, step in enumerate(walk):
        if number in {0, TICKS // 2}:
            for account in range(number * 2, number * 2 + ACCOUNTS // 2):
                open_one(made, rng, f"a{number}-{account}")
        made.tick("UNIT", f"{100 + step / 1000:.3f}")
    return made


def open_one(made, rng, name):
    amount = f"{rng.randint(1, 4_000) / 1000:.3f}"
    made.open(name, "10000", overrides={"max": {"amount": amount}})
    made.fill(name, rng.choice(["buy", "sell"]), "UNIT", "1", "100")


@pytest.mark.parametrize("frame", [1, 7, 10_000])
def test_fast_engine_when_the_book_grows_gives_the_bytes_of_the_reference(frame):
    made = journal(frame)
    cuts = range(0, len(made.entries), frame)
    slow, fast = made.run(ReferenceEngine), made.run(FastEngine, cuts=cuts)
    assert fast.lines == slow.lines
    assert ACCOUNTS / 3 < len(slow.of("breach")) < ACCOUNTS
