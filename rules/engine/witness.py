"""The fast engine, watched: see ``rules/witness.py``."""

from rules.engine.evaluate import FastEngine
from rules.witness import Tracer, Witness


class FastWitness(Witness, FastEngine):
    """Keeps an account of acts."""


class FastTracer(Tracer, FastEngine):
    """Keeps the places an account's decisions came from."""
