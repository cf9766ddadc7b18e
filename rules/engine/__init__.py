"""The fast engine: the reference's decisions, without visiting every tick for every account."""
