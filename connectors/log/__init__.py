"""The log: append records, read them back from any offset.

`abstract` says what a log promises, `open` makes one from a URL, `local` and `kafka` are the two
backends. Both pass `tests/connectors/log/test_every_log.py`.
"""
