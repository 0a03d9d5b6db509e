"""Three skins on one engine: REST API, operator console, command line."""
