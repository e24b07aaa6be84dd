"""Which file is meant by a name in a label file or in a list of images."""
