"""Waiting until something is true; time alone proves nothing."""

import time

PATIENT_S = 120  # how long anything may take on a busy machine


def wait_until(is_true, pause=lambda: time.sleep(0.05)):
    """Return what is true at last."""
    end = time.monotonic() + PATIENT_S
    while not (found := is_true()):
        assert time.monotonic() < end, "it never became true"
        pause()
    return found
