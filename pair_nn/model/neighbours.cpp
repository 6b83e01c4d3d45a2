/// Neighbours by bins: all atoms and their images near the cell are sorted into columns of bins, and each column is read as far as
/// the sphere of the cutoff reaches in it.
#include "model/neighbours.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

namespace sswnn {
namespace {

constexpr double COLUMN = 1.01, DEPTH = 0.15;    // widths of bins in cutoffs, across columns and along them
constexpr double MOST_IMAGES = 1e9;

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
Vector minus(const Vector &a, const Vector &b)
{
  return {a.x - b.x, a.y - b.y, a.z - b.z};
}

/// The shortest of a vector plus multiples of two reduced ones, or of one if there are not two.
Vector shortest(const Vector &r, const Vector *a, int n)
{
  if (n == 1) return minus(r, scaled(a[0], std::round(dot(r, a[0]) / dot(a[0], a[0]))));
  const double aa = dot(a[0], a[0]), ab = dot(a[0], a[1]), bb = dot(a[1], a[1]), ra = dot(r, a[0]), rb = dot(r, a[1]);
  const double det = aa * bb - ab * ab;
  const double s = std::round((ra * bb - rb * ab) / det), t = std::round((rb * aa - ra * ab) / det);
  const Vector near = minus(minus(r, scaled(a[0], s)), scaled(a[1], t));
  Vector best = near;
  for (int u = -1; u <= 1; u++)
    for (int v = -1; v <= 1; v++) {
      const Vector other = minus(minus(near, scaled(a[0], u)), scaled(a[1], v));
      if (dot(other, other) < dot(best, best)) best = other;
    }
  return best;
}

/// Makes n <= 3 vectors a Minkowski-reduced basis of their lattice: greedily, Nguyen and Stehlé (doi:10.1145/1597036.1597050).
void reduce(Vector *a, int n)
{
  if (n < 2) return;
  double longest = 0;
  for (int k = 0; k < n; k++) longest = std::max(longest, norm(a[k]));
  for (;;) {
    reduce(a, n - 1);
    const Vector shorter = shortest(a[n - 1], a, n - 1);
    bool done = !(dot(shorter, shorter) < (1 - 1e-12) * dot(a[n - 1], a[n - 1]));
    if (!done) a[n - 1] = shorter;
    if (!(norm(a[n - 1]) > 1e-9 * longest))
      throw std::invalid_argument("the cell is singular: its periodic vectors are linearly dependent");
    for (int k = n - 1; k > 0 && norm(a[k]) < norm(a[k - 1]); k--) {
      std::swap(a[k], a[k - 1]);
      done = false;
    }
    if (done) return;
  }
}

/// A complete basis: the lattice's shortest vectors along periodic directions, any independent one along the others.
struct Lattice {
  Vector a[3];          // lattice vectors
  Vector b[3];          // dual basis: fractional coordinate k = dot(b[k], r)
  double spacing[3];    // distance between lattice planes

  Lattice(const double cell[9], const bool periodic[3])
  {
    bool given[3];
    Vector reduced[3];
    int n = 0;
    for (int k = 0; k < 3; k++) {
      a[k] = {cell[3 * k], cell[3 * k + 1], cell[3 * k + 2]};
      given[k] = periodic[k];
      if (given[k] && !(norm(a[k]) > 1e-6))
        throw std::invalid_argument("cell vector " + std::to_string(k) + " is zero but periodic");
      if (given[k]) reduced[n++] = a[k];
    }
    reduce(reduced, n);
    for (int k = 2; k >= 0; k--)
      if (given[k]) a[k] = reduced[--n];
    for (int k = 0; k < 3; k++)
      if (!given[k]) {
        a[k] = independent(given, k);
        given[k] = true;
      }
    const double volume = dot(a[0], cross(a[1], a[2]));
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

/// Atoms with their images.
struct Points {
  std::size_t size = 0;
  std::vector<double> x, y, z;       // Å
  std::vector<std::int32_t> atom;    // of which each is an image

  void resize(std::size_t n)
  {
    x.resize(n);
    y.resize(n);
    z.resize(n);
    atom.resize(n);
  }
  void set(std::size_t k, double px, double py, double pz, std::int32_t i)
  {
    x[k] = px;
    y[k] = py;
    z[k] = pz;
    atom[k] = i;
  }
};

/// Boxes along the Cartesian axes; those of one column, along z, are adjacent.
struct Bins {
  double low[3], width[3], inverse[3];    // Å, Å, 1/Å
  int count[3];
  std::vector<std::size_t> start;    // [bins + 1] first point of each

  /// Bin along direction k of a coordinate; that of the end for one beyond it.
  int along(int k, double r) const
  {
    const double bin = (r - low[k]) * inverse[k];
    return int(std::max(0.0, std::min(bin, double(count[k] - 1))));
  }
  std::size_t column(int x, int y) const { return (std::size_t(x) * count[1] + y) * count[2]; }
  std::size_t total() const { return column(count[0], 0); }
  /// Square of how far r is from bin b along direction k, Å².
  double gap(int k, int b, double r) const
  {
    const double from = low[k] + b * width[k], far = std::max({0.0, from - r, r - from - width[k]});
    return far * far;
  }
};

class Finder {
 public:
  Finder(const double *positions, std::size_t n, const double cell[9], const bool periodic[3], double cutoff,
         NeighbourList &out)
      : n_(n), lattice_(cell, periodic), cutoff_(cutoff), reach_(cutoff * (1 + 1e-9)), out_(out)
  {
    for (int k = 0; k < 3; k++) periodic_[k] = periodic[k];
    wrap(positions);
    add_images();
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
  double cutoff_, reach_;    // Å; the second is a little more, for rounding
  NeighbourList &out_;
  std::vector<double> r_[3];           // wrapped positions
  std::vector<double> fraction_[3];    // fractional coordinates
  double low_[3], high_[3];            // of the positions, Å
  Points images_, sorted_;             // in the order of their making, and of the bins
  std::vector<std::size_t> own_;       // [n] where in `sorted_` the atoms themselves are
  Bins bins_;
  std::size_t found_ = 0;

  void wrap(const double *positions)
  {
    for (int k = 0; k < 3; k++) {
      r_[k].resize(n_);
      fraction_[k].resize(n_);
    }
    for (std::size_t i = 0; i < n_; i++) {
      const Vector given = {positions[3 * i], positions[3 * i + 1], positions[3 * i + 2]};
      Vector p = given;
      for (int k = 0; k < 3; k++) {
        double f = dot(lattice_.b[k], given);
        if (!std::isfinite(f)) throw std::invalid_argument("position of atom " + std::to_string(i) + " is not finite");
        if (periodic_[k]) {
          const double whole = std::floor(f);
          p = {p.x - whole * lattice_.a[k].x, p.y - whole * lattice_.a[k].y, p.z - whole * lattice_.a[k].z};
          f -= whole;
        }
        fraction_[k][i] = f;
      }
      r_[0][i] = p.x;
      r_[1][i] = p.y;
      r_[2][i] = p.z;
    }
    double bins = 1;
    for (int k = 0; k < 3 && n_; k++) {
      const auto ends = std::minmax_element(r_[k].begin(), r_[k].end());
      low_[k] = *ends.first - reach_;
      high_[k] = *ends.second + reach_;
      bins *= (high_[k] - low_[k]) / cutoff_;
    }
    if (bins > 64.0 * double(n_) + 64) close_gaps();
  }

  /// All atoms, then their images within the cutoff of the box and of the slices of the cell that hold atoms.
  void add_images()
  {
    images_.resize(8 * n_ + 64);
    for (std::size_t i = 0; i < n_; i++) images_.set(i, r_[0][i], r_[1][i], r_[2][i], std::int32_t(i));
    images_.size = n_;
    double from[3], to[3];    // fractional coordinates
    double most = double(n_);
    for (int k = 0; k < 3 && n_; k++) {
      const auto ends = std::minmax_element(fraction_[k].begin(), fraction_[k].end());
      from[k] = *ends.first - reach_ / lattice_.spacing[k];
      to[k] = *ends.second + reach_ / lattice_.spacing[k];
      if (periodic_[k]) most *= to[k] - from[k];
    }
    if (!(most < MOST_IMAGES))
      throw std::invalid_argument("the cell is too small for the cutoff: some " + std::to_string(most) + " images");
    for (std::size_t i = 0; i < n_; i++) {
      int first[3] = {0, 0, 0}, last[3] = {0, 0, 0};
      for (int k = 0; k < 3; k++)
        if (periodic_[k]) {
          first[k] = int(std::ceil(from[k] - fraction_[k][i]));
          last[k] = int(std::floor(to[k] - fraction_[k][i]));
        }
      for (int s = first[0]; s <= last[0]; s++)
        for (int t = first[1]; t <= last[1]; t++) add_row(i, s, t, first[2], last[2]);
    }
  }

  /// Images of atom i shifted by s, t and `from` to `to` lattice vectors.
  void add_row(std::size_t i, int s, int t, int from, int to)
  {
    const Vector *a = lattice_.a;
    const double x = r_[0][i] + s * a[0].x + t * a[1].x, y = r_[1][i] + s * a[0].y + t * a[1].y,
                 z = r_[2][i] + s * a[0].z + t * a[1].z;
    std::size_t k = images_.size;
    if (k + (to - from + 1) > images_.x.size()) images_.resize(2 * images_.x.size() + (to - from + 1));
    for (int u = from; u <= to; u++) {
      const double px = x + u * a[2].x, py = y + u * a[2].y, pz = z + u * a[2].z;
      images_.set(k, px, py, pz, std::int32_t(i));
      k += (px > low_[0]) & (px < high_[0]) & (py > low_[1]) & (py < high_[1]) & (pz > low_[2]) & (pz < high_[2]) &
           ((s != 0) | (t != 0) | (u != 0));
    }
    images_.size = k;
  }

  /// Moves parts of a cluster that stand far apart as near to each other as no pair of them notices.
  void close_gaps()
  {
    if (periodic_[0] || periodic_[1] || periodic_[2]) return;
    std::vector<std::size_t> order(n_);
    for (int k = 0; k < 3; k++) {
      for (std::size_t i = 0; i < n_; i++) order[i] = i;
      std::vector<double> &r = r_[k];
      std::sort(order.begin(), order.end(), [&r](std::size_t i, std::size_t j) { return r[i] < r[j]; });
      double shift = 0, before = r[order[0]];
      for (const std::size_t i : order) {
        shift += std::max(0.0, r[i] - before - 2 * reach_);
        before = r[i];
        r[i] -= shift;
      }
      low_[k] = r[order.front()] - reach_;
      high_[k] = r[order.back()] + reach_;
    }
  }

  void sort_into_bins()
  {
    const std::size_t points = images_.size;
    double fraction[3] = {COLUMN, COLUMN, DEPTH};
    for (double most = 8.0 * double(points) + 64, bins = 2 * most; bins > most;) {
      bins = 1;
      for (int k = 0; k < 3; k++) {
        bins_.low[k] = n_ ? low_[k] : 0.0;
        bins_.width[k] = fraction[k] * cutoff_;
        bins_.inverse[k] = 1 / bins_.width[k];
        const double count = n_ ? std::max(1.0, std::ceil((high_[k] - low_[k]) * bins_.inverse[k])) : 1.0;
        bins *= count;
        bins_.count[k] = int(std::min(count, 1e9));
        fraction[k] *= 1.5;    // wider where atoms are sparse
      }
    }
    std::vector<std::int32_t> bin(points);
    bins_.start.assign(bins_.total() + 2, 0);
    for (std::size_t p = 0; p < points; p++) {
      bin[p] = std::int32_t(bins_.column(bins_.along(0, images_.x[p]), bins_.along(1, images_.y[p])) +
                            bins_.along(2, images_.z[p]));
      bins_.start[bin[p] + 2]++;
    }
    for (std::size_t b = 2; b < bins_.start.size(); b++) bins_.start[b] += bins_.start[b - 1];
    sorted_.resize(points);
    own_.resize(n_);
    for (std::size_t p = 0; p < points; p++) {
      const std::size_t slot = bins_.start[bin[p] + 1]++;    // the start of a bin is where the one before ends
      sorted_.set(slot, images_.x[p], images_.y[p], images_.z[p], images_.atom[p]);
      if (p < n_) own_[p] = slot;
    }
  }

  void neighbours_of(std::int32_t i)
  {
    const double r[3] = {r_[0][i], r_[1][i], r_[2][i]};
    const double limit = reach_ * reach_;
    const int x_last = bins_.along(0, r[0] + reach_), y_last = bins_.along(1, r[1] + reach_);
    for (int x = bins_.along(0, r[0] - reach_); x <= x_last; x++) {
      const double left_x = limit - bins_.gap(0, x, r[0]);
      for (int y = bins_.along(1, r[1] - reach_); y <= y_last; y++) {
        const double left = left_x - bins_.gap(1, y, r[1]);
        if (left < 0) continue;
        const double dz = std::sqrt(left);
        const std::size_t column = bins_.column(x, y);
        scan(i, bins_.start[column + bins_.along(2, r[2] - dz)], bins_.start[column + bins_.along(2, r[2] + dz) + 1]);
      }
    }
  }

  /// Appends the neighbours of atom i among some points: every candidate is written, few are kept.
  void scan(std::int32_t i, std::size_t from, std::size_t to)
  {
    const double rx = r_[0][i], ry = r_[1][i], rz = r_[2][i], limit = cutoff_ * cutoff_;
    make_room(found_ + (to - from));
    std::int32_t *const out_j = out_.j.data();
    double *const out_x = out_.x.data(), *const out_y = out_.y.data(), *const out_z = out_.z.data();
    std::size_t k = found_;
    for (std::size_t s = from; s < to; s++) {
      const double x = sorted_.x[s] - rx, y = sorted_.y[s] - ry, z = sorted_.z[s] - rz;
      const double rsq = x * x + y * y + z * z;
      out_j[k] = sorted_.atom[s];
      out_x[k] = x;
      out_y[k] = y;
      out_z[k] = z;
      if (rsq < 1e-12) {
        if (s == own_[i]) continue;
        throw std::invalid_argument("atoms " + std::to_string(i) + " and " + std::to_string(sorted_.atom[s]) +
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
    out_.x.resize(pairs);
    out_.y.resize(pairs);
    out_.z.resize(pairs);
    out_.j.resize(pairs);    // last: its size says that all of them have room
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
