// The arithmetic of a convolutional network for the page: one kernel, compiled to
// WebAssembly by `python tools/engine.py wasm`. No library is linked and nothing is
// allocated: whoever calls hands over the memory.
//
// A map of C channels, H rows and W columns is stored with a frame of zeros, one cell
// wide, around each channel: [C, H + 2, W + 2], row by row. The frame is the padding of
// a 3x3 convolution, so a window never has to ask whether it has left the map. Four
// numbers fit into one SIMD register (v128_t), and a block of work is four filters on
// eight neighbouring cells: its 32 sums stay in eight registers until they are complete.

#include <wasm_simd128.h>

enum { FILTERS = 4, CELLS = 8, KERNEL = 3 };

// What a convolution reads; sizes are those of the map without its frame.
typedef struct {
  const float *map;  // [channels, height + 2, width + 2], and 16 floats more to read
  int channels, height, width, stride;
  const float *weights;  // [filters, channels, 3, 3]
  const float *bias;     // [filters]
  int filters;
} Layer;

typedef struct {
  v128_t left, right;  // of eight cells, four each
} Eight;

// Eight cells of a row, as far apart as the stride says. Where the row has fewer left, the
// other lanes hold whatever comes behind it, and nobody keeps their sums.
static inline Eight load_eight(const float *cell, int stride) {
  v128_t a = wasm_v128_load(cell), b = wasm_v128_load(cell + 4);
  if (stride == 1) return (Eight){a, b};
  v128_t c = wasm_v128_load(cell + 8), d = wasm_v128_load(cell + 12);
  return (Eight){wasm_i32x4_shuffle(a, b, 0, 2, 4, 6), wasm_i32x4_shuffle(c, d, 0, 2, 4, 6)};
}

// Write as many of eight sums as the row has cells left; with relu, negative ones as 0.
static inline void store_eight(float *to, Eight sums, int count, int relu) {
  if (relu) {
    v128_t zero = wasm_f32x4_splat(0);
    sums = (Eight){wasm_f32x4_max(sums.left, zero), wasm_f32x4_max(sums.right, zero)};
  }
  float all[CELLS];
  wasm_v128_store(all, sums.left);
  wasm_v128_store(all + 4, sums.right);
  for (int i = 0; i < CELLS && i < count; i++) to[i] = all[i];
}

// The filter with a number, or the last one where there are no more.
static inline int filter_at(int number, const Layer *layer) {
  return number < layer->filters ? number : layer->filters - 1;
}

// sums[f] += the sum over channels and the 3x3 window of weight * cell, for eight windows
// side by side; `cell` is the upper left one of the first. The loops over the window and
// the four filters are unrolled: no sum ever leaves its registers.
static inline void add_windows(const Layer *layer, const float *cell, int stride,
                               const float *const weights[FILTERS], Eight sums[FILTERS]) {
  int row = layer->width + 2, channel = (layer->height + 2) * row;  // floats to the next
  for (int c = 0, k = 0; c < layer->channels; c++, cell += channel) {
    for (int y = 0; y < KERNEL; y++) {
      for (int x = 0; x < KERNEL; x++, k++) {
        Eight cells = load_eight(cell + y * row + x, stride);
        for (int f = 0; f < FILTERS; f++) {
          v128_t weight = wasm_v128_load32_splat(weights[f] + k);
          sums[f].left = wasm_f32x4_add(sums[f].left, wasm_f32x4_mul(weight, cells.left));
          sums[f].right = wasm_f32x4_add(sums[f].right, wasm_f32x4_mul(weight, cells.right));
        }
      }
    }
  }
}

// Four filters, from `first` on, in eight cells of the output, from row y, column x on.
static inline void block(const Layer *layer, int first, int y, int x, Eight sums[FILTERS]) {
  const float *weights[FILTERS];
  for (int f = 0; f < FILTERS; f++) {
    int filter = filter_at(first + f, layer);
    weights[f] = layer->weights + filter * layer->channels * KERNEL * KERNEL;
    v128_t bias = wasm_v128_load32_splat(layer->bias + filter);
    sums[f] = (Eight){bias, bias};
  }
  const float *cell = layer->map + (y * (layer->width + 2) + x) * layer->stride;
  if (layer->stride == 1) add_windows(layer, cell, 1, weights, sums);
  else add_windows(layer, cell, 2, weights, sums);
}

// How many windows fit into `length` cells: all, or with stride 2 every second one.
static inline int steps(int length, int stride) {
  return length > 0 ? (length - 1) / stride + 1 : 0;
}

// A 3x3 convolution with a frame of zeros, its bias, and ReLU if relu is not 0.
//   map, channels, height, width, stride (1 or 2), weights, bias, filters: see Layer
//   output  [filters, rows + 2, columns + 2], of ceil(height / stride) rows and as many
//           columns likewise. Its frame is not written: it must hold zeros already.
__attribute__((export_name("convolve")))
void convolve(const float *map, int channels, int height, int width, int stride,
              const float *weights, const float *bias, int filters, int relu, float *output) {
  Layer layer = {map, channels, height, width, stride, weights, bias, filters};
  int rows = steps(height, stride), columns = steps(width, stride);
  for (int first = 0; first < filters; first += FILTERS) {
    for (int y = 0; y < rows; y++) {
      for (int x = 0; x < columns; x += CELLS) {
        Eight sums[FILTERS];
        block(&layer, first, y, x, sums);
        for (int f = 0; f < FILTERS && first + f < filters; f++) {
          int place = ((first + f) * (rows + 2) + y + 1) * (columns + 2) + x + 1;
          store_eight(output + place, sums[f], columns - x, relu);
        }
      }
    }
  }
}
