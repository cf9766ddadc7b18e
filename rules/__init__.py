"""The rules: pure arithmetic over a journal, and nothing else."""
