"""The Merkle log of audit heads: append-only, with proofs that anyone can check.

>>> log = MerkleLog()
>>> log.root().hex()[:16]
'e3b0c44298fc1c14'
>>> log.append(b"first"), log.append(b"second"), log.size
(0, 1, 2)

Source: RFC 6962 section 2.1. `verify.py` checks what is made here.
"""

from hashlib import sha256

from schemas.audit.verify import leaf_hash, node_hash


class MerkleLog:
    """A log in memory: 32 bytes a leaf, and a root after each in logarithmic time."""

    def __init__(self) -> None:
        self._leaves: list[bytes] = []
        # Roots of the complete subtrees the log consists of, largest first, with their sizes.
        self._peaks: list[tuple[int, bytes]] = []

    @property
    def size(self) -> int:
        """The number of leaves."""
        return len(self._leaves)

    def append(self, leaf: bytes) -> int:
        """Add a leaf; return its index, from 0."""
        self._leaves.append(leaf_hash(leaf))
        size, node = 1, self._leaves[-1]
        while self._peaks and self._peaks[-1][0] == size:
            node = node_hash(self._peaks.pop()[1], node)
            size *= 2
        self._peaks.append((size, node))
        return self.size - 1

    def root(self, size: int | None = None) -> bytes:
        """Return the root of the first `size` leaves, of all when left out."""
        if size is not None and size != self.size:
            return self._root(0, size)
        if not self._peaks:
            return sha256().digest()
        root = self._peaks[-1][1]
        for _, peak in reversed(self._peaks[:-1]):
            root = node_hash(peak, root)
        return root

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """Return the proof that a leaf is among the first `size`, from the leaf upwards.

        Raises:
            ValueError: there is no such leaf among them.
        """
        size = self.size if size is None else size
        if not 0 <= index < size <= self.size:
            msg = f"no leaf {index} in a log of {size}"
            raise ValueError(msg)
        return self._path(index, 0, size)

    def consistency(self, old: int, size: int | None = None) -> list[bytes]:
        """Return the proof that the first `old` leaves are where the first `size` begin.

        Raises:
            ValueError: `old` is more than there are.
        """
        size = self.size if size is None else size
        if not 0 <= old <= size <= self.size:
            msg = f"no log of {old} leaves in one of {size}"
            raise ValueError(msg)
        return self._subproof(old, 0, size, whole=True) if 0 < old < size else []

    def _root(self, start: int, end: int) -> bytes:
        if end - start == 1:
            return self._leaves[start]
        if end == start:
            return sha256().digest()
        middle = start + _split(end - start)
        return node_hash(self._root(start, middle), self._root(middle, end))

    def _path(self, index: int, start: int, end: int) -> list[bytes]:
        if end - start == 1:
            return []
        middle = start + _split(end - start)
        if index < middle:
            return [*self._path(index, start, middle), self._root(middle, end)]
        return [*self._path(index, middle, end), self._root(start, middle)]

    # `whole`: this subtree is one of the old log's own, whose root its reader knows.
    def _subproof(self, old: int, start: int, end: int, *, whole: bool) -> list[bytes]:
        if old == end:
            return [] if whole else [self._root(start, end)]
        middle = start + _split(end - start)
        if old <= middle:
            left = self._subproof(old, start, middle, whole=whole)
            return [*left, self._root(middle, end)]
        right = self._subproof(old, middle, end, whole=False)
        return [*right, self._root(start, middle)]


def _split(size: int) -> int:
    """Return the largest power of two below `size`."""
    return int(1 << (size - 1).bit_length() - 1)
