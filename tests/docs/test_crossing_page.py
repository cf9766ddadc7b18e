"""The page about the crossing search: the sizes it names are those of the code."""

from rules.engine.columns import LEAF_BITS, LEVELS
from rules.engine.search import TAPE_TICKS
from rules.engine.tape import Tape
from tests.docs.pages import prose, read

PAGE = "docs/crossing-search.md"


def test_sizes_when_named_are_those_of_the_code():
    tape = Tape(symbols=50, capacity=TAPE_TICKS)
    leaf = 1 << int(tape.columns.shape[LEAF_BITS])
    assert f"{TAPE_TICKS:,} ticks" in prose(PAGE).replace("\n", " ")
    assert f"A leaf is {leaf} ticks" in prose(PAGE).replace("\n", " ")
    for level in range(3):
        assert f"{leaf * 8**level:,}" in read(PAGE)
    # Eight children: the levels above the leaves are as many as it takes.
    leaves, levels = TAPE_TICKS // leaf, 1
    while leaves > 8:
        leaves, levels = leaves // 8, levels + 1
    assert int(tape.columns.shape[LEVELS]) == levels
