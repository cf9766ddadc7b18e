"""Cases about payouts and growth: told to the policies of ``rules.payouts``, not to an engine."""
