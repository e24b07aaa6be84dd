// What a network is given of an image, as ssd_lib.images has it.

const f32 = Math.fround;

/**
 * What each byte of red, green and blue becomes: (x / 255 - mean) * 255, rounded to
 * float32 at every step, as ssd_lib.images.normalize does.
 * @param {number[]} mean
 */
export function normalisation(mean) {
  const table = new Float32Array(3 * 256);
  mean.forEach((value, c) => {
    for (let byte = 0; byte < 256; byte += 1) {
      table[c * 256 + byte] = f32(f32(byte / 255) - f32(value)) * 255;
    }
  });
  return table;
}
