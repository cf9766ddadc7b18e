"""The log against the published vectors of RFC 6962, and its proofs against the check."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.audit.merkle import MerkleLog
from schemas.audit.verify import extends, root_of_inclusion

# The leaves and roots of the reference implementations of RFC 6962 (certificate-transparency).
LEAVES = [
    bytes.fromhex(leaf)
    for leaf in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                 "606162636465666768696a6b6c6d6e6f")
]  # fmt: skip
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
PATH_OF_0_IN_8 = [
    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
]
PROOF_OF_6_IN_8 = [
    "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
]


def log_of(leaves):
    log = MerkleLog()
    for leaf in leaves:
        log.append(leaf)
    return log


@pytest.mark.parametrize("size", range(9))
def test_root_when_leaves_are_those_of_the_vectors_is_theirs(size):
    assert log_of(LEAVES[:size]).root().hex() == ROOTS[size]
    assert log_of(LEAVES).root(size).hex() == ROOTS[size]


def test_proofs_when_asked_for_are_those_of_the_vectors():
    log = log_of(LEAVES)
    assert [item.hex() for item in log.inclusion(0)] == PATH_OF_0_IN_8
    assert [item.hex() for item in log.consistency(6)] == PROOF_OF_6_IN_8


@given(st.lists(st.binary(max_size=4), min_size=1, max_size=40), st.data())
def test_inclusion_when_checked_leads_to_the_root_and_nowhere_else(leaves, data):
    log = log_of(leaves)
    size = data.draw(st.integers(1, len(leaves)))
    index = data.draw(st.integers(0, size - 1))
    path = log.inclusion(index, size)
    assert root_of_inclusion(index, size, leaves[index], path) == log.root(size)
    assert root_of_inclusion(index, size, leaves[index] + b"!", path) != log.root(size)
    with pytest.raises((ValueError, IndexError)):
        root_of_inclusion(index, size, leaves[index], [*path, b"\0" * 32])


@given(st.integers(0, 40), st.integers(0, 40))
def test_consistency_when_checked_shows_one_log_only(old, more):
    log = log_of([bytes([number]) for number in range(old + more)])
    new = old + more, log.root()
    path = log.consistency(old)
    assert extends((old, log.root(old)), new, path)
    assert not extends((old, log.root(old)), new, [*path, b"\0" * 32])
    if old:
        other = log_of([b"x", *(bytes([number]) for number in range(1, old))])
        assert not extends((old, other.root()), new, path)


@pytest.mark.parametrize("index", [-1, 3])
def test_inclusion_when_there_is_no_such_leaf_is_refused(index):
    with pytest.raises(ValueError, match="no leaf"):
        log_of(LEAVES[:3]).inclusion(index)


def test_consistency_when_the_old_log_is_larger_is_refused():
    with pytest.raises(ValueError, match="no log of 4"):
        log_of(LEAVES[:3]).consistency(4)
