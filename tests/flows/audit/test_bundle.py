"""A bundle proves what was decided; not a byte of it can be changed."""

import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from flows.audit.export import export
from flows.audit.report import check
from schemas.audit.verify import pack, problems, unpack
from tests.flows.audit.proofs import (
    ROOT,
    SIGNER,
    example,
    exported,
    files_of,
    signed,
)


def found(data, **given):
    """What is wrong with a bundle, in words."""
    return [f"{part}: {message}" for part, message in check(data, SIGNER.key, **given).problems]


def rejected(data) -> bool:
    """Tell whether the stand-alone check refuses a bundle; it stops at the first problem."""
    return next(problems(data, SIGNER.key), None) is not None


def test_bundle_when_untouched_is_sound():
    assert found(exported().data) == []


def test_bundle_when_made_again_has_the_same_bytes():
    assert export(example(), "A-1001", SIGNER).data == exported().data


def test_bundle_when_its_files_are_signed_again_unchanged_is_the_same():
    """So that a forgery below differs in what was forged, and in nothing else."""
    assert signed(files_of(exported().data)) == exported().data


def test_bundle_when_any_byte_is_changed_is_rejected():
    data = exported().data
    for place, byte in enumerate(data):
        forged = bytearray(data)
        forged[place] = byte ^ (1 + place % 255)
        assert rejected(bytes(forged)), place


def test_bundle_when_any_byte_of_a_file_is_changed_and_packed_anew_is_rejected():
    files = files_of(exported().data)
    for name, content in files.items():
        # All of what is looked into; of the longest file, whose hash says it all, a share.
        step = 97 if name == "verify.py" else 1
        for place in range(0, len(content), step):
            forged = bytearray(content)
            forged[place] ^= 1 + place % 255
            assert rejected(pack(files | {name: bytes(forged)})), (name, place)


@given(st.data())
def test_bundle_when_cut_or_added_to_is_rejected(data):
    whole = exported().data
    place = data.draw(st.integers(0, len(whole) - 1))
    cut = data.draw(st.integers(1, len(whole) - place))
    more = data.draw(st.binary(min_size=1, max_size=8))
    assert rejected(whole[:place] + whole[place + cut :])
    assert rejected(whole[:place] + more + whole[place:])


def test_standalone_check_when_run_without_us_says_the_same(tmp_path):
    """The bundle's own verify.py, in a process that cannot see this project."""
    bundle, script = tmp_path / "b.zip", tmp_path / "verify.py"
    bundle.write_bytes(exported().data)
    script.write_bytes(unpack(exported().data)["verify.py"])
    assert script.read_bytes() == (ROOT / "schemas/audit/verify.py").read_bytes()

    def run(*options):
        command = [sys.executable, "-I", str(script), *options]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)

    sound = run(str(bundle), "--key", SIGNER.key)
    assert (sound.returncode, sound.stdout) == (
        0,
        "ok  account A-1001, as of seq 7, 2024-03-05T09:20:00.5Z\n",
    )
    assert "its own word" in run(str(bundle)).stdout.replace("the bundle's", "its")
    bundle.write_bytes(exported().data.replace(b"48484", b"48485"))
    forged = run(str(bundle))
    assert forged.returncode == 1
    assert "FAILED  files: trail.jsonl line 5 was edited" in forged.stdout
    assert run(str(tmp_path / "none.zip")).returncode == 2
