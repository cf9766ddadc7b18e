"""Choices that several commands offer; nothing heavy is imported here."""

from enum import StrEnum


class EngineChoice(StrEnum):
    """Which engine decides; they give the same bytes."""

    fast = "fast"
    reference = "reference"


class ProgressChoice(StrEnum):
    """When accounts report how far they are."""

    boundary = "boundary"
    every = "every"
