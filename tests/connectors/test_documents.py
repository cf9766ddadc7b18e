"""Instrument and ruleset files: loaded as text, wrong ones named with file, line and field."""

import pytest

from connectors.bad_file import BadFile
from connectors.documents import load_instruments, load_rulesets

RULESET = """\
ruleset: demo
version: 3
currency: USD
session: {timezone: Europe/Prague, reset: 17:00}
phases:
  - name: evaluation
    rules:
      - {id: daily, family: daily_loss, pct: 0.05}
"""
AS_JSON = """\
{"ruleset": "demo", "version": 3, "currency": "USD",
 "session": {"timezone": "Europe/Prague", "reset": "17:00"},
 "phases": [{"name": "evaluation",
\t"rules": [{"id": "daily", "family": "daily_loss", "pct": 0.05}]}]}
"""


def put(folder, name, text):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", errors="surrogateescape")
    return path


def test_rulesets_when_the_same_in_yaml_and_json_are_one(tmp_path):
    put(tmp_path, "a.yaml", RULESET)
    put(tmp_path, "more/b.json", AS_JSON)
    put(tmp_path, "README.md", "not a ruleset")
    put(tmp_path, ".hidden/c.yaml", "no: ruleset")
    (loaded,) = load_rulesets(tmp_path)
    assert str(loaded.ruleset.ref) == "demo@3"


def test_rulesets_when_one_version_has_two_contents_name_both_files(tmp_path):
    put(tmp_path, "a.yaml", RULESET)
    put(tmp_path, "b.yaml", RULESET.replace("0.05", "0.06"))
    with pytest.raises(BadFile, match=r"b.yaml:2: version: demo@3 has other content in .*a.yaml"):
        load_rulesets(tmp_path)


def test_rulesets_when_a_single_file_is_given_are_it(tmp_path):
    assert len(load_rulesets(put(tmp_path, "a.yaml", RULESET))) == 1


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("version: 3", "version: three", r"a.yaml:2: version: must be a whole number"),
        ("Europe/Prague", "Europe/Prag", r"a.yaml:4: session.timezone: unknown time zone"),
        ("name: evaluation", "name: evaluation\n    nme: x", r"a.yaml:7: phases.0.nme: unknown"),
        ("currency: USD", "currency: USD\ncurrency: EUR", r"a.yaml:4: currency: key is given tw"),
        ("rules:", "rules: [", r"a.yaml:\d+: not YAML: "),
    ],
)
def test_ruleset_when_wrong_is_named_with_file_line_and_field(tmp_path, old, new, says):
    put(tmp_path, "a.yaml", RULESET.replace(old, new))
    with pytest.raises(BadFile, match=says):
        load_rulesets(tmp_path)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", r"a.json:1: not JSON: "),
        ('{"ruleset":\n}', r"a.json:2: not JSON: "),
        ('{"ruleset": "a",\n"ruleset": "a"}', r"a.json:2: ruleset: key is given twice"),
        ('{"ruleset": NaN}', r"a.json:1: NaN is not a number"),
        ('{"a":\n' + "[" * 200, r"a.json:2: nested deeper than"),
        ('{"ruleset": "\udcff"}', r"a.json:1: not UTF-8 text"),
        ('{"ruleset": "demo"}', r"a.json:1: version: is required"),
        (AS_JSON.replace('"USD"', "true"), r"a.json:1: currency: "),
    ],
)
def test_json_ruleset_when_wrong_is_named(tmp_path, text, says):
    put(tmp_path, "a.json", text)
    with pytest.raises(BadFile, match=says):
        load_rulesets(tmp_path)


def test_rulesets_when_the_directory_is_missing_are_a_bad_file(tmp_path):
    with pytest.raises(BadFile, match=r"none: cannot be read: no such file or directory"):
        load_rulesets(tmp_path / "none")


def test_instruments_when_wrong_are_named_with_file_line_and_field(tmp_path):
    path = put(
        tmp_path,
        "i.yaml",
        "- {symbol: A, base: A, quote: USD, price_digits: 2, qty_digits: 0}\n"
        "- symbol: B\n  base: B\n  quote: USD\n  price_digits: 9\n  qty_digits: 0\n",
    )
    with pytest.raises(BadFile, match=r"i.yaml:5: 1.price_digits: must be from 0 to 8"):
        load_instruments(path)


def test_instruments_when_they_convert_through_an_unlisted_symbol_are_a_bad_file(tmp_path):
    path = put(
        tmp_path,
        "i.yaml",
        "- symbol: A\n  base: A\n  quote: JPY\n  price_digits: 2\n  qty_digits: 0\n"
        "  conversion: {symbol: USDJPY, op: divide}\n",
    )
    with pytest.raises(BadFile, match=r"i.yaml:6: 0.conversion.symbol: `USDJPY` is not listed"):
        load_instruments(path)


def test_instruments_when_numbers_are_not_quoted_are_exact(tmp_path):
    path = put(
        tmp_path,
        "i.yaml",
        "- {symbol: A, base: A, quote: USD, price_digits: 2, qty_digits: 0, contract_size: 0.1}\n",
    )
    assert str(load_instruments(path)["A"].contract_size) == "0.1"
