"""The file of cases: what is out of shape is named with line and field."""

import pytest

from connectors.bad_file import BadFile
from flows.cases.document import load_cases
from flows.cases.families import judge

WHOLE = """[
 {"id": "a", "params": {"family": "daily_loss", "pct": 0.10, "note": null},
  "events": [{"t": "D1", "type": "mark"}],
  "expected": {"reason": "why",
   "checks": [{"i": 0, "floor": 1}], "met": true}}
]
"""


def load(folder, text):
    path = folder / "cases.json"
    path.write_text(text)
    return load_cases(path)


def test_case_when_whole_is_read_with_numbers_as_they_are_written(tmp_path):
    (case,) = load(tmp_path, WHOLE)
    assert (case.id, case.family, case.params) == ("a", "daily_loss", {"pct": "0.10"})
    assert [(event.i, event.label) for event in case.events] == [(0, "D1")]
    assert [(check.i, set(check.expected)) for check in case.checks] == [
        (0, {"floor"}),
        (None, {"met"}),
    ]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (WHOLE, "[1]", "cases.json:1: 0: must be an object, was '1'"),
        ('"id": "a", ', "", "cases.json:2: 0.id: is required"),
        ('"family": "daily_loss", ', "", "cases.json:2: 0.params.family: is required"),
        ('"type": "mark"', '"kind": "mark"', "cases.json:3: 0.events.0.type: is required"),
        ('"t": "D1"', '"t": "D1", "i": "x"', "cases.json:3: 0.events.0.i: must be a whole number"),
        ('[{"t": "D1", "type": "mark"}]', "{}", "cases.json:3: 0.events: must be a list, was {}"),
        ('"expected"', '"expects"', "cases.json:2: 0.expected: is required"),
        ('[{"i": 0, "floor": 1}]', "{}", "cases.json:5: 0.expected.checks: must be a list"),
        ('"i": 0, "floor"', '"floor"', "cases.json:5: 0.expected.checks.0.i: is required"),
    ],
)
def test_case_when_out_of_shape_fails_naming_line_and_field(tmp_path, old, new, says):
    (case,) = load(tmp_path, WHOLE.replace(old, new))
    assert says in case.misshapen
    assert judge(case, "reference").result == "fail"


def test_file_when_it_is_not_there_is_named(tmp_path):
    with pytest.raises(BadFile, match=r"none: cannot be read: no such file"):
        load_cases(tmp_path / "none")
