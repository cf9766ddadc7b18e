"""Wiring in reading order: the command line and the only Bytewax-to-engine adapter."""
