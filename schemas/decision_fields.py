"""Kinds of field in decisions: what we write is held to one form, not only to one meaning."""

from typing import Annotated, Literal

from pydantic import Field

# No exponent, no trailing zeros, `0` and never `-0`.
DecimalText = Annotated[str, Field(pattern=r"^(0|-?[1-9][0-9]*|-?(0|[1-9][0-9]*)\.[0-9]*[1-9])$")]
TimeText = Annotated[
    str,
    Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{0,8}[1-9])?Z$"),
]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
DecisionId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Ref = Annotated[str, Field(pattern=r"^[^@]+@[1-9][0-9]*$")]
Seq = Annotated[int, Field(ge=1, description="count of accepted inputs, from 1")]
State = Literal[
    "created",
    "active",
    "awaiting_kyc",
    "paused",
    "suspended",
    "breached",
    "passed",
    "expired",
    "closed",
]
Action = Literal["disable_trading", "cancel_orders", "close_positions", "reapply_stop", "notify"]
