"""Pictures to train and test on, each with its objects' boxes and labels."""
