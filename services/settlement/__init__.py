"""Settlement: money in, spread over claims by law, and paid on to the client."""
