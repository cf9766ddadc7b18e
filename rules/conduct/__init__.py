"""Conduct: what an account may hold, risk and do, apart from how much it may lose."""
