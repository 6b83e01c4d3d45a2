#include "search/pairwise.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace sswnn {

void Morse::pair(double square, double &value, double &slope) const
{
  const double r = std::sqrt(square), e = std::exp(rho * (1 - r));
  value = e * (e - 2);
  slope = -2 * rho * e * (e - 1) / r;
}

template <class Pair> Pairwise<Pair>::Pairwise(Pair pair, double cutoff) : pair_(pair), cutoff_(cutoff)
{
  if (!(cutoff >= 0))
    throw std::invalid_argument("the cutoff is " + std::to_string(cutoff) + ", it must not be negative");
  double slope;
  if (cutoff > 0) pair_.pair(cutoff * cutoff, at_cutoff_, slope);
}

template <class Pair> double Pairwise<Pair>::cluster(const double *positions, std::size_t n, double *forces)
{
  columns_.resize(6 * n);
  double *x = columns_.data(), *y = x + n, *z = y + n, *fx = z + n, *fy = fx + n, *fz = fy + n;
  for (std::size_t i = 0; i < n; i++) {
    x[i] = positions[3 * i];
    y[i] = positions[3 * i + 1];
    z[i] = positions[3 * i + 2];
  }
  std::fill(fx, fz + n, 0.0);
  double energy = 0;
  for (std::size_t i = 0; i + 1 < n; i++) {
    double ex = 0, ey = 0, ez = 0, e = 0;
#pragma omp simd reduction(+ : e, ex, ey, ez)
    for (std::size_t j = i + 1; j < n; j++) {
      const double dx = x[j] - x[i], dy = y[j] - y[i], dz = z[j] - z[i];
      double value, slope;
      pair_.pair(dx * dx + dy * dy + dz * dz, value, slope);
      e += value;
      ex += slope * dx;
      ey += slope * dy;
      ez += slope * dz;
      fx[j] -= slope * dx;
      fy[j] -= slope * dy;
      fz[j] -= slope * dz;
    }
    fx[i] += ex;
    fy[i] += ey;
    fz[i] += ez;
    energy += e;
  }
  for (std::size_t i = 0; i < n; i++) {
    forces[3 * i] = fx[i];
    forces[3 * i + 1] = fy[i];
    forces[3 * i + 2] = fz[i];
  }
  return energy;
}

template <class Pair>
double Pairwise<Pair>::compute(const double *positions, std::size_t n, const double cell[9], const bool periodic[3],
                               double *forces, double *virial)
{
  const bool any = periodic[0] || periodic[1] || periodic[2];
  if (any && cutoff_ == 0) throw std::invalid_argument("periodic directions need a cutoff");
  if (!any && cutoff_ == 0) return cluster(positions, n, forces);
  find_neighbours(positions, n, cell, periodic, cutoff_, list_);
  std::fill_n(forces, 3 * n, 0.0);
  std::fill_n(virial, 9, 0.0);
  double energy = 0;
  for (std::size_t i = 0; i < n; i++) {
    for (std::size_t k = list_.first[i]; k < list_.first[i + 1]; k++) {
      const double r[3] = {list_.x[k], list_.y[k], list_.z[k]};
      double value, slope;
      pair_.pair(r[0] * r[0] + r[1] * r[1] + r[2] * r[2], value, slope);
      energy += 0.5 * (value - at_cutoff_);
      for (int a = 0; a < 3; a++) {
        forces[3 * i + a] += slope * r[a];
        for (int b = 0; b < 3; b++) virial[3 * a + b] += 0.5 * slope * r[a] * r[b];
      }
    }
  }
  return energy;
}

template class Pairwise<LennardJones>;
template class Pairwise<Morse>;

}    // namespace sswnn
