"""Proofs: signed notes, the Merkle log of audit heads, and the check of a bundle."""
