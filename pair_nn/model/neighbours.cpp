/// Neighbours by cells of atoms where the cell is large, by all images where it is small.
#include "model/neighbours.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

namespace sswnn {
namespace {

struct Vector {
  double x, y, z;
};

Vector cross(const Vector &a, const Vector &b)
{
  return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
double dot(const Vector &a, const Vector &b)
{
  return a.x * b.x + a.y * b.y + a.z * b.z;
}
double norm(const Vector &a)
{
  return std::sqrt(dot(a, a));
}
Vector scaled(const Vector &a, double s)
{
  return {a.x * s, a.y * s, a.z * s};
}

/// A complete basis: the given vector along periodic directions, any independent one along the others.
struct Lattice {
  Vector a[3];          // lattice vectors
  Vector b[3];          // dual basis: fractional coordinate k = dot(b[k], r)
  double spacing[3];    // distance between lattice planes

  Lattice(const double cell[9], const bool periodic[3])
  {
    bool given[3];
    for (int k = 0; k < 3; k++) {
      a[k] = {cell[3 * k], cell[3 * k + 1], cell[3 * k + 2]};
      given[k] = periodic[k];
      if (given[k] && !(norm(a[k]) > 1e-6))
        throw std::invalid_argument("cell vector " + std::to_string(k) + " is zero but periodic");
    }
    for (int k = 0; k < 3; k++)
      if (!given[k]) {
        a[k] = independent(given, k);
        given[k] = true;
      }
    const double volume = dot(a[0], cross(a[1], a[2]));
    if (!(std::abs(volume) > 1e-9 * norm(a[0]) * norm(a[1]) * norm(a[2])))
      throw std::invalid_argument("the cell is singular: its periodic vectors are linearly dependent");
    for (int k = 0; k < 3; k++) {
      b[k] = scaled(cross(a[(k + 1) % 3], a[(k + 2) % 3]), 1 / volume);
      spacing[k] = 1 / norm(b[k]);
    }
  }

 private:
  /// A unit vector orthogonal to those already given.
  Vector independent(const bool given[3], int k) const
  {
    const int p = (k + 1) % 3, q = (k + 2) % 3;
    if (given[p] && given[q]) {
      const Vector n = cross(a[p], a[q]);
      return scaled(n, 1 / norm(n));
    }
    const Vector axes[3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    if (!given[p] && !given[q]) return axes[k];
    const Vector along = scaled(a[given[p] ? p : q], 1 / norm(a[given[p] ? p : q]));
    Vector best = axes[0];
    for (const Vector &axis : axes)
      if (std::abs(dot(axis, along)) < std::abs(dot(best, along))) best = axis;
    const Vector n = cross(along, best);
    return scaled(n, 1 / norm(n));
  }
};

/// Bins of atoms along the three directions; a periodic direction wraps, the others are clamped.
struct Bins {
  int count[3], reach[3];
  double low[3], width[3];           // fractional coordinates
  std::vector<int> start;            // [bins + 1]
  std::vector<std::int32_t> atom;    // atoms in bin order
};

struct Place {
  int index, shift;    // bin along one direction, and lattice translations to its image
};

class Finder {
 public:
  Finder(const double *positions, std::size_t n, const double cell[9], const bool periodic[3], double cutoff,
         NeighbourList &out)
      : n_(n), lattice_(cell, periodic), cutoff_(cutoff), out_(out)
  {
    for (int k = 0; k < 3; k++) periodic_[k] = periodic[k];
    wrap(positions);
    sort_into_bins();
  }

  void run()
  {
    out_.first.assign(1, 0);
    make_room(64 * n_);
    for (std::size_t i = 0; i < n_; i++) {
      neighbours_of(std::int32_t(i));
      out_.first.push_back(found_);
    }
    resize(found_);
  }

 private:
  std::size_t n_;
  Lattice lattice_;
  bool periodic_[3];
  double cutoff_;
  NeighbourList &out_;
  std::vector<Vector> r_;           // wrapped positions
  std::vector<double> fraction_;    // [n][3] fractional coordinates
  std::vector<int> bin_;            // [n][3]
  Bins bins_;
  std::vector<Vector> sorted_;    // r_ in bin order
  std::vector<Place> places_[3];
  std::size_t found_ = 0;

  void wrap(const double *positions)
  {
    for (std::size_t i = 0; i < n_; i++) {
      Vector p = {positions[3 * i], positions[3 * i + 1], positions[3 * i + 2]};
      for (int k = 0; k < 3; k++) {
        double f = dot(lattice_.b[k], {positions[3 * i], positions[3 * i + 1], positions[3 * i + 2]});
        if (!std::isfinite(f)) throw std::invalid_argument("position of atom " + std::to_string(i) + " is not finite");
        if (periodic_[k]) {
          const double whole = std::floor(f);
          p = {p.x - whole * lattice_.a[k].x, p.y - whole * lattice_.a[k].y, p.z - whole * lattice_.a[k].z};
          f -= whole;
        }
        fraction_.push_back(f);
      }
      r_.push_back(p);
    }
  }

  void sort_into_bins()
  {
    double *const low = bins_.low, *const width = bins_.width;
    for (int k = 0; k < 3; k++) {
      double from = 0, to = 1;
      if (!periodic_[k] && n_) {
        from = to = fraction_[k];
        for (std::size_t i = 0; i < n_; i++)
          from = std::min(from, fraction_[3 * i + k]), to = std::max(to, fraction_[3 * i + k]);
      }
      const double length = (to - from) * lattice_.spacing[k];
      const double most = std::max(1.0, std::cbrt(double(n_)) * 4);
      bins_.count[k] = int(std::clamp(std::floor(length / cutoff_), 1.0, most));
      low[k] = from;
      width[k] = (to - from) / bins_.count[k];
      const double bin_length = length / bins_.count[k];
      bins_.reach[k] = periodic_[k]         ? int(std::ceil(cutoff_ / bin_length - 1e-12))
                       : bins_.count[k] > 1 ? int(std::ceil(cutoff_ / bin_length))
                                            : 0;
    }
    const std::size_t total = std::size_t(bins_.count[0]) * bins_.count[1] * bins_.count[2];
    bins_.start.assign(total + 1, 0);
    bin_.resize(3 * n_);
    for (std::size_t i = 0; i < n_; i++) {
      for (int k = 0; k < 3; k++) {
        const int b = width[k] > 0 ? int((fraction_[3 * i + k] - low[k]) / width[k]) : 0;
        bin_[3 * i + k] = std::clamp(b, 0, bins_.count[k] - 1);
      }
      bins_.start[flat(&bin_[3 * i]) + 1]++;
    }
    for (std::size_t b = 0; b < total; b++) bins_.start[b + 1] += bins_.start[b];
    bins_.atom.resize(n_);
    sorted_.resize(n_);
    std::vector<int> next(bins_.start.begin(), bins_.start.end() - 1);
    for (std::size_t i = 0; i < n_; i++) {
      const int slot = next[flat(&bin_[3 * i])]++;
      bins_.atom[slot] = std::int32_t(i);
      sorted_[slot] = r_[i];
    }
  }

  std::size_t flat(const int *b) const { return (std::size_t(b[0]) * bins_.count[1] + b[1]) * bins_.count[2] + b[2]; }

  /// Bins along direction k that reach within the cutoff of atom i.
  int places(int k, std::int32_t i, Place *out) const
  {
    const int n = bins_.count[k], home = bin_[3 * std::size_t(i) + k];
    const double f = fraction_[3 * std::size_t(i) + k];
    int found = 0;
    for (int b = home - bins_.reach[k]; b <= home + bins_.reach[k]; b++) {
      const int shift = b >= 0 ? b / n : -((n - 1 - b) / n);
      if (!periodic_[k] && shift != 0) continue;
      const double from = bins_.low[k] + b * bins_.width[k] - f, to = from + bins_.width[k];
      if (std::max(from, -to) * lattice_.spacing[k] > cutoff_ * (1 + 1e-9)) continue;
      out[found++] = {b - shift * n, shift};
    }
    return found;
  }

  void neighbours_of(std::int32_t i)
  {
    int count[3];
    for (int k = 0; k < 3; k++) {
      places_[k].resize(2 * bins_.reach[k] + 1);
      count[k] = places(k, i, places_[k].data());
    }
    for (int p = 0; p < count[0]; p++)
      for (int q = 0; q < count[1]; q++)
        for (int r = 0; r < count[2]; r++) {
          const Place &x = places_[0][p], &y = places_[1][q], &z = places_[2][r];
          const int index[3] = {x.index, y.index, z.index}, shift[3] = {x.shift, y.shift, z.shift};
          scan(i, flat(index), shift);
        }
  }

  /// Appends the neighbours of atom i among the atoms of one image of a bin: every candidate is written, few are kept.
  void scan(std::int32_t i, std::size_t bin, const int shift[3])
  {
    const Vector *a = lattice_.a;
    const double ox = shift[0] * a[0].x + shift[1] * a[1].x + shift[2] * a[2].x - r_[i].x;
    const double oy = shift[0] * a[0].y + shift[1] * a[1].y + shift[2] * a[2].y - r_[i].y;
    const double oz = shift[0] * a[0].z + shift[1] * a[1].z + shift[2] * a[2].z - r_[i].z;
    const bool home = shift[0] == 0 && shift[1] == 0 && shift[2] == 0;
    const double limit = cutoff_ * cutoff_;
    const int from = bins_.start[bin], to = bins_.start[bin + 1];
    make_room(found_ + (to - from));
    std::int32_t *const out_j = out_.j.data();
    double *const out_x = out_.x.data(), *const out_y = out_.y.data(), *const out_z = out_.z.data();
    std::size_t k = found_;
    for (int s = from; s < to; s++) {
      const double x = sorted_[s].x + ox, y = sorted_[s].y + oy, z = sorted_[s].z + oz;
      const double rsq = x * x + y * y + z * z;
      out_j[k] = bins_.atom[s];
      out_x[k] = x;
      out_y[k] = y;
      out_z[k] = z;
      if (rsq < 1e-12) {
        if (home && bins_.atom[s] == i) continue;
        throw std::invalid_argument("atoms " + std::to_string(i) + " and " + std::to_string(bins_.atom[s]) +
                                    " stand at the same place");
      }
      k += rsq < limit;
    }
    found_ = k;
  }

  void make_room(std::size_t needed)
  {
    if (needed > out_.j.size()) resize(std::max(needed, 2 * out_.j.size()));
  }

  void resize(std::size_t pairs)
  {
    out_.j.resize(pairs);
    out_.x.resize(pairs);
    out_.y.resize(pairs);
    out_.z.resize(pairs);
  }
};

}    // namespace

void find_neighbours(const double *positions, std::size_t n, const double cell[9], const bool periodic[3],
                     double cutoff, NeighbourList &list)
{
  if (!(cutoff > 0) || !std::isfinite(cutoff)) throw std::invalid_argument("the cutoff must be positive and finite");
  for (int k = 0; k < 9; k++)
    if (periodic[k / 3] && !std::isfinite(cell[k])) throw std::invalid_argument("the cell is not finite");
  Finder(positions, n, cell, periodic, cutoff, list).run();
}

}    // namespace sswnn
