"""One file per command of ``highwater``; heavy imports stand inside the functions."""
