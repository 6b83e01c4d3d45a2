/// Real spherical harmonics in Racah's normalisation, Eq. (4), of eight unit vectors at once, and their gradients.
#pragma once

#include "kernels/simd.h"

namespace sswnn {
namespace SSWNN_ISA {

/// C_lm of unit vectors (x, y, z) for all l <= L; c[l*l + l + m].
template <int L> SSWNN_INLINE void harmonics(vec8 x, vec8 y, vec8 z, vec8 *c)
{
  c[0] = fill8(1.0);
  if constexpr (L >= 1) {
    c[1] = y;
    c[2] = z;
    c[3] = x;
  }
  const vec8 xx = x * x, yy = y * y, zz = z * z, xy = x * y;
  const vec8 difference = xx - yy;
  if constexpr (L >= 2) {
    constexpr double s3 = 1.7320508075688772;
    c[4] = s3 * xy;
    c[5] = s3 * (y * z);
    c[6] = 1.5 * zz - 0.5;
    c[7] = s3 * (x * z);
    c[8] = (0.5 * s3) * difference;
  }
  if constexpr (L >= 3) {
    constexpr double s38 = 0.6123724356957945, s58 = 0.7905694150420949, s15 = 3.872983346207417;
    const vec8 five = s38 * (5.0 * zz - 1.0);
    c[9] = s58 * (y * (3.0 * xx - yy));
    c[10] = s15 * (xy * z);
    c[11] = y * five;
    c[12] = z * (2.5 * zz - 1.5);
    c[13] = x * five;
    c[14] = (0.5 * s15) * (z * difference);
    c[15] = s58 * (x * (xx - 3.0 * yy));
  }
  if constexpr (L >= 4) {
    constexpr double s5 = 2.23606797749979, s35 = 5.916079783099616, s58 = 0.7905694150420949, s358 = 2.091650066335189;
    const vec8 seven = 7.0 * zz - 1.0, seven3 = s58 * (z * (7.0 * zz - 3.0));
    c[16] = (0.5 * s35) * (xy * difference);
    c[17] = s358 * (y * z * (3.0 * xx - yy));
    c[18] = (0.5 * s5) * (xy * seven);
    c[19] = y * seven3;
    c[20] = (4.375 * zz - 3.75) * zz + 0.375;
    c[21] = x * seven3;
    c[22] = (0.25 * s5) * (difference * seven);
    c[23] = s358 * (x * z * (xx - 3.0 * yy));
    c[24] = (0.125 * s35) * (xx * xx - 6.0 * (xx * yy) + yy * yy);
  }
}

constexpr double constexpr_sqrt(double a)
{
  double s = a > 1 ? a : 1;
  for (int i = 0; i < 60; i++) s = 0.5 * (s + a / s);
  return a == 0 ? 0 : s;
}

/// Coefficients of the gradient of the solid harmonic r^l C_lm, itself a sum of solid harmonics of degree l - 1:
///
///     ∂z C_lm = sqrt(l² - m²) C_{l-1,m}
///     ∂x C_l,±m = ( lower C_{l-1,±(m-1)} - raise C_{l-1,±(m+1)} ) / 2
///     ∂y C_l,+m = -( lower C_{l-1,-(m-1)} + raise C_{l-1,-(m+1)} ) / 2,   ∂y C_l,-m = +( lower C_{l-1,m-1} + raise C_{l-1,m+1} ) / 2
///
/// lower = sqrt((l+m)(l+m-1)), raise = sqrt((l-m)(l-m-1)), m >= 1, with a factor sqrt(2) into m = 0, where the sine partner
/// vanishes; C_l0 goes to -sqrt(l(l-1)/2) C_{l-1,±1} in x and y.
template <int l, int m> struct Ladder {
  static constexpr int k = m < 0 ? -m : m;
  static constexpr double z = constexpr_sqrt(double(l * l - k * k));
  static constexpr double lower =
      0.5 * constexpr_sqrt(double((l + k) * (l + k - 1))) * (k == 1 ? 1.4142135623730951 : 1.0);
  static constexpr double raise =
      0.5 * constexpr_sqrt(double((l - k) * (l - k - 1))) * (k == 0 ? 1.4142135623730951 : 1.0);
};

/// ∇ of Σ_lm g_lm r^l C_lm at unit vectors, given c = C_lm there: x, y, z components into d[0..2].
template <int L> SSWNN_INLINE void contract_gradient(const vec8 *g, const vec8 *c, vec8 d[3])
{
  vec8 dx = fill8(0.0), dy = fill8(0.0), dz = fill8(0.0);
  unroll<L>(SSWNN_LAMBDA(below) {
    constexpr int l = decltype(below){} + 1, centre = l * l + l, down = (l - 1) * (l - 1) + (l - 1);
    unroll<2 * l - 1>(SSWNN_LAMBDA(shift) {
      // everything that reaches C_{l-1,q}
      constexpr int q = decltype(shift){} - (l - 1), k = q < 0 ? -q : q;
      const vec8 value = c[down + q];
      dz += (Ladder<l, q>::z * g[centre + q]) * value;
      vec8 tx, ty;
      if constexpr (q == 0) {
        tx = Ladder<l, 1>::lower * g[centre + 1];
        ty = Ladder<l, -1>::lower * g[centre - 1];
      } else if constexpr (q > 0) {
        tx = Ladder<l, k + 1>::lower * g[centre + k + 1] - Ladder<l, k - 1>::raise * g[centre + k - 1];
        ty = Ladder<l, k + 1>::lower * g[centre - k - 1];
        if constexpr (k > 1) ty += Ladder<l, k - 1>::raise * g[centre - (k - 1)];
      } else {
        tx = Ladder<l, k + 1>::lower * g[centre - k - 1];
        if constexpr (k > 1) tx = tx - Ladder<l, k - 1>::raise * g[centre - (k - 1)];
        ty = fill8(0.0) - Ladder<l, k + 1>::lower * g[centre + k + 1] - Ladder<l, k - 1>::raise * g[centre + k - 1];
      }
      dx += tx * value;
      dy += ty * value;
    });
  });
  d[0] = dx;
  d[1] = dy;
  d[2] = dz;
}

}    // namespace SSWNN_ISA
}    // namespace sswnn
