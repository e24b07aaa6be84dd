"""Figures a reader can take hold of, in Jupyter and in the page alike."""
