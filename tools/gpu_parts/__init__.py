"""What `tools/gpu_runs.py` measures: each part gives rows, and a row gives numbers."""
