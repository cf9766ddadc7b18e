"""Whatever a document holds, lint answers."""

from hypothesis import given
from hypothesis import strategies as st

from rules.catalog import GOALS, RULES
from rules.lint.check import lint
from tests.rules.lint.plans import STOPS, limit, lots, plan
from tests.rules.samples import consistency, daily, drawdown, target, trading_days


def _fields(family):
    return family.params.model_fields


SCALARS = st.none() | st.booleans() | st.sampled_from(["", "0", "1", "0.05", "-1", "x", "1e99"])
ANY = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)
NAMES = sorted({name for family in (*RULES.values(), *GOALS.values()) for name in _fields(family)})
RULE_ENTRIES = st.sampled_from([daily(), drawdown("trail_equity"), STOPS, limit(9), lots("5")])
GOAL_ENTRIES = st.sampled_from([target(), trading_days(4), consistency("0.4")])
CHANGES = st.dictionaries(st.sampled_from(NAMES), ANY, max_size=2)


def changed(entries):
    return st.lists(st.builds(dict.__or__, entries, CHANGES), max_size=3)


@given(changed(RULE_ENTRIES), changed(GOAL_ENTRIES), st.dictionaries(st.text(), ANY, max_size=2))
def test_lint_when_the_document_is_anything_at_all_answers(rules, goals, more):
    document = plan(goals=goals)
    phase = {**document["phases"][0], "rules": rules, **more}
    for found in lint({**document, "phases": [phase, *more.values()]}):
        assert found.message
        assert found.fix
