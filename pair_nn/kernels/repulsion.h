/// Screened nuclear repulsion (Ziegler, Biersack, Littmark 1985), switched off smoothly, Eq. (9).
#pragma once

#include "kernels/simd.h"

namespace sswnn {
namespace SSWNN_ISA {

/// V(r) in eV and dV/dr in eV/Å of nuclei with charges `charges` = k Z Z' (eV Å) and screening length a (Å).
SSWNN_INLINE void repulsion(double charges, double screening, double inner, double outer, double r, double &value,
                            double &slope)
{
  constexpr double alpha[4] = {0.18175, 0.50986, 0.28022, 0.02817};
  constexpr double gamma[4] = {3.1998, 0.94229, 0.4029, 0.20162};
  value = slope = 0;
  if (r >= outer) return;
  double phi = 0, dphi = 0;
  for (int q = 0; q < 4; q++) {
    const double term = alpha[q] * __builtin_exp(-gamma[q] * r / screening);
    phi += term;
    dphi -= gamma[q] / screening * term;
  }
  double s = 1, ds = 0;
  if (r > inner) {
    const double width = outer - inner, t = (r - inner) / width;
    s = 1 - t * t * t * (10 - 15 * t + 6 * t * t);
    ds = -30 * t * t * (1 - t) * (1 - t) / width;
  }
  const double coulomb = charges / r;
  value = s * coulomb * phi;
  slope = coulomb * (ds * phi + s * (dphi - phi / r));
}

}    // namespace SSWNN_ISA
}    // namespace sswnn
