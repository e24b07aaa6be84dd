// The arithmetic of training for the page, its other half: batch normalisation with ReLU,
// there and back, and Adam.

#include "grid.h"

// The mean of (number - middle) ** power over a batch, of four channels; power is 1 or 2.
// Row by row, so that no sum of thousands takes in small numbers one after the other.
static inline v128_t moment(Grid grid, int channel, v128_t middle, int power) {
  v128_t all = wasm_f32x4_splat(0);
  for (int image = 0; image < grid.images; image++) {
    for (int y = 1; y <= grid.side; y++) {
      v128_t row = wasm_f32x4_splat(0);
      const float *cell = at(grid, image, y, 1) + channel;
      for (int x = 0; x < grid.side; x++, cell += grid.channels) {
        v128_t off = subtract(wasm_v128_load(cell), middle);
        row = add(row, power == 2 ? times(off, off) : off);
      }
      all = add(all, row);
    }
  }
  return wasm_f32x4_div(all, wasm_f32x4_splat((float)grid.images * grid.side * grid.side));
}

// Mean and variance of each channel over the batch, [channels] each.
EXPORT(measure)(float *map, int images, int side, int channels, float *mean, float *variance) {
  Grid grid = {map, images, side, channels};
  for (int c = 0; c < channels; c += LANES) {
    v128_t middle = moment(grid, c, wasm_f32x4_splat(0), 1);
    wasm_v128_store(mean + c, middle);
    wasm_v128_store(variance + c, moment(grid, c, middle, 2));
  }
}

// after = ReLU(scale * before + shift), channel by channel: what is left of a batch
// normalisation once its statistics are known.
EXPORT(activate)(float *before, int images, int side, int channels, const float *scale,
                 const float *shift, float *after) {
  Grid from = {before, images, side, channels}, to = {after, images, side, channels};
  v128_t zero = wasm_f32x4_splat(0);
  for (int image = 0; image < images; image++) {
    for (int y = 1; y <= side; y++) {
      const float *number = at(from, image, y, 1);
      float *result = at(to, image, y, 1);
      for (int x = 0; x < side; x++) {
        for (int c = 0; c < channels; c += LANES, number += LANES, result += LANES) {
          v128_t scaled = times(wasm_v128_load(number), wasm_v128_load(scale + c));
          v128_t value = add(scaled, wasm_v128_load(shift + c));
          wasm_v128_store(result, wasm_f32x4_max(value, zero));
        }
      }
    }
  }
}

// What the way back through one channel's normalisation needs: of four channels at once.
typedef struct {
  v128_t mean, inverse;  // of the batch, and one over the deviation
  v128_t sum, product;   // of the gradient g, and of g * x
} Channels;

// The sums over a batch of g, which is the gradient where the ReLU let it through, and of
// g * x, with x the normalised number; the gradient is left as g.
static inline void gather(Grid gradient, Grid before, Grid after, int channel, Channels *own) {
  v128_t zero = wasm_f32x4_splat(0);
  own->sum = own->product = zero;
  for (int image = 0; image < gradient.images; image++) {
    for (int y = 1; y <= gradient.side; y++) {
      float *slope = at(gradient, image, y, 1) + channel;
      const float *number = at(before, image, y, 1) + channel;
      const float *result = at(after, image, y, 1) + channel;
      v128_t row = zero, row_product = zero;
      for (int x = 0; x < gradient.side; x++) {
        v128_t open = wasm_f32x4_gt(wasm_v128_load(result), zero);
        v128_t g = wasm_v128_and(wasm_v128_load(slope), open);
        v128_t normal = times(subtract(wasm_v128_load(number), own->mean), own->inverse);
        wasm_v128_store(slope, g);
        row = add(row, g);
        row_product = add(row_product, times(g, normal));
        slope += gradient.channels, number += gradient.channels, result += gradient.channels;
      }
      own->sum = add(own->sum, row);
      own->product = add(own->product, row_product);
    }
  }
}

// The gradient before normalisation, in place of g:
//   scale / deviation * (g - mean of g - x * mean of g * x)
// for each number moved mean and variance of its channel, too.
static inline void spread(Grid gradient, Grid before, int channel, v128_t scale, Channels own) {
  float count = (float)gradient.images * gradient.side * gradient.side;
  v128_t share = wasm_f32x4_splat(1 / count), factor = times(scale, own.inverse);
  v128_t mean = times(own.sum, share), mean_product = times(own.product, share);
  for (int image = 0; image < gradient.images; image++) {
    for (int y = 1; y <= gradient.side; y++) {
      float *slope = at(gradient, image, y, 1) + channel;
      const float *number = at(before, image, y, 1) + channel;
      for (int x = 0; x < gradient.side; x++) {
        v128_t normal = times(subtract(wasm_v128_load(number), own.mean), own.inverse);
        v128_t g = subtract(wasm_v128_load(slope), mean);
        wasm_v128_store(slope, times(factor, subtract(g, times(normal, mean_product))));
        slope += gradient.channels, number += gradient.channels;
      }
    }
  }
}

// The way back through ReLU and batch normalisation: `gradient` comes as that of `after` and
// is left as that of `before`. `scale` is the learnt one; `inverse` is one over the deviation.
EXPORT(activate_back)(float *gradient, float *before, float *after, int images, int side,
                      int channels, const float *mean, const float *inverse,
                      const float *scale, float *scale_gradient, float *shift_gradient) {
  Grid slopes = {gradient, images, side, channels}, from = {before, images, side, channels};
  Grid to = {after, images, side, channels};
  for (int c = 0; c < channels; c += LANES) {
    Channels own = {.mean = wasm_v128_load(mean + c), .inverse = wasm_v128_load(inverse + c)};
    gather(slopes, from, to, c, &own);
    wasm_v128_store(shift_gradient + c, own.sum);
    wasm_v128_store(scale_gradient + c, own.product);
    spread(slopes, from, c, wasm_v128_load(scale + c), own);
  }
}

// One step of AdamW, of `count` numbers in fours: each is moved by the running mean of its
// gradient over the root of that of its square. The corrections are 1 - 0.9^t and
// 1 - 0.999^t, for both means started at nothing; `kept` is 1 - rate * weight decay.
EXPORT(adam)(float *weights, const float *gradient, float *mean, float *square, int count,
             float rate, float kept, float correction, float square_correction) {
  v128_t small = wasm_f32x4_splat(1e-8f), step = wasm_f32x4_splat(rate / correction);
  v128_t root = wasm_f32x4_splat(1 / square_correction), keep = wasm_f32x4_splat(kept);
  for (int i = 0; i < count; i += LANES) {
    v128_t g = wasm_v128_load(gradient + i), m = wasm_v128_load(mean + i);
    v128_t s = wasm_v128_load(square + i);
    m = add(m, times(wasm_f32x4_splat(0.1f), subtract(g, m)));
    s = add(s, times(wasm_f32x4_splat(0.001f), subtract(times(g, g), s)));
    v128_t length = add(wasm_f32x4_sqrt(times(s, root)), small);
    v128_t moved = wasm_f32x4_div(times(step, m), length);
    wasm_v128_store(mean + i, m);
    wasm_v128_store(square + i, s);
    wasm_v128_store(weights + i, subtract(times(keep, wasm_v128_load(weights + i)), moved));
  }
}
