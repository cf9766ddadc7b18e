"""Following venues' prices beside the flow that writes them."""
