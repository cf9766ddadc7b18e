import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import BadValue, InputError
from schemas.yaml_text import load

words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=8)
documents = st.recursive(
    st.none() | st.booleans() | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=20,
).filter(lambda value: isinstance(value, dict | list))

LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 10)}]\n"
    for before, name in zip("abcde", "bcdef", strict=True)
)


@pytest.mark.parametrize(
    ("scalar", "value"),
    [
        ("0.10", "0.10"),
        ("1_000", "1_000"),
        ("0x10", "0x10"),
        ("1e3", "1e3"),
        ("17:00", "17:00"),
        ("2014-05-02", "2014-05-02"),
        ("yes", "yes"),
        ("True", "True"),
        ('"true"', "true"),
        ("'null'", "null"),
        ("!!str true", "true"),
        (".inf", ".inf"),
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ('""', ""),
    ],
)
def test_scalars_when_read_are_text_but_for_null_and_booleans(scalar, value):
    assert load(f"x: {scalar}\n").data == {"x": value}


@given(documents, st.booleans())
def test_yaml_when_written_by_the_library_reads_the_same(value, flow):
    """With every text quoted, so that only our reading decides what it is."""
    written = yaml.safe_dump(value, default_style=None, allow_unicode=True, default_flow_style=flow)
    try:
        expected = yaml.load(written, Loader=yaml.BaseLoader)
    except yaml.YAMLError:
        return
    assert _as_text(load(written).data) == expected


def _as_text(value):
    if isinstance(value, dict):
        return {key: _as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_text(item) for item in value]
    return {None: "null", True: "true", False: "false"}.get(value, value)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("", 1),
        ("# only a comment", 1),
        ("just text", 1),
        ("a: 1\n---\nb: 2\n", 2),
        ("a: 1\nb:\n  c: 1\n  c: 2\n", 4),
        ("a: [1, 2\nb: 3\n", 2),
        ("a: b\n  c: d\n", 2),
        ("a: \x00", 1),
        ("a: 1\nb: !!python/object:os.system x\n", 2),
        ('a: !!int "3"\n', 1),
        ("a: !!set {b}\n", 1),
        ("? [1]\n: 2\n", 1),
        ("a: &a {b: 1}\nc:\n  <<: *a\n", 3),
        ("a: *nobody\n", 1),
        ("a: &a [*a]\n", 1),
        (LAUGHS, 5),
        ("a:\n" + "[" * 100_000, 2),
        ("- " * 100_000 + "x", 1),
        ("a: \ud800", 1),
    ],
)
def test_load_when_not_a_plain_document_names_the_line(content, line):
    with pytest.raises(InputError) as refused:
        load(content, "rules.yaml")
    assert refused.value.code == "bad_format"
    assert refused.value.message.startswith(f"rules.yaml:{line}: ")
    assert "\n" not in refused.value.message


def test_load_when_an_anchor_is_reused_copies_what_it_holds():
    data = load("a: &rules [{id: x}]\nb: *rules\n").data
    assert data["b"] == data["a"]
    assert data["b"] is not data["a"]


def test_load_when_a_file_names_it(tmp_path):
    file = tmp_path / "x.yaml"
    file.write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert load(file).data == {"a": "1"}
    file.write_bytes(b"a: 1\nb: \xff\n")
    with pytest.raises(InputError, match=r"x\.yaml:2: not UTF-8"):
        load(file)
    with pytest.raises(InputError, match="cannot be read: no such file"):
        load(tmp_path / "missing.yaml")


def test_lines_when_asked_by_path_are_those_of_the_nearest_value():
    document = load(
        "a: 1\nphases:\n  - name: x\n    v1.5: {y: z}\n    rules: [\n      p]\n", "f.yaml"
    )
    assert document.line("") == 1
    assert document.line("phases") == 2
    assert document.line("phases.0.name") == 3
    assert document.line("phases.0.v1.5.y") == 4
    assert document.line("phases.0.rules.0") == 6
    assert document.line("phases.0.missing") == 3
    assert document.line("phases.9") == 2
    assert (
        document.complaint(BadValue("is bad", "phases.0.name")) == "f.yaml:3: phases.0.name: is bad"
    )
