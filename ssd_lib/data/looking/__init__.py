"""What of a data set can be used: its images are looked at before they are needed."""
