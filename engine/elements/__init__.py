"""One file a flow node: how it treats a token."""
