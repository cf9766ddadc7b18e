"""Kernels that open inner helpers to the tests."""

from typing import Any

from rules.engine.jit import kernel
from rules.engine.rows import row_level
from rules.engine.value import leg_value


@kernel
def check_value(legs: Any, mark: Any, rate: Any) -> Any:
    """Return the P/L of legs[0]: LEG[1], int64, int64 to int64 units."""
    return leg_value(legs[0], mark, rate)


@kernel
def check_level(rows: Any, high: Any) -> Any:
    """Return the stop level of rows[0]: ROW[1], int64 units to int64 units."""
    return row_level(rows[0], high)
