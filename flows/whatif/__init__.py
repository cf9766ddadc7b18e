"""What-if: the same recording under another ruleset version, account by account."""
