"""The parts of the stand-alone check that do not need a bundle."""

import io
import zipfile

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from schemas.audit.verify import canonical, pack, unpack
from schemas.canonical import canonical_bytes

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
FILES = {"a.txt": b"hello\n", "manifest.json": b"{}", "rulesets/x.json": b""}


@given(VALUES)
def test_canonical_when_written_is_that_of_the_oracle_and_of_ours(value):
    assert canonical(value) == rfc8785.dumps(value) == canonical_bytes(value)


def test_pack_when_read_by_an_ordinary_program_gives_the_files():
    with zipfile.ZipFile(io.BytesIO(pack(FILES))) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == FILES


def test_unpack_when_packed_gives_the_files():
    assert unpack(pack(FILES)) == FILES


@given(st.binary(max_size=60))
def test_unpack_when_given_anything_refuses_or_reads(data):
    """No input makes it do anything but return or refuse."""
    for candidate in (data, b"PK\3\4" + data, pack(FILES)[:-20] + data):
        try:
            unpack(candidate)
        except ValueError:
            continue


@pytest.mark.parametrize("files", [{}, {"a": b""}])
def test_unpack_when_there_is_no_manifest_is_refused(files):
    with pytest.raises(ValueError, match=r"manifest\.json"):
        unpack(pack(files))
