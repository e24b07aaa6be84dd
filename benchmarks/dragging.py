"""What the benchmarks of figures share: a drag, and what is said of its frames."""

import statistics

MOVES = 200


def drag(page, x, y):
    """Lead what lies at a place of the window about, as fast as a hand does."""
    page.mouse.move(x, y)
    page.mouse.down()
    for i in range(MOVES):
        page.mouse.move(x - i % 100, y - i % 80)
        page.wait_for_timeout(20)
    page.mouse.up()


def told(spent, version):
    """Milliseconds of script in each frame, in words."""
    percentile = sorted(spent)[int(0.95 * len(spent))]
    return (
        f"script time of {len(spent)} frames, Chromium {version}: "
        f"median {statistics.median(spent):.2f} ms, 95th percentile {percentile:.2f} ms"
    )
