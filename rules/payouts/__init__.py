"""Payouts and account growth: what firms' terms make of a profit, as pure arithmetic.

Nothing here is judged by the engine or belongs to a ruleset: a payout system asks these functions
before it books a ``balance.adjusted``, and the worked examples hold them to published figures.
Amounts are whole units of 10⁻⁸; whatever a share makes of one is rounded half-even to the unit,
once. Shares are fractions: ``0.8`` is eighty per cent.
"""
