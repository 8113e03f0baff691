"""`python -m services.gateway`."""

from services.gateway.main import main
from shared.service import start

start("gateway", main)
