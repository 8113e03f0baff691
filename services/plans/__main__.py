"""`python -m services.plans`."""

from services.plans.main import main
from shared.service import start

start("plans", main)
