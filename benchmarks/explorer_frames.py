"""Script time of a frame while the explorer's object is dragged, all boxes drawn.

make book && python benchmarks/explorer_frames.py
"""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))
from browser import launched
from dragging import drag, told

PAGE = ROOT / "_build/html/book/default_boxes.html"

# Script time is what handlers of pointer moves and animation frames take; painting
# itself happens outside of them.
WATCH = """() => {
    window.spent = [];
    const request = window.requestAnimationFrame;
    let moving = 0;
    const timed = (work) => (...args) => {
        const start = performance.now();
        work(...args);
        return performance.now() - start;
    };
    window.requestAnimationFrame = (callback) => request((time) => {
        window.spent.push(moving + timed(callback)(time));
        moving = 0;
    });
    const box = document.querySelector('.ssd-object');
    const listen = box.addEventListener.bind(box);
    box.addEventListener = (type, listener, options) => listen(type,
        type === 'pointermove' ? (event) => { moving += timed(listener)(event); } : listener,
        options);
}"""


def main():
    with launched() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(PAGE.as_uri())
        page.locator("figure[data-widget=default_box_explorer]").scroll_into_view_if_needed()
        page.locator("figure.ssd-mounted[data-widget=default_box_explorer]").wait_for()
        page.locator("details.ssd-more").evaluate_all("all => all.map((one) => one.open = true)")
        page.get_by_label("draw").select_option("all")
        page.wait_for_timeout(500)
        page.evaluate(WATCH)
        frame = page.locator(".ssd-stage").bounding_box()
        x, y = (frame[a] + 0.75 * frame[b] for a, b in (("x", "width"), ("y", "height")))
        drag(page, x, y)
        print(told(page.evaluate("window.spent"), browser.version))


if __name__ == "__main__":
    main()
