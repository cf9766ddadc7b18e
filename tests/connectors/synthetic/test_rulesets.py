"""The demo's rulesets are data files; what the plans say about them must be true."""

import pytest

from connectors.synthetic.files import RULESETS
from connectors.synthetic.operators import ACTS
from connectors.synthetic.plans import PLANS
from rules.ruleset import load_ruleset
from schemas import yaml_text

LOADED = {
    loaded.ref: loaded
    for path in sorted(RULESETS.glob("*.yaml"))
    for loaded in [load_ruleset(yaml_text.load(path).data)]
}


def test_rulesets_are_four_one_of_them_in_two_versions():
    names = sorted(str(ref).split("@")[0] for ref in LOADED)
    assert len(names) == 5
    assert len(set(names)) == 4


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.ruleset)
def test_plan_when_compared_with_its_ruleset_agrees(plan):
    ruleset = next(one for ref, one in LOADED.items() if str(ref) == plan.ruleset)
    assert ruleset.currency == plan.currency
    phases = [(phase.name, phase.funded) for phase in ruleset.phases]
    assert phases == [(name, funded) for name, funded, _ in plan.phases]


def test_files_are_named_after_their_content():
    for path in RULESETS.glob("*.yaml"):
        loaded = load_ruleset(yaml_text.load(path).data)
        name, version = str(loaded.ref).split("@")
        assert path.name == f"{name}.v{version}.yaml"


def test_operators_acts_when_undone_are_undone_by_their_opposite():
    undone = {"suspend": "reinstate", "pause": "unpause"}
    assert all(undone.get(action) == undo for action, _, undo in ACTS if undo)
    assert {action for action, _, _ in ACTS} == {"suspend", "pause", "migrate", "close"}
