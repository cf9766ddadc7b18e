"""Worked examples: published cases turned into journals, run, and compared with what firms say.

A case is told as a story: its parameters become a ruleset of one phase, its events real journal
entries (`story`, `standing`), and what it expects is read from the engine's own decisions
(`reading`, `checks`). `families` says which family is told how. A case with anything in it that is
not understood is *not supported*, never silently passed.
"""
