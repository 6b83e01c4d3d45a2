#include "search/same_crystal.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "search/matrix.h"

namespace sswnn {
namespace {

constexpr double well_inside = 0.5, well_outside = 1.25;
constexpr double degree = 0.017453292519943295;

using Triple = std::array<double, 3>;

double dot(const double *a, const double *b)
{
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

Triple angles(const Triple &lengths, const double *a, const double *b, const double *c)
{
  auto between = [](double cosine) { return std::acos(std::clamp(cosine, -1.0, 1.0)) / degree; };
  return {between(dot(b, c) / (lengths[1] * lengths[2])), between(dot(a, c) / (lengths[0] * lengths[2])),
          between(dot(a, b) / (lengths[0] * lengths[1]))};
}

struct LatticeVector {
  Triple indices, vector;
  double length;
};

/// Three vectors of the lattice of a that stand for the cell vectors of b.
struct LatticeMap {
  Matrix indices;      // rows in units of a's cell vectors, determinant 1 or -1
  Matrix metric;       // of the mean of both lattices
  double deviation;    // largest of lengths and angles, in units of the limits
};

/// Maps of one lattice onto the cell of another, the closest first.
class LatticeMaps {
 public:
  LatticeMaps(const double *from, const double *onto, const MatchLimits &limits) : limits_(limits)
  {
    std::copy_n(from, 9, from_.begin());
    for (int k = 0; k < 3; k++) lengths_[k] = std::sqrt(dot(onto + 3 * k, onto + 3 * k));
    angles_ = angles(lengths_, onto, onto + 3, onto + 6);
    for (int k = 0; k < 3; k++) candidates_[k] = of_length(lengths_[k]);
    for (const LatticeVector &a : candidates_[0])
      for (const LatticeVector &b : candidates_[1]) {
        if (!close(a, b, 2)) continue;
        for (const LatticeVector &c : candidates_[2])
          if (close(a, c, 1) && close(b, c, 0)) add(a, b, c);
      }
    std::stable_sort(maps.begin(), maps.end(),
                     [](const LatticeMap &x, const LatticeMap &y) { return x.deviation < y.deviation; });
  }

  std::vector<LatticeMap> maps;

 private:
  std::vector<LatticeVector> of_length(double length) const
  {
    const double longest = length * (1 + well_outside * limits_.length);
    const double shortest = length / (1 + well_outside * limits_.length);
    const Matrix faces = cofactors(from_);
    const double volume = std::fabs(determinant(from_, faces));
    int reach[3];
    for (int k = 0; k < 3; k++) reach[k] = int(longest * std::sqrt(dot(&faces[3 * k], &faces[3 * k])) / volume);
    std::vector<LatticeVector> found;
    for (int i = -reach[0]; i <= reach[0]; i++)
      for (int j = -reach[1]; j <= reach[1]; j++)
        for (int k = -reach[2]; k <= reach[2]; k++) {
          LatticeVector v{{double(i), double(j), double(k)}, {}, 0};
          for (int c = 0; c < 3; c++) v.vector[c] = i * from_[c] + j * from_[3 + c] + k * from_[6 + c];
          v.length = std::sqrt(dot(v.vector.data(), v.vector.data()));
          if (v.length > shortest && v.length < longest) found.push_back(v);
        }
    return found;
  }

  /// Whether the angle of two vectors is near the k-th of the cell.
  bool close(const LatticeVector &a, const LatticeVector &b, int k) const
  {
    const double cosine = dot(a.vector.data(), b.vector.data()) / (a.length * b.length);
    const double low = std::min(180.0, angles_[k] + well_outside * limits_.angle);
    const double high = std::max(0.0, angles_[k] - well_outside * limits_.angle);
    return cosine >= std::cos(low * degree) && cosine <= std::cos(high * degree);
  }

  void add(const LatticeVector &a, const LatticeVector &b, const LatticeVector &c)
  {
    LatticeMap map;
    for (int k = 0; k < 3; k++) {
      map.indices[k] = a.indices[k];
      map.indices[3 + k] = b.indices[k];
      map.indices[6 + k] = c.indices[k];
    }
    if (std::fabs(std::fabs(determinant(map.indices)) - 1) > 0.5) return;
    const Triple lengths = {a.length, b.length, c.length};
    const Triple found = angles(lengths, a.vector.data(), b.vector.data(), c.vector.data());
    Triple mean, cosines;
    map.deviation = 0;
    for (int k = 0; k < 3; k++) {
      const double ratio = std::max(lengths[k] / lengths_[k], lengths_[k] / lengths[k]) - 1;
      map.deviation =
          std::max({map.deviation, ratio / limits_.length, std::fabs(found[k] - angles_[k]) / limits_.angle});
      mean[k] = (lengths[k] + lengths_[k]) / 2;
      cosines[k] = std::cos((found[k] + angles_[k]) / 2 * degree);
    }
    for (int i = 0; i < 3; i++)
      for (int j = 0; j < 3; j++) map.metric[3 * i + j] = mean[i] * mean[j] * (i == j ? 1 : cosines[3 - i - j]);
    maps.push_back(map);
  }

  Matrix from_;
  MatchLimits limits_;
  Triple lengths_, angles_;
  std::vector<LatticeVector> candidates_[3];
};

/// The sites of two crystals in the cell of the second.
class Sites {
 public:
  Sites(const Crystal &a, const Crystal &b, std::size_t n) : a_(a), b_(b), n_(n), mapped_(3 * n), taken_(n), step_(n) {}

  /// a's sites in the basis that a map gives them.
  void map(const LatticeMap &map)
  {
    map_ = &map;
    Matrix inverse = cofactors(map.indices);    // transposed, times the determinant
    const double det = determinant(map.indices, inverse);
    for (std::size_t k = 0; k < 3 * n_; k += 3)
      for (int j = 0; j < 3; j++) mapped_[k + j] = dot(a_.fractions + k, &inverse[3 * j]) / det;
  }

  double unit() const { return std::cbrt(std::sqrt(std::fabs(determinant(map_->metric))) / double(n_)); }

  /// Largest displacement after the best translation near that which brings site q of b onto site p of a; infinite if a site
  /// of b has no site of its kind within twice `limit` then. `one_to_one` says whether no two have the same nearest one.
  double displacement(std::size_t p, std::size_t q, double limit, bool &one_to_one)
  {
    Triple shift, mean = {};
    for (int c = 0; c < 3; c++) shift[c] = mapped_[3 * p + c] - b_.fractions[3 * q + c];
    std::fill(taken_.begin(), taken_.end(), 0);
    one_to_one = true;
    for (std::size_t k = 0; k < n_; k++) {
      const std::size_t nearest = nearest_to(k, shift, 4 * limit * limit);
      if (nearest == n_) return HUGE_VAL;
      one_to_one = one_to_one && !taken_[nearest];
      taken_[nearest] = 1;
      for (int c = 0; c < 3; c++) mean[c] += step_[k][c] / double(n_);
    }
    double largest = 0;
    for (const Triple &s : step_) largest = std::max(largest, square({s[0] - mean[0], s[1] - mean[1], s[2] - mean[2]}));
    return std::sqrt(largest);
  }

 private:
  double square(const Triple &f) const
  {
    const Matrix &g = map_->metric;
    return f[0] * (g[0] * f[0] + 2 * (g[1] * f[1] + g[2] * f[2])) + f[1] * (g[4] * f[1] + 2 * g[5] * f[2]) +
           g[8] * f[2] * f[2];
  }

  /// Site of a nearest to a shifted site of b, n if none is within the limit; `step_` keeps the way there.
  std::size_t nearest_to(std::size_t k, const Triple &shift, double limit)
  {
    std::size_t nearest = n_;
    for (std::size_t j = 0; j < n_; j++) {
      if (a_.kinds[j] != b_.kinds[k]) continue;
      Triple d;
      for (int c = 0; c < 3; c++) {
        d[c] = mapped_[3 * j + c] - b_.fractions[3 * k + c] - shift[c];
        d[c] -= std::floor(d[c] + 0.5);
      }
      for (int x = -1; x <= 1; x++)
        for (int y = -1; y <= 1; y++)
          for (int z = -1; z <= 1; z++) {
            const Triple image = {d[0] + x, d[1] + y, d[2] + z};
            const double s = square(image);
            if (s < limit) {
              limit = s;
              nearest = j;
              step_[k] = image;
            }
          }
    }
    return nearest;
  }

  const Crystal &a_, &b_;
  std::size_t n_;
  const LatticeMap *map_ = nullptr;
  std::vector<double> mapped_;
  std::vector<char> taken_;
  std::vector<Triple> step_;
};

bool same_composition(const Crystal &a, const Crystal &b, std::size_t n)
{
  std::vector<std::int32_t> one(a.kinds, a.kinds + n), other(b.kinds, b.kinds + n);
  std::sort(one.begin(), one.end());
  std::sort(other.begin(), other.end());
  return one == other;
}

/// A site of the kind with the fewest.
std::size_t rarest(const Crystal &crystal, std::size_t n)
{
  std::size_t best = 0, fewest = n + 1;
  for (std::size_t k = 0; k < n; k++) {
    const std::size_t count = std::size_t(std::count(crystal.kinds, crystal.kinds + n, crystal.kinds[k]));
    if (count < fewest) {
      fewest = count;
      best = k;
    }
  }
  return best;
}

/// The answer of the maps of a's lattice onto the cell of b.
Match one_way(const Crystal &a, const Crystal &b, std::size_t n, const MatchLimits &limits)
{
  const LatticeMaps lattice(a.cell, b.cell, limits);
  const std::size_t anchor = rarest(b, n);
  Sites sites(a, b, n);
  Match verdict = Match::different;
  for (const LatticeMap &map : lattice.maps) {
    sites.map(map);
    const double limit = limits.site * sites.unit();
    for (std::size_t p = 0; p < n; p++) {
      if (a.kinds[p] != b.kinds[anchor]) continue;
      bool one_to_one;
      const double displacement = sites.displacement(p, anchor, well_outside * limit, one_to_one);
      if (one_to_one && displacement < well_inside * limit && map.deviation < well_inside) return Match::same;
      if (displacement < HUGE_VAL) verdict = Match::unsure;
    }
  }
  return verdict;
}

}    // namespace

Match same_crystal(const Crystal &a, const Crystal &b, std::size_t n, const MatchLimits &limits)
{
  if (!same_composition(a, b, n)) return Match::different;
  const Match first = one_way(a, b, n, limits);
  if (first == Match::same) return first;
  const Match second = one_way(b, a, n, limits);
  return second == Match::different ? first : second;
}

}    // namespace sswnn
