"""Published versions of a directory: appended once, never changed."""

import pytest

from connectors.bad_file import BadFile
from connectors.documents import load_rulesets
from connectors.registry import NAME, Registry
from schemas.errors import InputError
from schemas.rulesets import parse_ruleset
from tests.schemas.samples import RULESET


def document(**changes):
    return parse_ruleset(RULESET | changes)


def test_version_when_published_is_known_and_durable(tmp_path):
    registry = Registry(tmp_path / "made")
    assert not registry.has(document())
    assert registry.add(document())
    assert registry.has(document())
    assert Registry(tmp_path / "made").has(document())


def test_version_when_published_again_writes_nothing(tmp_path):
    Registry(tmp_path).add(document())
    before = (tmp_path / NAME).read_bytes()
    assert not Registry(tmp_path).add(document())
    assert (tmp_path / NAME).read_bytes() == before


def test_version_when_published_by_another_meanwhile_is_seen(tmp_path):
    first, second = Registry(tmp_path), Registry(tmp_path)
    assert first.add(document())
    assert not second.add(document())
    assert len((tmp_path / NAME).read_bytes().splitlines()) == 1


def test_version_when_its_content_differs_is_refused_at_the_first_difference(tmp_path):
    Registry(tmp_path).add(document())
    before = (tmp_path / NAME).read_bytes()
    with pytest.raises(InputError) as refused:
        Registry(tmp_path).add(document(currency="EUR"))
    assert refused.value.path == "currency"
    assert str(refused.value).endswith("other content: currency was USD, is EUR")
    assert (tmp_path / NAME).read_bytes() == before


@pytest.mark.parametrize(
    "line", ["{", "[]", '{"ruleset": "a@1", "hash": "0", "document": {}}', '{"hash": "1"}']
)
def test_registry_when_damaged_names_its_line(tmp_path, line):
    Registry(tmp_path).add(document())
    with (tmp_path / NAME).open("a") as handle:
        handle.write(line + "\n")
    with pytest.raises(BadFile, match=f"{NAME}:2: "):
        Registry(tmp_path)


def test_registry_when_a_line_was_changed_is_refused(tmp_path):
    Registry(tmp_path).add(document())
    text = (tmp_path / NAME).read_text()
    (tmp_path / NAME).write_text(text.replace('"USD"', '"EUR"'))
    with pytest.raises(BadFile, match="not what was published"):
        Registry(tmp_path)


def test_rulesets_when_one_is_published_with_other_content_are_not_loaded(tmp_path):
    file = tmp_path / "plan.yaml"
    file.write_text(
        "ruleset: plan\nversion: 1\ncurrency: USD\n"
        "session: {timezone: UTC, reset: '00:00'}\nphases: [{name: a, rules: []}]\n"
    )
    [loaded] = load_rulesets(tmp_path)
    Registry(tmp_path).add(loaded.ruleset)
    assert len(load_rulesets(tmp_path)) == 1
    file.write_text(file.read_text().replace("name: a", "name: b"))
    with pytest.raises(BadFile, match=r"plan.yaml:5: phases.0.name: .* was a, is b"):
        load_rulesets(tmp_path)
