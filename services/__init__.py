"""The five services. Each is a process of its own and imports `shared`, never another service."""
