// How a figure moves from one state to the next: numbers glide to where they belong.

/** Whether the reader has asked for things not to move. */
export function isStill() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** Numbers that follow their target: at once, or gliding there in a moment. */
export class Glide {
  /** @type {number | undefined} */
  request;

  /**
   * @param {() => number[]} target always as many numbers
   * @param {() => void} show what depends on `now`
   * @param {number} [ms]
   */
  constructor(target, show, ms = 240) {
    this.target = target;
    this.show = show;
    this.ms = ms;
    this.now = target();
  }

  /** Be where the target is, at once. */
  jump() {
    this.end();
    this.now = this.target();
    this.show();
  }

  /** Glide to where the target is. */
  go() {
    if (isStill()) return this.jump();
    this.end();
    const [from, to] = [this.now, this.target()];
    let start = -1;
    const step = (/** @type {number} */ time) => {
      if (start < 0) start = time;
      const left = Math.max(1 - (time - start) / this.ms, 0) ** 3;
      this.now = left > 0 ? to.map((end, i) => end + (from[i] - end) * left) : to;
      this.request = left > 0 ? requestAnimationFrame(step) : undefined;
      this.show();
    };
    this.request = requestAnimationFrame(step);
  }

  end = () => {
    if (this.request !== undefined) cancelAnimationFrame(this.request);
    this.request = undefined;
  };
}
