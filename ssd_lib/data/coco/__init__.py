"""COCO's form: one JSON file for all images."""
