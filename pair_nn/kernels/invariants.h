/// From the neighbour density to rotation invariants, Eq. (6), and back, for one centre.
///
/// Feature layout (padded, eight lanes each, channels n of group b in the lanes):
///   two-body      [groups]
///   three-body    for l = 1 ... L, for groups b <= b': lane n holds p of channel n of b and channel n + s of b' (cyclic),
///                 shifts s = 0 ... 4 within a group (lanes 4-7 of s = 4 repeat lanes 0-3) and 0 ... 7 between groups
///   four-body     [couplings][groups]
/// The densities stand twice in a row, so a cyclic shift is a load at an offset.
#pragma once

#include "kernels/kernel.h"
#include "kernels/simd.h"

namespace sswnn {
namespace SSWNN_ISA {

constexpr int doubled = 2 * lanes;

SSWNN_INLINE int shifts(int b, int other) { return b == other ? lanes / 2 + 1 : lanes; }

/// @param density [groups][lm][16]   @param feature [features] out
template <int L> inline void invariants(const Tables &t, const double *density, double *feature)
{
  constexpr int lm_count = (L + 1) * (L + 1);
  for (int b = 0; b < t.groups; b++, feature += lanes) store(feature, load8(density + b * lm_count * doubled));
  for (int l = 1; l <= L; l++)
    for (int b = 0; b < t.groups; b++)
      for (int other = b; other < t.groups; other++) {
        const double *left = density + (b * lm_count + l * l) * doubled;
        const double *right = density + (other * lm_count + l * l) * doubled;
        for (int s = 0; s < shifts(b, other); s++, feature += lanes) {
          vec8 p = fill8(0.0);
          for (int m = 0; m <= 2 * l; m++) p += load8(left + m * doubled) * load8(right + m * doubled + s);
          store(feature, p);
        }
      }
  for (int c = 0; c < t.couplings; c++)
    for (int b = 0; b < t.groups; b++, feature += lanes) {
      const double *a = density + b * lm_count * doubled;
      vec8 q = fill8(0.0);
      for (int k = t.coupling_offset[c]; k < t.coupling_offset[c + 1]; k++) {
        const int *i = t.coupling_index + 3 * k;
        q += (t.coupling_value[k] * load8(a + i[0] * doubled)) * (load8(a + i[1] * doubled) * load8(a + i[2] * doubled));
      }
      store(feature, q);
    }
}

SSWNN_INLINE void add(double *p, vec8 a) { store(p, load8(p) + a); }

/// @param slope [features] dE/dG   @param weight [groups][lm][8] out: dE/dA
template <int L> inline void invariants_backward(const Tables &t, const double *density, const double *slope, double *weight)
{
  constexpr int lm_count = (L + 1) * (L + 1);
  for (int i = 0; i < t.groups * lm_count; i++) store(weight + i * lanes, fill8(0.0));
  for (int b = 0; b < t.groups; b++, slope += lanes) store(weight + b * lm_count * lanes, load8(slope));
  alignas(64) double twice[doubled];
  for (int l = 1; l <= L; l++)
    for (int b = 0; b < t.groups; b++)
      for (int other = b; other < t.groups; other++) {
        const double *left = density + (b * lm_count + l * l) * doubled;
        const double *right = density + (other * lm_count + l * l) * doubled;
        double *into_left = weight + (b * lm_count + l * l) * lanes;
        double *into_right = weight + (other * lm_count + l * l) * lanes;
        for (int s = 0; s < shifts(b, other); s++, slope += lanes) {
          const vec8 g = load8(slope);
          store(twice, g);
          store(twice + lanes, g);
          const int back = s == 0 ? 0 : lanes - s;
          const vec8 turned = load8(twice + back);
          for (int m = 0; m <= 2 * l; m++) {
            add(into_left + m * lanes, g * load8(right + m * doubled + s));
            add(into_right + m * lanes, turned * load8(left + m * doubled + back));
          }
        }
      }
  for (int c = 0; c < t.couplings; c++)
    for (int b = 0; b < t.groups; b++, slope += lanes) {
      const double *a = density + b * lm_count * doubled;
      double *w = weight + b * lm_count * lanes;
      const vec8 g = load8(slope);
      for (int k = t.coupling_offset[c]; k < t.coupling_offset[c + 1]; k++) {
        const int *i = t.coupling_index + 3 * k;
        const vec8 gk = t.coupling_value[k] * g;
        const vec8 a0 = load8(a + i[0] * doubled), a1 = load8(a + i[1] * doubled), a2 = load8(a + i[2] * doubled);
        add(w + i[0] * lanes, gk * (a1 * a2));
        add(w + i[1] * lanes, gk * (a0 * a2));
        add(w + i[2] * lanes, gk * (a0 * a1));
      }
    }
}

}    // namespace SSWNN_ISA
}    // namespace sswnn
