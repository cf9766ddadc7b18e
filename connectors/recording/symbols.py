"""The listed symbols in the form the kernel looks them up in."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from connectors.recording import kernel
from connectors.recording.batch import Int32s, Int64s
from connectors.recording.listing import Listing


class SymbolTable(NamedTuple):
    """Symbols by their bytes.

    Attributes:
        names: uint8[], all symbols, one after the other; ``ends``: int64[symbols].
        slots: int32[], first symbol of each hash, then the next one of each symbol; -1 is none.
        digits: int64[symbols], decimals of a price.
    """

    names: NDArray[np.uint8]
    ends: Int64s
    slots: Int32s
    digits: Int64s

    @classmethod
    def of(cls, listing: Listing) -> "SymbolTable":
        """Make the table of all listed symbols."""
        spelled = [symbol.encode() for symbol in listing.ids]
        slots = np.full(kernel.HASH_SLOTS + len(spelled), -1, np.int32)
        for place, name in enumerate(spelled):
            buffer = np.frombuffer(name, np.uint8)
            slot = kernel.hashed(buffer, 0, len(buffer))
            slots[kernel.HASH_SLOTS + place] = slots[slot]
            slots[slot] = place
        return cls(
            np.frombuffer(b"".join(spelled) or b" ", np.uint8),
            np.cumsum([len(name) for name in spelled], dtype=np.int64),
            slots,
            listing.digits,
        )
