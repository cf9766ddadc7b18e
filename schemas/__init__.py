"""Frozen shapes that cross a boundary."""
