"""Which data set lies at a path, of which parts, and how it is opened."""
