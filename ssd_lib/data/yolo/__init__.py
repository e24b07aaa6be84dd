"""YOLO's form: one ``.txt`` file per image."""
