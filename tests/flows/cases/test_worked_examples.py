"""Published worked examples: every case of a family we know passes, and a wrong one never does."""

import json
from pathlib import Path

import pytest

from flows.cases.document import load_cases
from flows.cases.families import FAMILIES, judge

FILE = Path(__file__).parents[2] / "cases" / "worked_examples.json"
RAW = {case["id"]: case for case in json.loads(FILE.read_text())}
OURS = [name for name, case in RAW.items() if case["params"]["family"] in FAMILIES]
ENGINES = ["reference", "fast"]


def verdict_of(raw, folder, engine="reference"):
    path = folder / "case.json"
    path.write_text(json.dumps([raw]))
    (case,) = load_cases(path)
    return judge(case, engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_cases_when_judged_all_pass(engine):
    verdicts = {case.id: judge(case, engine) for case in load_cases(FILE)}
    wrong = {v.id: v.why for v in verdicts.values() if v.result != "pass"}
    assert wrong == {}


def altered(value):
    """Something close to an expected value that it is not."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, list):
        return [*value[:-1], altered(value[-1])]
    if isinstance(value, dict):
        return {name: altered(each) for name, each in value.items()}
    if isinstance(value, str):
        return value[:-1] + chr(ord(value[-1]) ^ 1)
    return round(value + (0.0001 if abs(value) < 2 else 0.01), 4)


@pytest.mark.parametrize("name", OURS)
def test_case_when_any_expectation_is_altered_does_not_pass(name, tmp_path):
    spots = 0
    for place in range(len(RAW[name]["expected"].get("checks", [])) + 1):
        case = json.loads(json.dumps(RAW[name]))
        within = [*case["expected"].get("checks", []), case["expected"]][place]
        for key in [key for key in within if key not in {"i", "reason", "checks", "effect"}]:
            true, within[key] = within[key], altered(within[key])
            assert verdict_of(case, tmp_path).result != "pass", key
            within[key] = true
            spots += 1
    assert spots


STRANGERS = {
    "a parameter": (lambda case: case["params"].update(grace_s=5), "parameter `grace_s`"),
    "an event": (lambda case: case["events"].append({"i": 9, "t": "D2", "type": "nap"}), "`nap`"),
    "a field": (lambda case: case["events"][0].update(hwm=1), "`hwm` of event `reset`"),
    "a time": (lambda case: case["events"][1].update(t="W2"), "time 'W2'"),
    "a check": (lambda case: case["expected"]["checks"][0].update(cured=True), "expected `cured`"),
    "a clock": (lambda case: case["params"].update(reset_tz="Mars"), "clock 'Mars'"),
    "a reference": (lambda case: case["params"].update(reference="vwap"), "parameters: "),
    "a check of nothing": (lambda case: case["expected"]["checks"][0].update(i=7), "event 7"),
    "no checks": (lambda case: case["expected"].clear(), "nothing is expected"),
}


@pytest.mark.parametrize("kind", STRANGERS)
def test_case_when_something_in_it_is_not_understood_is_not_supported(kind, tmp_path):
    case = json.loads(json.dumps(RAW["ftmo-dll-001"]))
    change, says = STRANGERS[kind]
    change(case)
    verdict = verdict_of(case, tmp_path)
    assert verdict.result == "not supported"
    assert says in verdict.why
