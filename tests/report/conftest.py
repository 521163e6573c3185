"""The browser that the console is looked at with looks at the report too."""

from console.conftest import chromium, visit

__all__ = ["chromium", "visit"]
