"""The book's static figures, in one look with the page and the widgets."""
