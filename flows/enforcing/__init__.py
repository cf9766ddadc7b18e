"""What the enforce flow does about one intervention, and about all of them at once."""
