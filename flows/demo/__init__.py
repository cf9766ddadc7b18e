"""`highwater demo`: the whole chain in one place, watched, and its books balanced at the end.

`show` tells the story: a `stage` (directory, database, topics), the `chain` of flows as processes
of their own, a `world` that is fed to them, a `watch` on what they say and a `view` of it, and the
`check` of everything when it is over.
"""
