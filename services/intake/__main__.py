"""`python -m services.intake`."""

from services.intake.main import main
from shared.service import start

start("intake", main)
