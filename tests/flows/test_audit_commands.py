"""`highwater audit` and `highwater explain` as a user meets them: files, exit codes, one line."""

import json

import pytest

from tests.flows.audit.proofs import EXAMPLE, SIGNER, exported
from tests.flows.test_cli import call

FILES = [
    f"--instruments={EXAMPLE / 'instruments.yaml'}",
    f"--rulesets={EXAMPLE / 'rulesets'}",
    f"--ticks={EXAMPLE / 'ticks.csv'}",
    f"--events={EXAMPLE / 'events.jsonl'}",
]
BREACH = "3a7e7e4d30baeb01a34ef3f92e466931"


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """Run a command in an empty folder without settings."""
    monkeypatch.chdir(tmp_path)
    for name in ("LOG", "AUDIT_KEY", "AUDIT_KEY_FILE", "KAFKA", "TOPIC_PREFIX"):
        monkeypatch.delenv(f"HIGHWATER_{name}", raising=False)
    return lambda *arguments: call(capsys, monkeypatch, *map(str, arguments))


@pytest.fixture
def bundle(tmp_path):
    path = tmp_path / "bundle.zip"
    path.write_bytes(exported().data)
    return path


def test_keygen_when_called_writes_a_secret_file_and_prints_the_public_key(run, tmp_path):
    code, out, _ = run("audit", "keygen", "--name", "firm.example/log", "--out", "firm.key")
    assert code == 0
    assert out.startswith("firm.example/log+")
    written = tmp_path / "firm.key"
    assert written.read_text().startswith("PRIVATE+KEY+firm.example/log+")
    assert written.stat().st_mode & 0o777 == 0o600
    again = run("audit", "keygen", "--name", "firm.example/log", "--out", "firm.key")
    assert again[0] == 2
    assert again[2] == ["highwater: firm.key: is there already; a key is never overwritten"]


def test_export_when_called_writes_a_bundle_that_verifies(run, tmp_path, monkeypatch):
    (tmp_path / "firm.key").write_text(SIGNER.text + "\n")
    code, out, said = run("audit", "export", "A-1001", "--key=firm.key", *FILES)
    assert (code, out) == (0, "")
    assert said == [
        (
            f"A-1001.zip: 7 records of A-1001, {len(exported().data):,} bytes, "
            "as of seq 7, 2024-03-05T09:20:00.5Z"
        )
    ]
    assert (tmp_path / "A-1001.zip").read_bytes() == exported().data
    monkeypatch.setenv("HIGHWATER_AUDIT_KEY", SIGNER.text)
    run("audit", "export", "A-1001", "--out=again.zip", *FILES)
    assert (tmp_path / "again.zip").read_bytes() == exported().data
    monkeypatch.setenv("HIGHWATER_AUDIT_KEY_FILE", "firm.key")
    assert run("audit", "export", "A-1001", *FILES)[0] == 0


def test_verify_when_sound_says_so_part_by_part(run, bundle):
    code, out, said = run("audit", "verify", bundle, "--key", SIGNER.key)
    assert (code, said) == (0, [])
    first, *parts = out.splitlines()
    assert first.startswith("account A-1001: 7 records, 5 decisions, 1 breach, as of seq 7")
    assert len(parts) == 9
    assert all(line.startswith("  ok  ") for line in parts)


def test_verify_when_forged_names_it_and_fails(run, bundle):
    bundle.write_bytes(exported().data.replace(b"48484", b"48485"))
    code, out, said = run("audit", "verify", bundle)
    assert (code, said) == (1, [])
    assert "  FAILED  files       trail.jsonl line 5 was edited" in out


SIGNED = f"--key={SIGNER.key}"
BAD = {
    "no key": (["audit", "export", "A-1001", *FILES], 2, "no key to sign with: make one with"),
    "key file missing": (["audit", "export", "A", "--key=x", *FILES], 2, "x: cannot be read: no "),
    "key file bad": (["audit", "export", "A", "--key=junk", *FILES], 2, "junk: not a signing key"),
    "bad name": (["audit", "keygen", "--name", "a b"], 2, "a key's name is 1 to 128 of"),
    "unknown account": (
        ["audit", "export", "Z", "--key=firm.key", *FILES],
        2,
        "account 'Z' is not in the journal",
    ),
    "files half": (
        ["audit", "export", "A", "--key=firm.key", FILES[0]],
        2,
        "--instruments and --rulesets are needed",
    ),
    "no events": (
        ["audit", "export", "A", "--key=firm.key", *FILES[:3]],
        2,
        "--events is needed",
    ),
    "files and log": (
        ["explain", BREACH, "--log=dir:x", *FILES],
        2,
        "give the files of a replay or --log, not both",
    ),
    "no log": (["explain", BREACH, "--log=dir:none"], 2, "the log holds no journal"),
    "bad log": (["explain", BREACH, "--log=ftp:none"], 2, "bad log URL: it begins with"),
    "no bundle": (["audit", "verify", "none.zip"], 2, "none.zip: cannot be read: no such file"),
    "not a bundle": (["audit", "verify", "junk"], 2, "junk: is not a bundle"),
    "bad key": (["audit", "verify", "bundle.zip", "--key=a+b+c"], 2, "--key: is no key"),
    "since is none": (
        ["audit", "export", "A-1001", "--key=firm.key", "--since=junk", *FILES],
        2,
        "--since: not a checkpoint of this log",
    ),
    "unknown breach": (["explain", "0" * 32, *FILES], 2, f"no breach {'0' * 32} was decided there"),
    "bundle and journal": (
        ["explain", BREACH, "--bundle=bundle.zip", *FILES],
        2,
        "give --bundle or a journal, not both",
    ),
    "bundle unreadable": (
        ["explain", BREACH, "--bundle=junk"],
        2,
        "the bundle cannot be read",
    ),
    "page not writable": (
        ["explain", BREACH, "--bundle=bundle.zip", "--html=no/where.html"],
        2,
        "no/where.html: cannot be written: no such file",
    ),
}


@pytest.mark.parametrize(("arguments", "code", "words"), BAD.values(), ids=list(BAD))
def test_command_when_it_cannot_says_why_in_one_line(arguments, code, words, run, bundle, tmp_path):
    (tmp_path / "firm.key").write_text(SIGNER.text)
    (tmp_path / "junk").write_bytes(b"junk\n")
    found, out, said = run(*arguments)
    assert (found, out) == (code, "")
    (line,) = said
    assert line.startswith(f"highwater: {words}")


def test_explain_when_called_shows_the_breach(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    code, out, said = run("explain", BREACH, *FILES)
    assert (code, said) == (0, [])
    assert "broke max of starter-50k@1: the account is lost" in out
    assert "set at 2024-03-05 09:05:00 UTC, 15 min before, by: EURUSD 1.0902 / 1.09028" in out
    assert "Judged again by the reference engine, from these entries alone: the same." in out


@pytest.mark.parametrize("columns", ["20", "40", "200"])
def test_explain_when_the_terminal_is_narrow_or_wide_still_shows(run, bundle, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    code, out, _ = run("explain", BREACH, "--bundle", bundle)
    assert code == 0
    assert max(map(len, out.splitlines())) <= max(int(columns), 60)


def test_explain_when_asked_for_json_prints_it(run, bundle):
    code, out, _ = run("explain", BREACH, "--bundle", bundle, "--json")
    assert code == 0
    assert json.loads(out)["breach"]["decision_id"] == BREACH


def test_explain_when_asked_for_a_page_writes_it(run, bundle, tmp_path):
    assert run("explain", BREACH, "--bundle", bundle, "--html=b.html") == (0, "", [])
    written = (tmp_path / "b.html").read_text()
    assert written.startswith("<!doctype html>")
    code, out, _ = run("explain", BREACH, "--bundle", bundle, "--html=-")
    assert (code, out) == (0, written)


def test_explain_when_the_bundle_is_forged_shows_it_and_fails(run, bundle):
    bundle.write_bytes(exported().data.replace(b'"1.07765"', b'"1.07764"'))
    code, out, _ = run("explain", BREACH, "--bundle", bundle, "--json")
    assert code == 1
    assert any("entries.jsonl" in problem for problem in json.loads(out)["problems"])
