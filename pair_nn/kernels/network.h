/// Dense layers over a block of atoms, Eq. (8): small matrix products held in registers, and the SiLU activation.
#pragma once

#include "kernels/simd.h"

namespace sswnn {
namespace SSWNN_ISA {

/// Tile of the matrix product: rows x groups of eight columns, chosen so that the sums stay in registers.
constexpr int tile_rows = native_lanes == 8 ? 4 : 2;
constexpr int tile_groups = native_lanes == 8 ? 6 : 2;

template <int Groups>
SSWNN_INLINE void multiply_tile(const double *a, int lda, const double *b, int ldb, const double *bias, double *c,
                                int ldc, int depth)
{
  vec8 total[tile_rows * Groups];
  unroll<tile_rows>(SSWNN_LAMBDA(i) {
    unroll<Groups>(SSWNN_LAMBDA(j) { total[i * Groups + j] = bias ? load8(bias + 8 * j) : fill8(0.0); });
  });
  for (int k = 0; k < depth; k++) {
    const double *row = b + k * ldb;
    vec8 right[Groups];
    unroll<Groups>(SSWNN_LAMBDA(j) { right[j] = load8(row + 8 * j); });
    unroll<tile_rows>(SSWNN_LAMBDA(i) {
      const vec8 left = fill8(a[i * lda + k]);
      unroll<Groups>(SSWNN_LAMBDA(j) { total[i * Groups + j] += left * right[j]; });
    });
  }
  unroll<tile_rows>(
      SSWNN_LAMBDA(i) { unroll<Groups>(SSWNN_LAMBDA(j) { store(c + i * ldc + 8 * j, total[i * Groups + j]); }); });
}

template <int Groups>
inline void multiply_columns(const double *a, int lda, const double *b, int ldb, const double *bias, double *c, int ldc,
                             int rows, int groups, int depth)
{
  for (; groups >= Groups; groups -= Groups) {
    for (int i = 0; i < rows; i += tile_rows)
      multiply_tile<Groups>(a + i * lda, lda, b, ldb, bias, c + i * ldc, ldc, depth);
    b += 8 * Groups;
    c += 8 * Groups;
    if (bias) bias += 8 * Groups;
  }
  if constexpr (Groups > 1) {
    if (groups > 0) multiply_columns<Groups - 1>(a, lda, b, ldb, bias, c, ldc, rows, groups, depth);
  }
}

/// C[rows, 8*groups] = bias + A[rows, depth] B[depth, 8*groups]. `rows` is a multiple of tile_rows; bias may be null.
inline void multiply(const double *a, int lda, const double *b, int ldb, const double *bias, double *c, int ldc,
                     int rows, int groups, int depth)
{
  multiply_columns<tile_groups>(a, lda, b, ldb, bias, c, ldc, rows, groups, depth);
}

/// h <- a(h) = h / (1 + e^-h) and slope <- a'(h), n a multiple of 8.
inline void activate(double *h, double *slope, int n)
{
  for (int i = 0; i < n; i += 8) {
    const vec8 v = load8(h + i);
    const vec8 s = 1.0 / (1.0 + exponential(fill8(0.0) - v));
    store(h + i, v * s);
    store(slope + i, s * (1.0 + v * (1.0 - s)));
  }
}

}    // namespace SSWNN_ISA
}    // namespace sswnn
