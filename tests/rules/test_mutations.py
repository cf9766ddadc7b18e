"""The list of planted defects keeps up with the code. The defects themselves: `make mutations`."""

import ast
from pathlib import Path

import pytest

from tests.rules.defects import MUTATIONS

ENGINE = Path(__file__).resolve().parents[2] / "rules" / "engine"


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_mutation_when_applied_changes_one_place_and_still_parses(mutation):
    text = (ENGINE / mutation.file).read_text(encoding="utf-8")
    mutated = mutation.applied(text)
    assert mutated != text
    assert ast.dump(ast.parse(mutated)) != ast.dump(ast.parse(text))


def test_mutations_when_listed_have_names_of_their_own():
    assert len({mutation.name for mutation in MUTATIONS}) == len(MUTATIONS)
