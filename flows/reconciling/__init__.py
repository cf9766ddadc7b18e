"""What the journal says about accounts, what their venues say, and what is done about it."""
