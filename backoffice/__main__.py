"""``python -m backoffice``."""

from backoffice.cli import main

main()
