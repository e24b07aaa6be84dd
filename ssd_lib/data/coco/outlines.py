"""The box of an outline as COCO writes it: polygons, or runs of pixels (RLE)."""

from ssd_lib.data.coco.json_file import as_number

Box = list[float]


def box_of_outline(segmentation: object) -> Box | None:
    """The smallest box, xyxy, around an annotation's ``segmentation``.

    Args:
        segmentation: polygons (lists of x, y, x, y, ..., or of pairs), or runs of
            pixels, ``{"size": [height, width], "counts": ...}``, as numbers or packed
            into a text.

    Returns:
        In pixels; of runs, from the edge before the first pixel to that after the last. None
        if there is no outline, or it makes no sense.

    References:
        pycocotools, ``maskApi.c``.
    """
    if isinstance(segmentation, list):
        return _of_polygons(segmentation)
    if not isinstance(segmentation, dict):
        return None
    try:
        height, width = map(int, segmentation["size"])
        counts = segmentation["counts"]
        runs = _unpacked(counts) if isinstance(counts, str) else list(map(int, counts))
    except (LookupError, TypeError, ValueError, OverflowError):
        return None
    if min([height, width, *runs]) < 0 or sum(runs) != height * width:
        return None
    return _of_runs(runs, height)


def _of_polygons(polygons: list) -> Box | None:
    numbers, waiting = [], [polygons]
    while waiting:  # lists in lists, however deep
        part = waiting.pop()
        if isinstance(part, list):
            waiting.extend(reversed(part))
        else:
            numbers.append(as_number(part))
    if not numbers or len(numbers) % 2 or None in numbers:
        return None
    xs, ys = numbers[::2], numbers[1::2]
    return [min(xs), min(ys), max(xs), max(ys)]


def _of_runs(runs: list[int], height: int) -> Box | None:
    """Of runs of pixels outside and inside in turn, column by column."""
    xs, ys, end = [], [], 0
    for number, run in enumerate(runs):
        start, end = end, end + run
        if number % 2 and run:
            (first, top), (last, bottom) = (
                divmod(start, height),
                divmod(end - 1, height),
            )
            xs += [first, last + 1]
            ys += [top, bottom + 1] if first == last else [0, height]
    return list(map(float, (min(xs), min(ys), max(xs), max(ys)))) if xs else None


def _unpacked(text: str) -> list[int]:
    """Runs from COCO's text: five bits a letter, from the third on as differences."""
    runs: list[int] = []
    run, shift = 0, 0
    for letter in text:
        bits = ord(letter) - 48
        if not 0 <= bits < 64 or shift > 60:
            raise ValueError("no packed runs")
        run |= (bits & 31) << shift
        shift += 5
        if not bits & 32:  # the last letter of this run
            run -= (bits & 16) << (shift - 4)  # its sign
            runs.append(run + (runs[-2] if len(runs) > 2 else 0))
            run, shift = 0, 0
    if shift:
        raise ValueError("packed runs that are cut off")
    return runs
