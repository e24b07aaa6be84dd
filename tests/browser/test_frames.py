"""Strips of frames, which can be read at once and stepped through by key."""

from playwright.sync_api import expect
from watching import places


def strip_of(page):
    return page.locator(".ssd-strip", has_text="1. fully connected")


def test_arrow_keys_step_through_a_strip_and_escape_shows_all(watch):
    page = watch().open("book/backbone.html")
    strip, said = strip_of(page), page.locator(".ssd-strip + .ssd-strip-said")
    frames = strip.locator("> div")
    expect(frames).to_have_count(4)
    small = frames.nth(1).bounding_box()["width"]
    strip.focus()
    for key, place in (("ArrowRight", 0), ("ArrowRight", 1), ("ArrowLeft", 0), ("ArrowLeft", 0)):
        page.keyboard.press(key)
        expect(frames.nth(place)).to_have_class("ssd-shown")
        expect(strip.locator("> .ssd-shown")).to_have_count(1)
    expect(said.first).to_contain_text("Frame 1 of 4: A grid of 7 by 7 cells")
    page.keyboard.press("ArrowRight")
    large, first = places(frames.nth(1), frames.nth(0))
    assert large["width"] > 1.5 * small
    assert large["y"] < first["y"]  # it stands above the others
    page.keyboard.press("Escape")
    expect(strip.locator("> .ssd-shown")).to_have_count(0)
    expect(said.first).to_have_text("")


def test_a_press_shows_a_frame_and_another_press_all(watch):
    strip = strip_of(watch(390).open("book/backbone.html"))
    last = strip.locator("> div").last
    last.click()
    expect(last).to_have_class("ssd-shown")
    last.click()
    expect(strip.locator("> .ssd-shown")).to_have_count(0)


def test_paper_shows_all_frames_alike(watch):
    page = watch().open("book/backbone.html")
    strip = strip_of(page)
    strip.focus()
    page.keyboard.press("ArrowRight")
    page.emulate_media(media="print")
    sides = strip.locator("> div").evaluate_all("(all) => all.map((one) => one.clientWidth)")
    assert max(sides) - min(sides) <= 1
