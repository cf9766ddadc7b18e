"""Recordings of ticks: CSV (plain, gzip, zstd) and Parquet, streamed in columns.

`row` says what one tick means, plainly; `kernel` and `parquet` say the same faster and hand
everything they cannot vouch for to `row`. `open` picks the reader of a file.
"""
