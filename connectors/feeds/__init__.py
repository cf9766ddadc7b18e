"""Prices as venues stream them."""
