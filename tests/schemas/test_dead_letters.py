import json

from hypothesis import given
from hypothesis import strategies as st

from schemas.dead_letters import DeadLetter, raw_text
from schemas.errors import BadValue


def test_dead_letter_when_written_says_what_where_and_the_original():
    error = BadValue("must be above 0", "qty")
    letter = DeadLetter.from_error(error, b'{"qty": -1}', "events.jsonl", line=7)
    assert json.loads(letter.to_json()) == {
        "code": "bad_value",
        "path": "qty",
        "message": "must be above 0",
        "source": "events.jsonl",
        "line": 7,
        "raw": '{"qty": -1}',
    }


def test_dead_letter_when_from_a_topic_has_offset_and_partition():
    letter = DeadLetter.from_error(BadValue("x"), "raw", "ticks", offset=0, partition=0)
    assert json.loads(letter.to_json())["offset"] == 0
    assert "line" not in json.loads(letter.to_json())


def test_raw_when_not_utf8_shows_escapes():
    assert raw_text(b"caf\xe9\n") == "caf\\xe9\n"
    assert raw_text("\ud800") == "\\ud800"


@given(st.binary(max_size=50) | st.text(max_size=50))
def test_dead_letter_when_the_original_is_anything_is_one_line_of_json(raw):
    line = DeadLetter.from_error(BadValue("x"), raw, "file", line=1).to_json()
    assert b"\n" not in line
    assert json.loads(line)["raw"] == raw_text(raw)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_raw_when_text_in_utf8_is_kept_as_it_is(text):
    assert raw_text(text.encode()) == raw_text(text) == text
