"""The reference engine: decimal, one account and one journal entry at a time."""
