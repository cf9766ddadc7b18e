"""A database that is older than what was written into it is told from one that is not."""

import pytest

from sinks.witness import Restored, Witness

DSN = "postgresql://user:secret@host:5432/highwater"
PLACE = ("breaches", 0)


@pytest.mark.parametrize(("at", "old"), [(9, True), (10, False), (11, False)])
def test_witness_when_a_database_is_older_than_noted_says_so(tmp_path, at, old):
    Witness(tmp_path, DSN, "log").note({PLACE: 10}, now=True)
    again = Witness(tmp_path, DSN, "log")
    if old:
        with pytest.raises(Restored, match=f"offset {at} of breaches/0 and was at 10.*--replay"):
            again.check({PLACE: at})
    else:
        again.check({PLACE: at})


def test_witness_when_of_another_database_or_log_says_nothing(tmp_path):
    Witness(tmp_path, DSN, "log").note({PLACE: 10}, now=True)
    Witness(tmp_path, DSN, "other").check({PLACE: 0})
    Witness(tmp_path, DSN.replace("highwater", "other"), "log").check({PLACE: 0})
    Witness(tmp_path, DSN, "log").check({("new", 0): 0})


def test_witness_when_it_notes_keeps_no_secret(tmp_path):
    Witness(tmp_path, DSN, "log").note({PLACE: 10}, now=True)
    (file,) = tmp_path.iterdir()
    assert "secret" not in file.name + file.read_text()


def test_witness_when_forgotten_or_damaged_says_nothing(tmp_path):
    one = Witness(tmp_path, DSN, "log")
    one.note({PLACE: 10}, now=True)
    next(tmp_path.iterdir()).write_text('{"breaches/0": 1')
    one.check({PLACE: 0})
    one.note({PLACE: 11}, now=True)
    one.forget()
    one.check({PLACE: 0})


def test_witness_when_asked_often_writes_once_a_second(tmp_path):
    one = Witness(tmp_path, DSN, "log")
    for at in range(100):
        one.note({PLACE: at})
    with pytest.raises(Restored, match="was at 0"):
        Witness(tmp_path, DSN, "log").check({PLACE: -1})
    one.note({}, now=True)
    with pytest.raises(Restored, match="was at 99"):
        Witness(tmp_path, DSN, "log").check({PLACE: 98})
