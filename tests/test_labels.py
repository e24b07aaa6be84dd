"""Links to the labels of other pages."""

import sys
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).parents[1] / "book/_ext"))
import labels


def test_a_label_is_found_like_a_heading_and_hides_none():
    domain = SimpleNamespace(
        anonlabels={"old": ("book/loss", "old"), "bare": ("book/boxes", "bare")}
        | {"new-words": ("book/loss", "another")},
        labels={"old": ("book/loss", "old", "New words")},
    )
    heading = (7, "new-words", "New words")
    pages = {"book/loss": {"myst_slugs": {"new-words": heading}}, "book/boxes": {}}
    labels.add(None, SimpleNamespace(get_domain=lambda _: domain, metadata=pages))
    assert pages["book/loss"]["myst_slugs"] == {
        "new-words": heading,
        "old": (0, "old", "New words"),
    }
    assert pages["book/boxes"]["myst_slugs"] == {"bare": (0, "bare", "")}
