"""Loss rules: each file computes one floor."""
