"""The audit: trails of records, the signed log of their heads, bundles of proof."""
