// The kernels of train.c, and the memory that they work on.

/**
 * The maps of a batch, [images, side + 2, side + 2, channels], in frames of zeros.
 * @typedef {{ images: number, side: number, channels: number, values: Float32Array }} Grid
 */
/** @typedef {(count: number) => Float32Array} Floats makes zeros, in a kernel's memory */

const PAGE = 65536; // bytes; what the memory of a module is counted in
const SPARE = 4; // floats that a kernel may read behind a grid

/**
 * A grid of zeros.
 * @param {Floats} floats
 * @param {number} images
 * @param {number} side
 * @param {number} channels
 * @returns {Grid}
 */
export function makeGrid(floats, images, side, channels) {
  const values = floats(images * (side + 2) ** 2 * channels + SPARE);
  return { images, side, channels, values };
}

/** What train.c exports, on arrays that `floats` has made. */
export class Kernels {
  /**
   * @param {BufferSource} bytes of train.wasm
   * @param {number} count floats, each request rounded up to four
   */
  constructor(bytes, count) {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
    /** @type {any} */
    this.module = exports;
    const { memory, __heap_base: base } = this.module;
    this.free = Math.ceil(base.value / 16) * 16; // where the next array begins
    memory.grow(Math.ceil((this.free + 4 * count) / PAGE));
    this.memory = memory.buffer;
  }

  /** @param {number} count */
  floats(count) {
    const start = this.free;
    this.free += 16 * Math.ceil(count / 4);
    return new Float32Array(this.memory, start, count);
  }

  /**
   * Call a function of the module: a grid is handed over as its place and its sizes, an
   * array as its place.
   * @param {string} name
   * @param {(Grid | Float32Array | number | null)[]} given
   */
  call(name, ...given) {
    this.module[name](...given.flatMap((one) => {
      if (one === null) return [0];
      if (typeof one === "number") return [one];
      if (one instanceof Float32Array) return [one.byteOffset];
      return [one.values.byteOffset, one.images, one.side, one.channels];
    }));
  }
}
