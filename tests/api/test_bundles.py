"""Proofs over HTTP: they verify, with Highwater and without it, and there are no others."""

import asyncio
import subprocess
import sys
import zipfile
from io import BytesIO

import orjson
import pytest

from api.bundles import WAITING_MAX, Bundles
from api.problems import Problem
from flows.audit.command import export_command
from flows.audit.keys import load_signer
from flows.audit.report import check
from flows.options import FlowSettings
from schemas.audit.verify import unpack
from tests.flows import kit

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def breach(stand):
    return next(
        one
        for one in map(orjson.loads, kit.values(stand.log, "breaches"))
        if one["type"] == "breach"
    )


@pytest.fixture(scope="module")
def bundle(stand, breach):
    client = stand.client(sub="bundles")
    found = client.get(f"/v1/accounts/{breach['account_id']}/audit", timeout=200)
    assert (found.status_code, found.headers["content-type"]) == (200, "application/zip")
    assert f"{breach['account_id']}.zip" in found.headers["content-disposition"]
    return found.content


def test_bundle_when_fetched_verifies_and_holds_the_breach(audited, breach, bundle):
    report = check(bundle, load_signer(audited, None).key, None, breach["account_id"])
    assert report.problems == []
    trail = unpack(bundle)["trail.jsonl"].splitlines()
    decided = [record["decision"] for record in map(orjson.loads, trail) if "decision" in record]
    assert breach in decided


def test_bundle_when_a_byte_was_changed_does_not_verify(bundle):
    price = bundle.index(b'"bid":"') + 7
    digit = b"2" if bundle[price : price + 1] == b"1" else b"1"
    changed = bundle[:price] + digit + bundle[price + 1 :]
    assert check(changed, None, None, None).problems


def test_bundle_when_fetched_is_verified_by_its_own_program(bundle, tmp_path):
    with zipfile.ZipFile(BytesIO(bundle)) as files:
        files.extract("verify.py", tmp_path)
    (tmp_path / "bundle.zip").write_bytes(bundle)
    done = subprocess.run(
        [sys.executable, "-I", "verify.py", "bundle.zip"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_bundle_when_the_account_has_none_says_why(stand, audited):
    bundles = Bundles(export_command(audited))
    with pytest.raises(Problem, match="is not in the journal") as raised:
        asyncio.run(bundles.make("--help"))
    assert raised.value.status == 409


def test_bundle_when_there_is_no_key_or_no_log_is_unavailable(tmp_path):
    assert export_command(FlowSettings(log=f"dir:{tmp_path}")) == []
    with pytest.raises(Problem, match="no key") as raised:
        asyncio.run(Bundles([]).make("A1"))
    assert raised.value.status == 503
    away = [sys.executable, "-c", "import sys; sys.exit(3)"]
    with pytest.raises(Problem, match="the log does not answer"):
        asyncio.run(Bundles(away).make("A1"))


def test_bundle_when_many_are_asked_for_turns_some_away(tmp_path):
    """Each goes through the whole journal: a queue without an end would be of use to nobody."""
    write = "import sys; open(sys.argv[1][6:], 'wb').write(sys.argv[3].encode())"
    bundles = Bundles([sys.executable, "-c", write])

    async def all_at_once():
        asked = (bundles.make(f"A{n}") for n in range(WAITING_MAX + 2))
        return await asyncio.gather(*asked, return_exceptions=True)

    made = asyncio.run(all_at_once())
    assert made[:WAITING_MAX] == [f"A{n}".encode() for n in range(WAITING_MAX)]
    assert [one.status for one in made[WAITING_MAX:]] == [503, 503]
