"""Data sets in Pascal VOC's form, as small as a test wants them."""

from pathlib import Path

from PIL import Image

PARTS = ("Annotations", "JPEGImages")
SIZE = "<size><width>100</width><height>80</height></size>"


def box(x1=10, y1=20, x2=40, y2=60):
    return f"<bndbox><xmin>{x1}</xmin><ymin>{y1}</ymin><xmax>{x2}</xmax><ymax>{y2}</ymax></bndbox>"


def thing(inside, name="<name>cat</name>"):
    return f"<object>{name}{inside}</object>"


GOOD = thing(box())


def xml(objects=GOOD, size=SIZE, filename=None):
    named = "" if filename is None else f"<filename>{filename}</filename>"
    return f"<annotation>{named}{size}{objects}</annotation>"


def write(file, content):
    """A file and its folders; text in UTF-8."""
    file = Path(file)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def put(*files, image=None, **options):
    """One image, 100 x 80 unless it is given, under some names."""
    for file in files:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        (image or Image.new("RGB", (100, 80), "red")).save(file, **options)


def add(root, name, objects=GOOD, suffix=".png", parts=PARTS, **about):
    """An image and its label file."""
    put(root / parts[1] / f"{name}{suffix}")
    write(root / parts[0] / f"{name}.xml", xml(objects, **about))
    return root


def mutated(content, generator):
    """Bytes of a file, damaged in a few places."""
    content = bytearray(content)
    for _ in range(generator.randint(1, 6)):
        kind = generator.randrange(3)
        at = generator.randrange(len(content) + 1)
        if kind == 0:
            content[at : at + 1] = bytes([generator.randrange(256)])
        elif kind == 1:
            del content[at : at + generator.randint(1, 40)]
        else:
            part = content[generator.randrange(len(content) + 1) :][:30]
            content[at:at] = part
    return bytes(content)
