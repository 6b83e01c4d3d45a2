#include "search/order.h"

#include <algorithm>
#include <cmath>

#include "model/neighbours.h"

namespace sswnn {
namespace {

constexpr std::size_t lanes = 4;

/// Unit vectors of one atom's weighted neighbours, in columns, and what the recurrences keep of each.
struct Shell {
  std::vector<double> x, y, z, cosine, sine, before, now;
  std::size_t size = 0;

  void reserve(std::size_t n)
  {
    for (std::vector<double> *column : {&x, &y, &z, &cosine, &sine, &before, &now}) column->resize(n + lanes);
  }

  void add(double ux, double uy, double uz, double weight)
  {
    x[size] = ux;
    y[size] = uy;
    z[size] = uz;
    cosine[size] = weight;    // w Re (x + iy)^m, w Im (x + iy)^m
    sine[size++] = 0;
  }

  /// Neighbours without weight, up to a multiple of the lanes.
  void fill()
  {
    while (size % lanes) add(0, 0, 1, 0);
  }

  /// With Y_lm = N_lm Q_lm(z) (x + iy)^m and Q_lm = P_lm / (1 - z²)^(m/2): Q_l from Q_l-1 and Q_l-2,
  /// (l - m) Q_lm = (2l - 1) z Q_l-1,m - (l + m - 1) Q_l-2,m.
  void raise(int l, int m)
  {
    const double first = double(2 * l - 1) / (l - m), second = double(l + m - 1) / (l - m);
    double *b = before.data(), *c = now.data();
    const double *zz = z.data();
    for (std::size_t k = 0; k < size; k++) {
      const double next = first * zz[k] * c[k] - second * b[k];
      b[k] = c[k];
      c[k] = next;
    }
  }

  /// w (x + iy)^m from that of m - 1.
  void turn()
  {
    double *c = cosine.data(), *s = sine.data();
    const double *xx = x.data(), *yy = y.data();
    for (std::size_t k = 0; k < size; k++) {
      const double real = c[k] * xx[k] - s[k] * yy[k];
      s[k] = c[k] * yy[k] + s[k] * xx[k];
      c[k] = real;
    }
  }

  /// |Σ w Q_lm (x + iy)^m|².
  double square() const
  {
    double real[lanes] = {}, imaginary[lanes] = {};
    const double *c = cosine.data(), *s = sine.data(), *q = now.data();
    for (std::size_t k = 0; k < size; k += lanes)
      for (std::size_t lane = 0; lane < lanes; lane++) {
        real[lane] += q[k + lane] * c[k + lane];
        imaginary[lane] += q[k + lane] * s[k + lane];
      }
    const double a = real[0] + real[1] + real[2] + real[3],
                 b = imaginary[0] + imaginary[1] + imaginary[2] + imaginary[3];
    return a * a + b * b;
  }
};

double factorial(int n)
{
  return std::tgamma(n + 1.0);
}

/// |q_l| for each degree; only m >= 0 is summed, as |q_l,-m| = |q_lm|. 4π/(2l + 1) cancels most of N_lm².
void lengths(Shell &shell, const std::vector<int> &degrees, double *out, std::size_t stride)
{
  const int last = degrees.empty() ? -1 : degrees.back();
  double diagonal = 1;    // Q_mm = (2m - 1)!!
  for (int m = 0; m <= last; m++) {
    std::fill_n(shell.before.begin(), shell.size, 0.0);
    std::fill_n(shell.now.begin(), shell.size, diagonal);
    for (int l = m; l <= last; l++) {
      if (l > m) shell.raise(l, m);
      const auto found = std::lower_bound(degrees.begin(), degrees.end(), l);
      if (*found == l)
        out[std::size_t(found - degrees.begin()) * stride] +=
            (m ? 2 : 1) * factorial(l - m) / factorial(l + m) * shell.square();
    }
    shell.turn();
    diagonal *= 2 * m + 1;
  }
  for (std::size_t k = 0; k < degrees.size(); k++) out[k * stride] = std::sqrt(out[k * stride]);
}

}    // namespace

HarmonicSums harmonic_sums(const double *positions, std::size_t n, const double cell[9], const bool periodic[3],
                           const std::int32_t *kinds, const std::vector<double> &bonds, std::size_t n_kinds,
                           const PairWeight &weight, const std::vector<int> &degrees)
{
  const double vanishing = 1 - 2 * std::log(weight.smallest);    // r / r_c where the weight falls below the smallest
  const double longest = weight.contact * *std::max_element(bonds.begin(), bonds.end());
  NeighbourList list;
  find_neighbours(positions, n, cell, periodic, std::min(weight.range, vanishing * longest), list);
  HarmonicSums sums{std::vector<double>(degrees.size() * n), std::vector<std::int32_t>(n)};
  Shell shell;
  for (std::size_t i = 0; i < n; i++) {
    shell.reserve(list.first[i + 1] - list.first[i]);
    shell.size = 0;
    for (std::size_t p = list.first[i]; p < list.first[i + 1]; p++) {
      const double bond = bonds[std::size_t(kinds[i]) * n_kinds + std::size_t(kinds[list.j[p]])];
      const double contact = weight.contact * bond;
      const double r = std::sqrt(list.x[p] * list.x[p] + list.y[p] * list.y[p] + list.z[p] * list.z[p]);
      if (r <= contact || r >= vanishing * contact) continue;
      shell.add(list.x[p] / r, list.y[p] / r, list.z[p] / r, std::exp(-0.5 * (r / contact - 1)));
      if (r < weight.bonded * bond) sums.bonded[i]++;
    }
    shell.fill();
    lengths(shell, degrees, sums.length.data() + i, n);
  }
  return sums;
}

}    // namespace sswnn
