/// Radial functions R_n of one ordered element pair as cubic splines, Eq. (5), eight channels at once.
#pragma once

#include "kernels/simd.h"

namespace sswnn {
namespace SSWNN_ISA {

/// Table of one element pair and one group of eight channels: [intervals][4][8], already mixed.
/// @param value, slope  R_n(r) and dR_n/dr, eight channels
SSWNN_INLINE void radial(const double *table, int intervals, double inverse_width, double r, vec8 &value, vec8 &slope)
{
  const double position = r * inverse_width;
  int k = int(position);
  k = k < intervals ? k : intervals - 1;
  const double t = position - k;
  const double *b = table + 32 * k;
  const vec8 b0 = load8(b), b1 = load8(b + 8), b2 = load8(b + 16), b3 = load8(b + 24);
  value = ((b3 * t + b2) * t + b1) * t + b0;
  slope = ((b3 * (3 * t) + b2 * 2.0) * t + b1) * inverse_width;
}

}    // namespace SSWNN_ISA
}    // namespace sswnn
