// Heads on small maps: what a window gives in a channel, what a channel stands for, and
// where a cell's rows lie among all rows.

const CLASSES = ["background", "cat", "dog"]; // which the logits could stand for
const COORDINATES = ["x", "y", "width", "height"];

/**
 * A number with a minus sign that is one.
 * @param {number} value
 */
export function signed(value) {
  return `${value}`.replace("-", "−");
}

/** Two heads, offsets and logits, one behind the other, on each of some maps. */
export class SmallHeads {
  /**
   * @param {number[][][][]} maps of each map, planes of rows of numbers
   * @param {number[][][][][]} weights of each map, channels of planes of 3 rows of 3
   * @param {number[][]} biases of each map, one for each channel
   * @param {number} boxes of a cell
   * @param {number} classes
   */
  constructor(maps, weights, biases, boxes, classes) {
    this.maps = maps;
    this.weights = weights;
    this.biases = biases;
    this.boxes = boxes;
    this.classes = classes;
    this.grids = maps.map((map) => map[0].length);
    this.totals = this.grids.map((grid) => grid * grid * boxes);
    this.rows = this.totals.reduce((a, b) => a + b, 0);
    this.channels = Array.from({ length: boxes * (4 + classes) }, (_, channel) => channel);
  }

  /** @param {number} channel */
  boxOf(channel) {
    const logit = channel - 4 * this.boxes;
    return Math.floor(logit < 0 ? channel / 4 : logit / this.classes);
  }

  /**
   * What an output channel stands for.
   * @param {number} channel
   */
  nameOf(channel, isShort = false) {
    const [box, logit] = [this.boxOf(channel), channel - 4 * this.boxes];
    const name = COORDINATES[channel % 4];
    if (logit >= 0) {
      const kind = CLASSES[logit % this.classes] ?? `class ${logit % this.classes}`;
      return isShort ? kind.replace("background", "bg") : `box ${box}, logit of ${kind}`;
    }
    return isShort ? name[0] : `box ${box}, offset ${name}`;
  }

  /**
   * The map's number at a place, 0 in the padding.
   * @param {number} map
   * @param {number} plane
   * @param {number} row
   * @param {number} column
   */
  at(map, plane, row, column) {
    return this.maps[map][plane][row]?.[column] ?? 0;
  }

  /**
   * Window and kernel of one channel, its bias, and the sum of all products, for each
   * channel of the map and of all.
   * @param {number} map
   * @param {[row: number, column: number]} cell
   * @param {number} channel
   */
  products(map, [row, column], channel) {
    const numbers = this.maps[map].flatMap((_, plane) => [-1, 0, 1].flatMap(
      (down) => [-1, 0, 1].map((right) => this.at(map, plane, row + down, column + right))));
    const kernel = this.weights[map][channel].flat(2);
    const bias = this.biases[map][channel];
    const parts = this.maps[map].map((_, plane) => numbers.slice(9 * plane, 9 * plane + 9)
      .reduce((total, value, i) => total + value * kernel[9 * plane + i], 0));
    return { numbers, kernel, bias, parts, sum: parts.reduce((a, b) => a + b, bias) };
  }

  /**
   * How many rows the maps before this one have.
   * @param {number} map
   */
  before(map) {
    return this.totals.slice(0, map).reduce((a, b) => a + b, 0);
  }

  /**
   * The first row of a cell.
   * @param {number} map
   * @param {[row: number, column: number]} cell
   */
  firstRow(map, [row, column]) {
    return this.before(map) + (row * this.grids[map] + column) * this.boxes;
  }

  /**
   * Which cell of which map a row belongs to.
   * @param {number} index
   */
  placeOf(index) {
    const map = this.grids.findLastIndex((_, one) => this.before(one) <= index);
    const cell = Math.floor((index - this.before(map)) / this.boxes);
    const grid = this.grids[map];
    return { map, row: Math.floor(cell / grid), column: cell % grid };
  }

  /**
   * What a step of the walk shows, in words and as a formula.
   * @param {number} step or -1: the whole way
   * @param {number} map
   * @param {[row: number, column: number]} cell
   * @param {number} channel
   * @param {boolean} [isAsked] the sum is the reader's to find
   * @param {boolean} [byTouch] there is no pointer that could point
   */
  explain(step, map, cell, channel, isAsked, byTouch) {
    const { boxes: k, classes } = this;
    const { numbers, kernel, bias, sum } = this.products(map, cell, channel);
    const [first, [row, column]] = [this.firstRow(map, cell), cell];
    const terms = numbers.map((value, i) => [value, kernel[i]]).filter(([a, b]) => a * b !== 0)
      .map(([a, b]) => `${a}·${b < 0 ? `(${signed(b)})` : b}`);
    return [
      [`This cell of the map gives ${this.channels.length} numbers. They become rows ${first} `
        + `${k === 2 ? "and" : "to"} ${first + k - 1} of the output. ${byTouch ? "Tap another cell"
          : "Drag it over the image"}: which rows does it fill?`,
      "Press one of the numbers, and see how it is made"],
      ["Put a 3 × 3 window around the cell, through both channels of the map. Whatever the "
        + `heads say about this cell, they compute from these ${numbers.length} numbers `
        + "(small ones, made up, so that you can check them).",
      `3 × 3 × ${numbers.length / 9} = ${numbers.length} numbers; on SSD300's conv4_3, `
        + "3 × 3 × 512 = 4608"],
      ["Each number meets a weight. Multiply the pairs, add them all up, add the bias"
        + (isAsked ? `: what is ${this.nameOf(channel)}? Press the question mark to see it.`
          : `. The sum is ${this.nameOf(channel)}.`),
      `${[...terms, signed(bias)].join(" + ")} = ${isAsked ? "?" : signed(sum)}`],
      ["Every other output channel does the same sum on the same window, with a kernel of its own. "
        + (byTouch ? "Tap a number to see it made."
          : "Point at a number to see its kernel; press it to see it made."),
      `${k} boxes × (4 offsets + ${classes} logits) = ${this.channels.length} numbers`],
      [`Each box takes its 4 offsets and its ${classes} logits. No number changes; they only `
        + "find their box.",
      `${4 * k} offsets → ${k} rows of 4;  ${classes * k} logits → ${k} rows of ${classes}`],
      ["Cell after cell, and the fine map before the coarse one: all rows are concatenated, in "
        + "the order of the default boxes. "
        + `${byTouch ? "Choose" : "Point at"} a row, and see its box in the image.`,
      `${this.before(map)} + (${row} × ${this.grids[map]} + ${column}) × ${k} = ${first}: `
        + `rows ${first} to ${first + k - 1}`],
    ][step + 1];
  }

  /** Questions of a reader, the state that each of them sets, and the answers. */
  tries() {
    const lastMap = this.grids.length - 1;
    const end = this.grids[lastMap] - 1;
    return [
      {
        ask: "What does a corner see?", put: () => ({ feature_map: 0, cell: [0, 0], step: 0 }),
        answer: "Five of its nine places lie outside the map. The padding fills them with "
          + "zeros, so even a corner gets its full set of answers.",
      },
      {
        ask: "Which channels belong to box 1?",
        put: () => ({ feature_map: 0, cell: [1, 2], step: 2 }),
        answer: `Of the offset head’s ${4 * this.boxes} channels 4 to 7, of the logit head’s `
          + `${this.classes * this.boxes} channels ${this.classes} to ${2 * this.classes - 1}: `
          + "dashed above. Box after box, so that rows come from cutting alone.",
      },
      {
        ask: "Where does the very last cell go?",
        put: () => ({ feature_map: lastMap, cell: [end, end], step: 4 }),
        answer: `To the end: the fine map’s ${this.totals[0]} rows come first, so the coarse `
          + `map’s last cell fills rows ${this.rows - this.boxes} to ${this.rows - 1}.`,
      },
    ];
  }
}
