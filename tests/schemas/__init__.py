"""The published language as files: an example and a JSON Schema of every event type, and all handlers' names."""
