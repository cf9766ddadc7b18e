"""What accounts did at their venues, told to the journal."""
