"""`python -m services.contact`."""

from services.contact.main import main
from shared.service import start

start("contact", main)
