// The kernel of nn.c, as a WebAssembly module without any import.

/** @import { Kernels } from "./network.js" */

const PAGE = 65536; // bytes; what the memory of a module is counted in

/**
 * Kernels with room for so many floats. The memory grows to its size at once and never
 * again, so that the arrays that lie in it stay where they are.
 * @param {Uint8Array<ArrayBuffer>} bytes of nn.wasm
 * @param {number} count floats, each request rounded up to four
 * @returns {Promise<Kernels>}
 */
export async function wasmKernels(bytes, count) {
  const { instance } = await WebAssembly.instantiate(bytes);
  const { memory, convolve, __heap_base: base } = /** @type {any} */ (instance.exports);
  let free = Math.ceil(base.value / 16) * 16; // where the next array begins
  const missing = free + 4 * count - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
  return {
    kind: "wasm",
    floats(length) {
      const start = free;
      free += 16 * Math.ceil(length / 4);
      return new Float32Array(memory.buffer, start, length);
    },
    convolve(from, { weights, bias, filters, stride, relu }, to) {
      const { channels, rows, columns, values } = from;
      convolve(values.byteOffset, channels, rows, columns, stride, weights.byteOffset,
        bias.byteOffset, filters, relu ? 1 : 0, to.values.byteOffset);
    },
  };
}
