"""Every shape that crosses a boundary: money, instants, events, rulesets, frames and decisions.

Nothing here does arithmetic on accounts, reads a clock or talks to a service, and nothing of
ours is imported: `schemas` is the bottom layer.
"""
