"""`python -m worldflux`."""

from worldflux.cli import main

main()
