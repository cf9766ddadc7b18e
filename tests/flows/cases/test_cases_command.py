"""`highwater cases`: a line each, exit 1 only when one fails."""

import json
import re
import subprocess
import sys
from pathlib import Path

COMMAND = Path(sys.executable).with_name("highwater")
FILE = Path(__file__).parents[2] / "cases" / "worked_examples.json"


def cases(*arguments):
    command = [str(COMMAND), "cases", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_cases_when_none_fails_exit_0_with_a_line_each():
    done = cases(FILE)
    *lines, last = done.stdout.splitlines()
    assert done.returncode == 0
    assert len(lines) == len(json.loads(FILE.read_text()))
    assert "ftmo-dll-001: pass" in lines
    assert re.fullmatch(r"118 cases: \d+ passed, 0 failed, \d+ not supported", last)


def test_cases_when_of_an_unknown_family_are_not_supported_and_no_failure(tmp_path):
    (case,) = [item for item in json.loads(FILE.read_text()) if item["id"] == "ftmo-dll-001"]
    case["params"]["family"] = "astrology"
    path = tmp_path / "cases.json"
    path.write_text(json.dumps([case]))
    done = cases(path)
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "ftmo-dll-001: not supported: family `astrology`",
        "1 cases: 0 passed, 0 failed, 1 not supported",
    ]


def test_cases_when_one_fails_exit_1_and_say_why(tmp_path):
    (case,) = [item for item in json.loads(FILE.read_text()) if item["id"] == "ftmo-dll-001"]
    case["expected"]["checks"][1]["floor"] = 190001
    path = tmp_path / "cases.json"
    path.write_text(json.dumps([case]))
    done = cases(path)
    assert done.returncode == 1
    assert "ftmo-dll-001: fail: at event 1 `floor` is 190000, expected 190001" in done.stdout
    told = json.loads(cases(path, "--json").stdout)
    assert told["counts"] == {"pass": 0, "fail": 1, "not supported": 0}
    assert told["cases"][0]["result"] == "fail"


def test_cases_when_the_file_is_none_exit_2_with_one_line(tmp_path):
    path = tmp_path / "cases.json"
    for content, says in [
        ("{", "cases.json:1: not JSON: "),
        ("{}", "cases.json:1: must be a list, was {}"),
    ]:
        path.write_text(content)
        done = cases(path)
        assert done.returncode == 2
        assert says in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_cases_when_one_is_out_of_shape_judge_the_others(tmp_path):
    path = tmp_path / "cases.json"
    good = next(case for case in json.loads(FILE.read_text()) if case["id"] == "ftmo-dll-001")
    path.write_text(json.dumps([{"id": "x"}, None, good]))
    done = cases(path)
    assert done.returncode == 1
    assert "x: fail: " in done.stdout
    assert "0.events: is required" in done.stdout
    assert "1: must be an object" in done.stdout
    assert "ftmo-dll-001: pass" in done.stdout
