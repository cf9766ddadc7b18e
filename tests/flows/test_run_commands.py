"""How `highwater run` and `highwater db` end: with the contract's exit codes and one clear line."""

import subprocess
import sys
from pathlib import Path

import pytest

import sinks
from tests.flows.processes import MAIN

VERSIONS = Path(sinks.__file__).parent / "migrations" / "versions"


def highwater(*arguments, **environment):
    done = subprocess.run(
        [sys.executable, "-c", MAIN, *arguments],
        env={"PATH": "", "HIGHWATER_DATA_DIR": "never-made", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("arguments", "environment", "code", "said"),
    [
        (["run", "risk", "--log=nowhere:x"], {}, 2, "bad log URL"),
        (["run", "risk", "--engine=slow"], {}, 2, "setting engine"),
        (["run", "risk"], {"HIGHWATER_KEY_GROUPS": "many"}, 2, "setting key_groups"),
        (["run", "persist"], {}, 2, "no database: set HIGHWATER_DATABASE_URL"),
        (["db", "upgrade"], {}, 2, "no database: set HIGHWATER_DATABASE_URL"),
        (
            ["run", "persist", "--log=dir:{tmp}/log"],
            {"HIGHWATER_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/x"},
            3,
            "Connection refused",
        ),
        (
            ["db", "upgrade"],
            {"HIGHWATER_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/x"},
            3,
            "the database does not answer",
        ),
        (
            ["run", "sequence", "--log=dir:{tmp}/log", "--instruments={tmp}/none.yaml"],
            {},
            2,
            "none.yaml: cannot be read",
        ),
        pytest.param(
            ["run", "risk", "--log=kafka:127.0.0.1:1"],
            {},
            3,
            "Broker transport failure",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_command_when_it_cannot_run_says_so_in_one_line(
    tmp_path, arguments, environment, code, said
):
    given = [argument.format(tmp=tmp_path) for argument in arguments]
    found, _, stderr = highwater(*given, **environment)
    lines = [line for line in stderr.splitlines() if "topic.created" not in line]
    assert found == code, stderr
    assert len(lines) == 1, stderr
    assert lines[0].startswith("highwater: ")
    assert said in lines[0]


@pytest.mark.postgres
def test_upgrade_when_run_twice_has_nothing_to_do(postgres_url):
    code, out, _ = highwater("db", "upgrade", HIGHWATER_DATABASE_URL=postgres_url)
    revisions = ", ".join(sorted(path.name[:4] for path in VERSIONS.glob("0*.py")))
    assert (code, out) == (0, f"applied {revisions}\n")
    code, out, _ = highwater("db", "upgrade", HIGHWATER_DATABASE_URL=postgres_url)
    assert (code, out) == (0, "nothing to do\n")


def test_upgrade_when_asked_for_sql_prints_it_without_a_database():
    code, out, _ = highwater("db", "upgrade", "--sql")
    assert code == 0
    assert "CREATE TABLE highwater.breaches" in out


@pytest.mark.postgres
def test_persist_when_the_database_is_empty_says_what_to_do(tmp_path, postgres_url):
    code, _, stderr = highwater(
        "run", "persist", f"--log=dir:{tmp_path}/log", HIGHWATER_DATABASE_URL=postgres_url
    )
    assert code == 2
    assert "run `highwater db upgrade`" in stderr
