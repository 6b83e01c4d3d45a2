/// The neighbour density of one centre, Eq. (3), and the pull-back of dE/dA to its neighbours.
///
/// Forward, the lanes are eight channels: one multiply-add per neighbour and (l, m). Backward, they are eight neighbours, so
/// that nothing is summed across lanes.
#pragma once

#include "kernels/harmonics.h"
#include "kernels/kernel.h"
#include "kernels/radial.h"
#include "kernels/repulsion.h"
#include "kernels/simd.h"

namespace sswnn {
namespace SSWNN_ISA {

/// Densities kept in registers at once.
constexpr int chunk = native_lanes == 8 ? 25 : native_lanes == 4 ? 5 : 3;

/// Unit vectors, 1/r, radial functions and core repulsion of centre c. @return the repulsion's energy, eV
inline double pair_functions(const Tables &t, const BlockView &block, const Scratch &s, int c)
{
  const std::size_t begin = block.first[c], last = begin + block.neighbours[c], end = block.first[c + 1];
  const int row = block.element * t.elements;
  double energy = 0;
  alignas(64) double distance[lanes];
  for (std::size_t k = begin; k < end; k += lanes) {
    const vec8 x = load8(block.x + k), y = load8(block.y + k), z = load8(block.z + k);
    const vec8 r = square_root(x * x + y * y + z * z);
    const vec8 inverse = 1.0 / r;
    store(distance, r);
    store(s.inverse + k, inverse);
    store(s.unit + k, x * inverse);
    store(s.unit + s.slots + k, y * inverse);
    store(s.unit + 2 * s.slots + k, z * inverse);
    store(s.pair_slope + k, fill8(0.0));
    for (int i = 0; i < lanes; i++) {
      double *value = s.value + (k + i) * t.groups * lanes, *slope = s.slope + (k + i) * t.groups * lanes;
      if (k + i >= last) {
        for (int n = 0; n < t.groups * lanes; n++) value[n] = slope[n] = 0;
        continue;
      }
      const int pair = row + block.element_of[k + i];
      const double *table = t.radial + std::size_t(pair) * t.groups * t.intervals * 4 * lanes;
      for (int b = 0; b < t.groups; b++) {
        vec8 f, df;
        radial(table + b * t.intervals * 4 * lanes, t.intervals, t.inverse_width, distance[i], f, df);
        store(value + b * lanes, f);
        store(slope + b * lanes, df);
      }
      if (distance[i] < t.largest_outer) {
        double v, dv;
        repulsion(t.charges[pair], t.screening[pair], t.inner[pair], t.outer[pair], distance[i], v, dv);
        energy += 0.5 * v;
        s.pair_slope[k + i] = 0.5 * dv;
      }
    }
  }
  return energy;
}

template <int From, int Count>
SSWNN_INLINE void accumulate(const double *harmonic, const double *value, int stride, std::size_t slots, int lm_count,
                             double *density)
{
  vec8 a[Count];
  unroll<Count>(SSWNN_LAMBDA(i) { a[i] = fill8(0.0); });
  for (std::size_t k = 0; k < slots; k += lanes, harmonic += lm_count * lanes)
    for (int j = 0; j < lanes; j++) {
      const vec8 f = load8(value + (k + j) * stride);
      unroll<Count>(SSWNN_LAMBDA(i) { a[i] += harmonic[(From + i) * lanes + j] * f; });
    }
  unroll<Count>(SSWNN_LAMBDA(i) {
    store(density + (From + i) * 2 * lanes, a[i]);
    store(density + (From + i) * 2 * lanes + lanes, a[i]);
  });
}

template <int From, int End>
inline void accumulate_all(const double *harmonic, const double *value, int stride, std::size_t slots, double *density)
{
  constexpr int count = End - From < chunk ? End - From : chunk;
  accumulate<From, count>(harmonic, value, stride, slots, End, density);
  if constexpr (From + count < End) accumulate_all<From + count, End>(harmonic, value, stride, slots, density);
}

/// A of centre c into s.density. @param harmonic work space [slots of this centre / 8][lm][8]
template <int L> inline void density(const Tables &t, const BlockView &block, const Scratch &s, int c, double *harmonic)
{
  constexpr int lm_count = (L + 1) * (L + 1);
  const std::size_t begin = block.first[c], slots = block.first[c + 1] - begin;
  for (std::size_t k = 0; k < slots; k += lanes) {
    vec8 h[lm_count];
    harmonics<L>(load8(s.unit + begin + k), load8(s.unit + s.slots + begin + k),
                 load8(s.unit + 2 * s.slots + begin + k), h);
    unroll<lm_count>(SSWNN_LAMBDA(i) { store(harmonic + k * lm_count + i * lanes, h[i]); });
  }
  for (int b = 0; b < t.groups; b++)
    accumulate_all<0, lm_count>(harmonic, s.value + (begin * t.groups + b) * lanes, t.groups * lanes, slots,
                                s.density + (std::size_t(c) * t.groups + b) * lm_count * 2 * lanes);
}

/// ∂e/∂r_ij of the neighbours of centre c from s.weight = dE/dA.
///
/// With g_lm = Σ_n w_nlm R_n and h = Σ_nlm w_nlm R_n' C_lm + V'/2 the gradient is h u + (1 - u u) D / r, where D is the gradient of
/// Σ g_lm r^l C_lm at the unit vector u.
template <int L> inline void pair_gradient(const Tables &t, const BlockView &block, const Scratch &s, int c)
{
  constexpr int lm_count = (L + 1) * (L + 1);
  const int stride = t.groups * lanes;
  for (std::size_t k = block.first[c]; k < block.first[c + 1]; k += lanes) {
    const vec8 x = load8(s.unit + k), y = load8(s.unit + s.slots + k), z = load8(s.unit + 2 * s.slots + k);
    vec8 harmonic[lm_count], g[lm_count];
    harmonics<L>(x, y, z, harmonic);
    vec8 radial_part = load8(s.pair_slope + k);
    unroll<lm_count>(SSWNN_LAMBDA(lm) { g[lm] = fill8(0.0); });
    for (int b = 0; b < t.groups; b++) {
      vec8 f[lanes], df[lanes];
      load_transposed(s.value + k * stride + b * lanes, stride, f);
      load_transposed(s.slope + k * stride + b * lanes, stride, df);
      const double *w = s.weight + b * lm_count * lanes;
      unroll<lm_count>(SSWNN_LAMBDA(lm) {
        vec8 slope = fill8(0.0);
        unroll<lanes>(SSWNN_LAMBDA(n) {
          const vec8 wn = fill8(w[lm * lanes + n]);
          g[lm] += wn * f[n];
          slope += wn * df[n];
        });
        radial_part += slope * harmonic[lm];
      });
    }
    vec8 d[3];
    contract_gradient<L>(g, harmonic, d);
    const vec8 inverse = load8(s.inverse + k);
    const vec8 along = radial_part - (x * d[0] + y * d[1] + z * d[2]) * inverse;
    store(block.gx + k, along * x + d[0] * inverse);
    store(block.gy + k, along * y + d[1] * inverse);
    store(block.gz + k, along * z + d[2] * inverse);
  }
}

}    // namespace SSWNN_ISA
}    // namespace sswnn
