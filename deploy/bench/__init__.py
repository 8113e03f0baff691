"""How fast the parts are, measured alone."""
