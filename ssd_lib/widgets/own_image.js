// An image of the reader's own in place of the background: a file, a drop, the clipboard or
// the camera. It stays in the page.

import { make } from "./stage.js";

/** @import { Figure } from "./controls.js" */
/** @import { Source } from "./scene_painter.js" */
/** @typedef {(source: Source | undefined) => void} Show */

const DAMAGED = "That image is damaged: it cannot be decoded.";
const MOST_PIXELS = 50e6;
const KEPT = 1024; // pixels of the shorter side that are kept
/** First bytes of the files that are taken; 0 stands for any byte. @type {number[][]} */
const HEADS = [
  [0x89, 0x50, 0x4e, 0x47], [0xff, 0xd8, 0xff], [0x47, 0x49, 0x46, 0x38], [0x42, 0x4d],
  [0x52, 0x49, 0x46, 0x46, 0, 0, 0, 0, 0x57, 0x45, 0x42, 0x50],
  [0, 0, 0, 0, 0x66, 0x74, 0x79, 0x70, 0x61, 0x76, 0x69],
];

/**
 * Read an image, no larger than it is needed.
 * @param {Blob} file
 * @returns {Promise<HTMLCanvasElement>}
 * @throws {Error} one line for the reader, if the file is none that can be shown
 */
export async function readImage(file) {
  if (!file.size) throw new Error("That file is empty.");
  const head = new Uint8Array(await file.slice(0, 12).arrayBuffer());
  if (!HEADS.some((wanted) => wanted.every((byte, k) => !byte || byte === head[k]))) {
    throw new Error("That is no image this page can read: it takes PNG, JPEG, WebP, AVIF and GIF.");
  }
  const pixels = await pixelsOf(file);
  if (pixels > MOST_PIXELS) {
    throw new Error(`That image has ${Math.round(pixels / 1e6)} megapixels; `
      + `${MOST_PIXELS / 1e6} are the most that fit in here.`);
  }
  const image = await createImageBitmap(file).catch(() => { throw new Error(DAMAGED); });
  const { width: wide, height: tall } = image;
  const scale = Math.min(1, KEPT / Math.min(wide, tall));
  const canvas = make("canvas", {
    width: Math.max(1, Math.round(wide * scale)), height: Math.max(1, Math.round(tall * scale)),
  });
  const context = canvas.getContext("2d");
  if (!context) throw new Error("This browser has no canvas left for that image.");
  context.imageSmoothingQuality = "high";
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  image.close();
  return canvas;
}

/**
 * How many pixels an image has, by its head alone: before they are decoded.
 * @param {Blob} file
 * @returns {Promise<number>}
 */
async function pixelsOf(file) {
  const image = make("img");
  const url = URL.createObjectURL(file);
  try {
    await new Promise((resolve, reject) => {
      image.onload = resolve;
      image.onerror = () => reject(new Error(DAMAGED));
      image.src = url;
    });
    return image.naturalWidth * image.naturalHeight;
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** The first image among what was dropped or pasted. @param {DataTransfer | null} data */
function fileOf(data) {
  const files = [...(data?.files ?? [])];
  return files.find(({ type }) => type.startsWith("image/")) ?? files[0];
}

/** Buttons for an image of the reader's own, and what else brings one in. */
export class OwnImage {
  /** @type {HTMLVideoElement | undefined} */
  video;
  wishes = 0; // a camera that is allowed only after the reader has gone on stays off

  /**
   * @param {Figure<any>} figure
   * @param {Show} show an image; it gets a canvas that stays, or a video that runs
   */
  constructor(figure, show) {
    this.figure = figure;
    this.show = show;
    this.line = make("p", { class: "ssd-sum", role: "status", "data-line": "own" });
    this.input = make("input", {
      type: "file", accept: "image/*", hidden: true, onchange: () => {
        const [file] = this.input.files ?? [];
        if (file) this.take(file);
        this.input.value = "";
      },
    });
    const file = figure.button("Your image", () => this.input.click());
    const canFilm = Boolean(navigator.mediaDevices?.getUserMedia);
    const camera = make("button", {
      type: "button", hidden: !canFilm, onclick: () => (this.video ? this.stop() : this.film()),
    });
    figure.shows.push(() => {
      camera.textContent = this.video ? "Stop the camera" : "Camera";
    });
    this.elements = [file, camera, this.input];
    this.watch();
  }

  /** Let files be dropped and pasted, and let no camera run unseen. */
  watch() {
    const { el } = this.figure;
    el.addEventListener("dragover", (event) => {
      if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
    });
    el.addEventListener("drop", (event) => {
      const file = fileOf(event.dataTransfer);
      if (!file) return;
      event.preventDefault();
      this.take(file);
    });
    const end = new AbortController();
    document.addEventListener("paste", (event) => {
      const file = fileOf(event.clipboardData);
      if (!file || !(el.matches(":hover") || el.contains(document.activeElement))) return;
      event.preventDefault();
      this.take(file);
    }, { signal: end.signal });
    document.addEventListener("visibilitychange", () => {
      if (document.hidden && this.video) this.stop();
    }, { signal: end.signal });
    this.figure.ends.push(() => {
      end.abort();
      this.stop();
    });
  }

  /** @param {string} text */
  say(text) {
    this.line.textContent = text;
  }

  /** @param {Blob} file */
  async take(file) {
    try {
      const image = await readImage(file);
      this.stop();
      this.say("");
      this.show(image);
    } catch (error) {
      this.say(`${/** @type {Error} */ (error).message} The scene is as it was.`);
    }
  }

  /** Show what the camera sees. The browser asks the reader first. */
  async film() {
    const wish = this.wishes += 1;
    try {
      const stream = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: "environment", width: { ideal: 640 } },
      });
      if (wish !== this.wishes || document.hidden) {
        turnOff(stream);
        return;
      }
      this.stop();
      const video = make("video", { muted: true, playsinline: true });
      Object.assign(video, { srcObject: stream, muted: true });
      this.video = video;
      stream.getVideoTracks()[0].addEventListener("ended", () => {
        if (this.video !== video) return; // it was unplugged, or given to another program
        this.stop();
        this.say("The camera has gone. What it saw last stays.");
      });
      await video.play();
      if (this.video !== video) return;
      this.say("");
      this.show(video);
    } catch (error) {
      const { name } = /** @type {Error} */ (error);
      if (name === "AbortError" && !this.video) return; // it was stopped before it showed anything
      this.stop();
      this.say(name === "NotAllowedError" ? "The camera stays off: it was not allowed."
        : "There is no camera that this page can use.");
    }
    this.figure.show();
  }

  /** Turn the camera off; what it saw last stays. */
  stop() {
    this.wishes += 1;
    const { video } = this;
    if (!video) return;
    this.video = undefined;
    const last = make("canvas", { width: video.videoWidth, height: video.videoHeight });
    if (last.width) last.getContext("2d")?.drawImage(video, 0, 0);
    turnOff(/** @type {MediaStream} */ (video.srcObject));
    video.srcObject = null;
    if (last.width) this.show(last);
    this.figure.show();
  }
}

/** @param {MediaStream} stream */
function turnOff(stream) {
  for (const track of stream.getTracks()) track.stop();
}
