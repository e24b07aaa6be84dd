"""Pascal VOC's form: one XML file per image."""
