"""What is wrong, or cannot be meant, in a ruleset: found before any account is bound to it."""
