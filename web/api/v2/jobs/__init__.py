"""Jobs: what workers do with them, and finding them."""
