/// From the neighbour density to rotation invariants, Eq. (6), and back, for one centre.
///
/// Feature layout (padded, eight lanes each, channels n of group b in the lanes):
///   two-body      [groups]
///   three-body    for l = 1 ... L, for groups b <= b': lane n holds p of channel n of b and channel n + s of b' (cyclic),
///                 shifts s = 0 ... 4 within a group (lanes 4-7 of s = 4 repeat lanes 0-3) and 0 ... 7 between groups
///   four-body     [couplings][groups]
/// The densities stand twice in a row, so a cyclic shift is a load at an offset. The terms of a coupling come in runs that share
/// their first factor: q = Σ_a A_a S_a with S_a = Σ K A_b A_d, and the S_a are kept for the way back.
#pragma once

#include "kernels/kernel.h"
#include "kernels/simd.h"

namespace sswnn {
namespace SSWNN_ISA {

constexpr int doubled = 2 * lanes;

SSWNN_INLINE int shifts(int b, int other)
{
  return b == other ? lanes / 2 + 1 : lanes;
}
SSWNN_INLINE int unshift(int s)
{
  return s == 0 ? 0 : lanes - s;
}

/// S_a of one run. @param a densities of one group
SSWNN_INLINE vec8 run_sum(const CouplingRun &run, const CouplingTerm *terms, const double *a)
{
  vec8 even = fill8(0.0), odd = fill8(0.0);
  int k = run.begin;
  for (; k + 1 < run.end; k += 2) {
    const CouplingTerm &t = terms[k], &u = terms[k + 1];
    even += (t.value * load8(a + t.second * doubled)) * load8(a + t.third * doubled);
    odd += (u.value * load8(a + u.second * doubled)) * load8(a + u.third * doubled);
  }
  if (k < run.end)
    even += (terms[k].value * load8(a + terms[k].second * doubled)) * load8(a + terms[k].third * doubled);
  return even + odd;
}

/// @param density [groups][lm][16]   @param partial [groups][runs][8] out: S_a   @param feature [features] out
template <int L> inline void invariants(const Tables &t, const double *density, double *partial, double *feature)
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
        const vec8 sum = run_sum(t.run[k], t.term, a);
        store(partial + (b * t.runs + k) * lanes, sum);
        q += load8(a + t.run[k].first * doubled) * sum;
      }
      store(feature, q);
    }
}

SSWNN_INLINE void add(double *p, vec8 a)
{
  store(p, load8(p) + a);
}

/// into[m] += Σ_k g_k A[m] shifted by offset_k, for 2l+1 values of m.
template <int Count>
SSWNN_INLINE void add_shifted(const vec8 *g, const int *offset, const double *a, double *into, int l)
{
  for (int m = 0; m <= 2 * l; m++) {
    vec8 even = load8(into + m * lanes), odd = fill8(0.0);
    unroll<Count / 2>(SSWNN_LAMBDA(k) {
      even += g[2 * k] * load8(a + m * doubled + offset[2 * k]);
      odd += g[2 * k + 1] * load8(a + m * doubled + offset[2 * k + 1]);
    });
    store(into + m * lanes, even + odd);
  }
}

/// Three-body terms of channels in group b with channels in group `other`, one l. @return slopes consumed
SSWNN_INLINE int products_backward(const double *left, const double *right, const double *slope, double *into_left,
                                   double *into_right, int l, bool same)
{
  const int count = same ? lanes / 2 + 1 : lanes;
  vec8 g[lanes], turned[lanes];
  int ahead[lanes], back[lanes];
  alignas(64) double twice[doubled];
  for (int s = 0; s < count; s++) {
    ahead[s] = s;
    back[s] = unshift(s);
    g[s] = load8(slope + s * lanes);
    store(twice, g[s]);
    store(twice + lanes, g[s]);
    turned[s] = load8(twice + back[s]);
  }
  if (same) {
    vec8 both[lanes + 2];
    int offset[lanes + 2];
    unroll<lanes / 2 + 1>(SSWNN_LAMBDA(s) {
      both[2 * s] = g[s];
      both[2 * s + 1] = turned[s];
      offset[2 * s] = ahead[s];
      offset[2 * s + 1] = back[s];
    });
    add_shifted<lanes + 2>(both, offset, left, into_left, l);
  } else {
    add_shifted<lanes>(g, ahead, right, into_left, l);
    add_shifted<lanes>(turned, back, left, into_right, l);
  }
  return count * lanes;
}

/// @param slope [features] dE/dG   @param partial S_a of invariants()   @param weight [groups][lm][8] out: dE/dA
template <int L>
inline void invariants_backward(const Tables &t, const double *density, const double *partial, const double *slope,
                                double *weight)
{
  constexpr int lm_count = (L + 1) * (L + 1);
  for (int i = 0; i < t.groups * lm_count; i++) store(weight + i * lanes, fill8(0.0));
  for (int b = 0; b < t.groups; b++, slope += lanes) store(weight + b * lm_count * lanes, load8(slope));
  for (int l = 1; l <= L; l++)
    for (int b = 0; b < t.groups; b++)
      for (int other = b; other < t.groups; other++) {
        const int left = b * lm_count + l * l, right = other * lm_count + l * l;
        slope += products_backward(density + left * doubled, density + right * doubled, slope, weight + left * lanes,
                                   weight + right * lanes, l, b == other);
      }
  for (int c = 0; c < t.couplings; c++)
    for (int b = 0; b < t.groups; b++, slope += lanes) {
      const double *a = density + b * lm_count * doubled;
      double *w = weight + b * lm_count * lanes;
      const vec8 g = load8(slope);
      for (int k = t.coupling_offset[c]; k < t.coupling_offset[c + 1]; k++) {
        const CouplingRun &run = t.run[k];
        add(w + run.first * lanes, g * load8(partial + (b * t.runs + k) * lanes));
        const vec8 ga = g * load8(a + run.first * doubled);
        for (int i = run.begin; i < run.end; i++) {
          const CouplingTerm &term = t.term[i];
          const vec8 gk = term.value * ga;
          add(w + term.second * lanes, gk * load8(a + term.third * doubled));
          add(w + term.third * lanes, gk * load8(a + term.second * doubled));
        }
      }
    }
}

}    // namespace SSWNN_ISA
}    // namespace sswnn
