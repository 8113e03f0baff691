"""`python -m services.settlement`."""

from services.settlement.main import main
from shared.service import start

start("settlement", main)
