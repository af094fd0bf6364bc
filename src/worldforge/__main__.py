"""`python -m worldforge`."""

from worldforge.cli import main

main()
