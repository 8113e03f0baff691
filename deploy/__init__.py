"""How the platform is run: embedded servers, the supervisor, stand-ins for the world outside, the command line, the demo."""
