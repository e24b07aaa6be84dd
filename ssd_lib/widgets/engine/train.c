// The arithmetic of training for the page: convolutions there and back; batch normalisation
// and Adam are in train_norm.c. Both are compiled to train.wasm by `python tools/engine.py
// wasm`; like nn.c they link no library and allocate nothing.

#include "grid.h"

enum { CELLS = 4, KERNEL = 3 };

// Every `step`th cell of a grid, from a first one on.
typedef struct {
  Grid grid;
  int row, column, step;
} Cells;

// What one sum runs over: `rows` rows of `run` numbers, in the grid and in the weights.
typedef struct {
  int rows, run;
  const float *weights;  // those of the first filter
  int filters, weights_row;
} Window;

// sums[i][v] += the sum over a window of weight * number, for four windows and as many
// fours of filters as `vectors` says. It is unrolled: no sum leaves its register.
static inline void add_windows(Window window, const float *const corners[CELLS], int pitch,
                               int vectors, v128_t sums[CELLS][2]) {
  for (int row = 0; row < window.rows; row++) {
    const float *weights = window.weights + row * window.weights_row;
    for (int k = row * pitch; k < row * pitch + window.run; k++, weights += window.filters) {
      v128_t own[2];
      for (int v = 0; v < vectors; v++) own[v] = wasm_v128_load(weights + v * LANES);
      for (int i = 0; i < CELLS; i++) {
        v128_t number = wasm_v128_load32_splat(corners[i] + k);
        for (int v = 0; v < vectors; v++) sums[i][v] = add(sums[i][v], times(own[v], number));
      }
    }
  }
}

// Four windows side by side (fewer at the end of a row), for 4 or 8 filters from `first`
// on. The sums start from the bias, or from what `to` holds where there is no bias.
static inline void block(const float *const corners[CELLS], int pitch, Window window,
                         int vectors, const float *bias, float *to, int between, int count) {
  v128_t sums[CELLS][2];
  for (int i = 0; i < CELLS; i++) {
    const float *start = bias ? bias : to + (i < count ? i : 0) * between;
    for (int v = 0; v < vectors; v++) sums[i][v] = wasm_v128_load(start + v * LANES);
  }
  add_windows(window, corners, pitch, vectors, sums);
  for (int i = 0; i < count; i++) {
    for (int v = 0; v < vectors; v++) wasm_v128_store(to + i * between + v * LANES, sums[i][v]);
  }
}

// All filters of four windows side by side (fewer at the end of a row), whose first numbers
// the corners are. `cell` is where the sums of the first of them go. Not inlined: within its
// caller's loops the compiler no longer unrolls the blocks, and a step takes twice as long.
static __attribute__((noinline)) void all_filters(const float *const corners[CELLS], int pitch,
                                                  Window window, const float *bias,
                                                  float *cell, int between, int count) {
  for (int f = 0; f < window.filters; f += 2 * LANES) {
    Window own = window;
    own.weights += f;
    const float *first = bias ? bias + f : 0;
    if (f + LANES < window.filters) {
      block(corners, pitch, own, 2, first, cell + f, between, count);
    } else {
      block(corners, pitch, own, 1, first, cell + f, between, count);
    }
  }
}

// A window's sums at all of the cells, `side` of them in a row and in a column.
static void correlate(Cells from, Window window, const float *bias, Cells to, int side) {
  int pitch = (from.grid.side + 2) * from.grid.channels;
  int apart = from.step * from.grid.channels, between = to.step * to.grid.channels;
  for (int image = 0; image < to.grid.images; image++) {
    for (int y = 0; y < side; y++) {
      for (int x = 0; x < side; x += CELLS) {
        int count = side - x < CELLS ? side - x : CELLS;
        const float *corner = at(from.grid, image, from.row + y * from.step,
                                 from.column + x * from.step);
        float *cell = at(to.grid, image, to.row + y * to.step, to.column + x * to.step);
        const float *corners[CELLS];
        for (int i = 0; i < CELLS; i++) corners[i] = corner + (i < count ? i : 0) * apart;
        all_filters(corners, pitch, window, bias, cell, between, count);
      }
    }
  }
}

// A 3x3 convolution of a batch. Without a bias (0) the sums are added to the output.
//   map     [images, side + 2, side + 2, channels]
//   output  [images, side / stride + 2, side / stride + 2, filters]; its frame is left alone
EXPORT(convolve)(float *map, int images, int side, int channels, int stride,
                 const float *weights, const float *bias, int filters, float *output) {
  Grid from = {map, images, side, channels}, to = {output, images, side / stride, filters};
  int run = KERNEL * channels;
  Window window = {KERNEL, run, weights, filters, run * filters};
  correlate((Cells){from, 0, 0, stride}, window, bias, (Cells){to, 1, 1, 1}, to.side);
}

// The way back to the map of a convolution, whose gradient grows by what each cell did to
// the output: a convolution, too, with the weights turned around. With stride 2, a cell in
// an even row or column was seen by one row or column of the kernel, the middle one, and
// a cell in an odd one by the other two; so the map is done in four parts.
//   turned  the weights as `turn` writes them
EXPORT(convolve_back)(float *gradient, int images, int side, int channels, int stride,
                      const float *turned, int filters, float *output_gradient) {
  Grid to = {gradient, images, side, channels};
  Grid from = {output_gradient, images, side / stride, filters};
  int tap = filters * channels, row = KERNEL * tap;
  if (stride == 1) {
    Window whole = {KERNEL, KERNEL * filters, turned, channels, row};
    correlate((Cells){from, 0, 0, 1}, whole, 0, (Cells){to, 1, 1, 1}, side);
    return;
  }
  for (int y = 0; y < 2; y++) {
    for (int x = 0; x < 2; x++) {
      const float *first = turned + (y ? 0 : 2 * row) + (x ? 0 : 2 * tap);
      Window part = {1 + y, (1 + x) * filters, first, channels, row};
      correlate((Cells){from, 1, 1, 1}, part, 0, (Cells){to, 1 + y, 1 + x, 2}, from.side);
    }
  }
}

// Weights [3, 3, channels, filters] as [3, 3, filters, channels], with rows and columns of
// the kernel in the order in which the way back meets them: with stride 1 from the last to
// the first, with stride 2 the outer two before the middle one.
EXPORT(turn)(const float *weights, int channels, int filters, int stride, float *turned) {
  const int orders[2][KERNEL] = {{2, 1, 0}, {2, 0, 1}};
  const int *order = orders[stride - 1];
  for (int y = 0; y < KERNEL; y++) {
    for (int x = 0; x < KERNEL; x++) {
      const float *own = weights + (order[y] * KERNEL + order[x]) * channels * filters;
      for (int f = 0; f < filters; f++) {
        for (int c = 0; c < channels; c++) *turned++ = own[c * filters + f];
      }
    }
  }
}

// Add to four rows of the weights' gradient, for 4 or 8 filters, what one image says:
// the sum over all cells of number * output gradient.
static inline void weigh(Grid map, Grid output, int image, int stride, int row, int k,
                         int f, int vectors, float *gradient, int count) {
  v128_t sums[CELLS][2];
  for (int i = 0; i < CELLS; i++) sums[i][0] = sums[i][1] = wasm_f32x4_splat(0);
  for (int y = 0; y < output.side; y++) {
    const float *number = at(map, image, y * stride + row, 0) + k;
    const float *slope = at(output, image, y + 1, 1) + f;
    for (int x = 0; x < output.side; x++) {
      v128_t own[2];
      for (int v = 0; v < vectors; v++) own[v] = wasm_v128_load(slope + v * LANES);
      for (int i = 0; i < CELLS; i++) {
        v128_t one = wasm_v128_load32_splat(number + i);
        for (int v = 0; v < vectors; v++) sums[i][v] = add(sums[i][v], times(own[v], one));
      }
      number += stride * map.channels;
      slope += output.channels;
    }
  }
  for (int i = 0; i < count; i++, gradient += output.channels) {
    for (int v = 0; v < vectors; v++) {
      v128_t before = wasm_v128_load(gradient + v * LANES);
      wasm_v128_store(gradient + v * LANES, add(before, sums[i][v]));
    }
  }
}

// The weights' gradient, [3, 3, channels, filters], to which is added. `map` must have four
// floats more to read.
EXPORT(weights_back)(float *map, int images, int side, int channels, int stride,
                     float *gradient, int filters, float *output_gradient) {
  Grid from = {map, images, side, channels};
  Grid to = {output_gradient, images, side / stride, filters};
  int run = KERNEL * channels;
  for (int image = 0; image < images; image++) {
    for (int row = 0; row < KERNEL; row++) {
      for (int k = 0; k < run; k += CELLS) {
        float *own = gradient + (row * run + k) * filters;
        int count = run - k < CELLS ? run - k : CELLS;
        for (int f = 0; f < filters; f += 2 * LANES) {
          if (f + LANES < filters) {
            weigh(from, to, image, stride, row, k, f, 2, own + f, count);
          } else {
            weigh(from, to, image, stride, row, k, f, 1, own + f, count);
          }
        }
      }
    }
  }
}

// The gradient of a bias, [channels]: the sum of the output's.
EXPORT(bias_back)(float *output_gradient, int images, int side, int channels, float *gradient) {
  Grid grid = {output_gradient, images, side, channels};
  for (int c = 0; c < channels; c += LANES) {
    v128_t sum = wasm_f32x4_splat(0);
    for (int image = 0; image < images; image++) {
      for (int y = 1; y <= side; y++) {
        const float *cell = at(grid, image, y, 1) + c;
        for (int x = 0; x < side; x++, cell += channels) sum = add(sum, wasm_v128_load(cell));
      }
    }
    wasm_v128_store(gradient + c, add(wasm_v128_load(gradient + c), sum));
  }
}
