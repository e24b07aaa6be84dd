"""The Single Shot MultiBox Detector, one idea to a module.

Each module belongs to the chapter of the same name; the book's table of
contents gives the order to read them in.

Nothing is re-exported here: import from the module that teaches the idea.
"""
