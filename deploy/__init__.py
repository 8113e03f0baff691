"""How the platform is run: servers, supervisor, stand-ins for the world outside, command line, demo."""
