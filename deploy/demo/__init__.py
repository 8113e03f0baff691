"""A year in a morning: invented people, their bank, our clients and staff live against a real platform."""
