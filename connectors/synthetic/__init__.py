"""A seeded synthetic market and its traders: ticks and account events of a firm's day."""
