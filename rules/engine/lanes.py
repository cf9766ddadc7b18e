"""Eight lanes of float64 as plain tuples: straight-line code that LLVM packs into vector registers.

A group of the tick tree is sixteen float32 in one cache line: the lows of eight sibling nodes, then
    their highs.
Tuples keep the lanes in registers between steps, where scratch arrays would go through memory.
"""

from typing import Any

import numpy as np

from rules.engine.jit import inlined

_1, _2, _3, _4 = np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(4)
_5, _6, _7 = np.uint64(5), np.uint64(6), np.uint64(7)


@inlined
def fill(v: Any) -> Any:
    """Return v in every lane."""
    return (v, v, v, v, v, v, v, v)


@inlined
def load(x: Any, at: Any) -> Any:
    """Return float32 x[at : at + 8] as float64 lanes."""
    o = np.uint64(at)
    return (
        np.float64(x[o]), np.float64(x[o + _1]), np.float64(x[o + _2]), np.float64(x[o + _3]),
        np.float64(x[o + _4]), np.float64(x[o + _5]), np.float64(x[o + _6]), np.float64(x[o + _7]),
    )  # fmt: skip


@inlined
def store(x: Any, at: Any, v: Any) -> None:
    """Write the lanes to float64 x[at : at + 8]."""
    o = np.uint64(at)
    x[o], x[o + _1], x[o + _2], x[o + _3] = v[0], v[1], v[2], v[3]
    x[o + _4], x[o + _5], x[o + _6], x[o + _7] = v[4], v[5], v[6], v[7]


@inlined
def add(a: Any, b: Any) -> Any:
    """Return a + b."""
    return (
        a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3],
        a[4] + b[4], a[5] + b[5], a[6] + b[6], a[7] + b[7],
    )  # fmt: skip


@inlined
def line(k: Any, a: Any, x: Any) -> Any:
    """Return lanes k + scalar a * x."""
    return (
        k[0] + a * x[0], k[1] + a * x[1], k[2] + a * x[2], k[3] + a * x[3],
        k[4] + a * x[4], k[5] + a * x[5], k[6] + a * x[6], k[7] + a * x[7],
    )  # fmt: skip


@inlined
def curve(k: Any, a: Any, x: Any) -> Any:
    """Return scalar k - a / x."""
    return (
        k - a / x[0], k - a / x[1], k - a / x[2], k - a / x[3],
        k - a / x[4], k - a / x[5], k - a / x[6], k - a / x[7],
    )  # fmt: skip


@inlined
def _times(n: Any, if_positive: Any, if_negative: Any) -> Any:
    return n * (if_positive if n > 0.0 else if_negative)


@inlined
def _over(n: Any, if_positive: Any, if_negative: Any) -> Any:
    return n / (if_positive if n > 0.0 else if_negative)


@inlined
def times(n: Any, p: Any, m: Any) -> Any:
    """Return n * p where n is positive, n * m elsewhere."""
    return (
        _times(n[0], p[0], m[0]), _times(n[1], p[1], m[1]), _times(n[2], p[2], m[2]),
        _times(n[3], p[3], m[3]), _times(n[4], p[4], m[4]), _times(n[5], p[5], m[5]),
        _times(n[6], p[6], m[6]), _times(n[7], p[7], m[7]),
    )  # fmt: skip


@inlined
def over(n: Any, p: Any, m: Any) -> Any:
    """Return n / p where n is positive, n / m elsewhere."""
    return (
        _over(n[0], p[0], m[0]), _over(n[1], p[1], m[1]), _over(n[2], p[2], m[2]),
        _over(n[3], p[3], m[3]), _over(n[4], p[4], m[4]), _over(n[5], p[5], m[5]),
        _over(n[6], p[6], m[6]), _over(n[7], p[7], m[7]),
    )  # fmt: skip


@inlined
def pick(x: Any, at: Any) -> Any:
    """Return float32 x[at : at + 8] as they are."""
    o = np.uint64(at)
    return (
        x[o], x[o + _1], x[o + _2], x[o + _3], x[o + _4], x[o + _5], x[o + _6], x[o + _7],
    )  # fmt: skip


@inlined
def seen(v: Any) -> Any:
    """Return a low, or infinity for one that is no price."""
    return v if v > np.float32(0.0) else np.float32(np.inf)


@inlined
def least_seen(v: Any) -> Any:
    """Return the least of eight lows that are prices."""
    return min(
        seen(v[0]),
        seen(v[1]),
        seen(v[2]),
        seen(v[3]),
        seen(v[4]),
        seen(v[5]),
        seen(v[6]),
        seen(v[7]),
    )


@inlined
def greatest(v: Any) -> Any:
    """Return the greatest of eight."""
    return max(v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7])
