"""An export holds what Postgres holds, of the days and the jurisdiction asked for, in any form."""

import csv
import os
import subprocess
import sys
from contextlib import closing
from datetime import date

import orjson
import pytest
from pyarrow import parquet

from flows.exporting import write_file
from flows.failures import Failure
from schemas.topics import ACCOUNT_STATES, BREACHES
from sinks.archive import Column, Part, columns, rows, tag
from sinks.migrate import upgrade
from sinks.postgres import PostgresSink
from tests.docs.pages import ROOT
from tests.services import fresh_database, service_address
from tests.sinks.rows import batch, breach, state

DAYS = ["2024-02-29T23:59:59.999999999Z", "2024-03-01T00:00:00Z", "2024-03-02T00:00:00Z"]


@pytest.fixture(scope="module")
def database():
    with fresh_database(service_address("HIGHWATER_DATABASE_URL")) as url:
        upgrade(url)
        with closing(PostgresSink(url)) as sink:
            sink.positions([(BREACHES, 0), (ACCOUNT_STATES, 0)])
            made = [
                breach(n, f"A{n}", ts=day, firm_id="harbor" if n else "tide")
                for n, day in enumerate(DAYS)
            ]
            opened = state(1, "active", "A1")
            sink.write([batch(BREACHES, 0, *made), batch(ACCOUNT_STATES, 0, opened)])
        tag(url, "harbor", None, "EU")
        tag(url, "harbor", "A2", "UK")
        tag(url, "harbor", "A2", "US-NY")
        yield url


def exported(url, dataset, **part):
    names = [column.name for column in columns(dataset)]
    with rows(url, dataset, Part(**part)) as found:
        return [dict(zip(names, row, strict=True)) for row in found]


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("part", "accounts"),
    [
        ({}, ["A0", "A1", "A2"]),
        ({"since": date(2024, 3, 1)}, ["A1", "A2"]),
        ({"until": date(2024, 3, 1)}, ["A0"]),
        ({"since": date(2024, 3, 1), "until": date(2024, 3, 2)}, ["A1"]),
        ({"jurisdiction": "EU"}, ["A1"]),
        ({"jurisdiction": "US-NY"}, ["A2"]),
        ({"jurisdiction": "' OR true --"}, []),
    ],
)
def test_export_when_of_days_and_a_jurisdiction_holds_those_alone(database, part, accounts):
    found = [row for row in exported(database, "decisions", **part) if row["type"] == "breach"]
    assert [row["account_id"] for row in found] == accounts
    content = [orjson.loads(row["content"]) for row in found]
    assert all(one["evidence"] == {"entry": {"kind": "tick"}, "positions": []} for one in content)


@pytest.mark.postgres
def test_export_when_written_by_the_command_is_the_same_in_every_form(database, tmp_path):
    expected = exported(database, "decisions")
    for form in ("jsonl", "csv", "parquet"):
        done = command(database, "write", "decisions", str(tmp_path / f"out.{form}"))
        assert (done.returncode, done.stderr.count("\n")) == (0, 1), done.stderr
        assert f"{len(expected)} rows of decisions" in done.stderr
    lines = [orjson.loads(line) for line in (tmp_path / "out.jsonl").read_bytes().splitlines()]
    assert [one | {"content": None} for one in lines] == [
        one | {"content": None} for one in expected
    ]
    assert [one["content"] for one in lines] == [orjson.loads(one["content"]) for one in expected]
    with (tmp_path / "out.csv").open(newline="") as file:
        told = list(csv.DictReader(file))
    plain = [{k: "" if v is None else str(v) for k, v in row.items()} for row in expected]
    assert told == plain
    assert parquet.read_table(tmp_path / "out.parquet").to_pylist() == expected


def command(url, *arguments):
    return subprocess.run(
        [sys.executable, "-c", "from flows.cli import main; main()", "export", *arguments],
        env={**os.environ, "HIGHWATER_DATABASE_URL": url, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.postgres
@pytest.mark.parametrize("dataset", ["accounts", "decisions", "rulesets", "audit"])
def test_export_when_of_any_dataset_can_be_read(database, dataset):
    assert exported(database, dataset, jurisdiction="EU", since=date(2020, 1, 1)) is not None


def test_export_when_its_name_says_no_form_is_refused(tmp_path):
    with pytest.raises(Failure, match="must end with"):
        write_file(tmp_path / "out.xlsx", [Column("a")], [])


def test_export_when_it_fails_halfway_leaves_what_was_there(tmp_path):
    def broken():
        yield ("x",)
        raise OSError(28, "No space left on device")

    path = tmp_path / "out.jsonl"
    path.write_text("before")
    with pytest.raises(Failure, match="no space left"):
        write_file(path, [Column("a")], broken())
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]
