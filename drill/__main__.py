"""``python -m drill``: the same as ``drill``."""

from drill.cli.main import main

main()
