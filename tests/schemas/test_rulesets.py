import copy
import hashlib

import pytest
import rfc8785

from schemas import json_text, yaml_text
from schemas.errors import InputError
from schemas.rulesets import RulesetRef, check_zone, parse_ruleset, parse_time_of_day

YAML = """
ruleset: demo-2step-100k
version: 3
currency: USD
session: {timezone: Europe/Prague, reset: 17:00}
phases:
  - name: evaluation
    rules:
      - {id: daily, family: daily_loss, pct: 0.050, reference: balance, warn_at: ["0.80", 0.9]}
      - {id: 007, family: max_drawdown, mode: static, amount: 3000}
    goals:
      - {id: target, family: profit_target, pct: "0.08"}
    on_pass: funded
  - {name: funded, funded: true, rules: []}
"""
JSON = b"""
{"version": 3, "ruleset": "demo-2step-100k", "currency": "USD",
 "session": {"reset": "17:00", "timezone": "Europe/Prague"},
 "phases": [
  {"name": "evaluation",
   "rules": [{"id": "daily", "family": "daily_loss", "pct": 5e-2, "reference": "balance",
              "warn_at": [0.8, "0.9"]},
             {"id": "007", "family": "max_drawdown", "mode": "static", "amount": "3000.0"}],
   "goals": [{"id": "target", "family": "profit_target", "pct": 0.08}],
   "on_pass": "funded"},
  {"name": "funded", "funded": true, "rules": []}]}
"""


@pytest.fixture
def raw():
    return copy.deepcopy(yaml_text.load(YAML).data)


def refusal(value):
    with pytest.raises(InputError) as refused:
        parse_ruleset(value)
    assert refused.value.code == "bad_value"
    return refused.value.path


def test_ruleset_when_read_has_its_parts(raw):
    found = parse_ruleset(raw)
    assert found.ref == ("demo-2step-100k", 3)
    assert str(found.ref) == "demo-2step-100k@3"
    assert found.session.reset_seconds == 17 * 3600
    evaluation, funded = found.phases
    assert (evaluation.on_pass, evaluation.funded, evaluation.require_flat) == (
        "funded",
        False,
        True,
    )
    assert (funded.on_pass, funded.funded, funded.goals) == (None, True, ())
    assert evaluation.rules[0]["pct"] == "0.050"


def test_hash_when_the_same_content_is_written_otherwise_is_the_same(raw):
    """YAML or JSON, quoted or not, trailing zeros or not, in any order of keys."""
    other = parse_ruleset(json_text.loads(JSON))
    assert other.content == parse_ruleset(raw).content
    assert other.hash == parse_ruleset(raw).hash


def test_hash_when_recomputed_by_hand_agrees(raw):
    found = parse_ruleset(raw)
    assert found.content["version"] == "3"
    assert found.content["phases"][0]["rules"][0]["pct"] == "0.05"
    assert found.content["phases"][0]["rules"][1]["id"] == "007"
    assert found.hash == hashlib.sha256(rfc8785.dumps(found.content)).hexdigest()


def test_content_when_read_again_is_the_same_ruleset(raw):
    found = parse_ruleset(raw)
    assert parse_ruleset(found.content).hash == found.hash


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw.update(currency="EUR"),
        lambda raw: raw["phases"][0]["rules"][0].update(pct="0.051"),
        lambda raw: raw["phases"][0]["rules"].reverse(),
        lambda raw: raw["phases"][0].update(require_flat=False),
        lambda raw: raw["session"].update(reset="00:00"),
    ],
)
def test_hash_when_the_content_differs_differs(raw, change):
    before = parse_ruleset(raw).hash
    change(raw)
    assert parse_ruleset(raw).hash != before


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (lambda raw: raw.update(x="1"), "x"),
        (lambda raw: raw.pop("currency"), "currency"),
        (lambda raw: raw.pop("session"), "session"),
        (lambda raw: raw.update(version="0"), "version"),
        (lambda raw: raw.update(version="1.0"), "version"),
        (lambda raw: raw.update(version=True), "version"),
        (lambda raw: raw.update(ruleset="a@b"), "ruleset"),
        (lambda raw: raw.update(ruleset=None), "ruleset"),
        (lambda raw: raw.update(phases=[]), "phases"),
        (lambda raw: raw.update(phases={"name": "x"}), "phases"),
        (lambda raw: raw["session"].update(timezone="Europe/Pragu"), "session.timezone"),
        (lambda raw: raw["session"].update(timezone="localtime"), "session.timezone"),
        (lambda raw: raw["session"].update(reset="24:00"), "session.reset"),
        (lambda raw: raw["session"].update(reset="9:00"), "session.reset"),
        (lambda raw: raw["phases"][0].update(on_pass="verified"), "phases.0.on_pass"),
        (lambda raw: raw["phases"][1].update(name="evaluation"), "phases.1.name"),
        (lambda raw: raw["phases"][1].update(funded="yes"), "phases.1.funded"),
        (lambda raw: raw["phases"][0]["rules"][0].pop("family"), "phases.0.rules.0.family"),
        (lambda raw: raw["phases"][0]["rules"][0].update(id=""), "phases.0.rules.0.id"),
        (lambda raw: raw["phases"][0]["rules"][0].update(pct=0.05), "phases.0.rules.0.pct"),
        (lambda raw: raw["phases"][0]["goals"][0].update(id="007"), "phases.0.goals.0.id"),
        (lambda raw: raw["phases"][0]["rules"].append("x"), "phases.0.rules.2"),
        (lambda raw: raw["phases"].append(None), "phases.2"),
    ],
)
def test_ruleset_when_something_is_wrong_names_the_path(raw, change, path):
    change(raw)
    assert refusal(raw) == path


def test_ruleset_when_no_mapping_is_refused():
    assert refusal([]) == ""


def test_ref_when_read_and_written_is_the_same():
    assert str(RulesetRef.parse("a b@12")) == "a b@12"
    for bad in ("a", "a@", "@1", "a@0", "a@01", "a@-1", "a@1 ", "a@b@1", "a\n@1", None, 5):
        with pytest.raises(InputError):
            RulesetRef.parse(bad)


@pytest.mark.parametrize("zone", ["Europe/Prague", "America/New_York", "UTC", "Etc/GMT-3"])
def test_zone_when_it_exists_is_taken(zone):
    assert check_zone(zone) == zone


@pytest.mark.parametrize(
    "zone",
    [
        "",
        "Mars/Base",
        "../etc/passwd",
        "/etc/localtime",
        "localtime",
        "right/UTC",
        "GMT+25",
        "Europe",
    ],
)
def test_zone_when_it_does_not_exist_or_means_the_machine_is_refused(zone):
    with pytest.raises(InputError):
        check_zone(zone)


def test_time_of_day_when_read_counts_seconds():
    assert parse_time_of_day("23:59:59") == 86_399
    assert parse_time_of_day("00:00") == 0
