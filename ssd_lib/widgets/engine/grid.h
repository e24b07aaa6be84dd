// The maps of a batch, as training in the page has them.
//
// They are one grid, [images, side + 2, side + 2, channels], with a frame of zeros, one cell
// wide, around each image. The channels of a cell lie side by side, and so do the weights of
// all filters for one number of a window, [3, 3, channels, filters]. A row of a window is
// then one run of 3 * channels numbers, and four filters fill a SIMD register. So channels
// (but those of an image) and filters come in fours.

#include <wasm_simd128.h>

#define EXPORT(name) __attribute__((export_name(#name))) void name

enum { LANES = 4 };

typedef struct {
  float *values;
  int images, side, channels;
} Grid;

// Where a number of a grid is; row 0 and column 0 are the frame's.
static inline float *at(Grid grid, int image, int row, int column) {
  int pitch = grid.side + 2;
  return grid.values + ((image * pitch + row) * pitch + column) * grid.channels;
}

static inline v128_t add(v128_t a, v128_t b) { return wasm_f32x4_add(a, b); }
static inline v128_t subtract(v128_t a, v128_t b) { return wasm_f32x4_sub(a, b); }
static inline v128_t times(v128_t a, v128_t b) { return wasm_f32x4_mul(a, b); }
