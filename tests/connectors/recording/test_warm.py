"""Warming reads through the same code as everything else."""

from connectors.recording.warm import warm


def test_warm_when_called_reads_without_a_complaint():
    warm()
