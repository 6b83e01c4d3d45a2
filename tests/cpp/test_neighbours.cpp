/// Neighbour lists of any cell against the plain definition: all images within a box that surely holds the cutoff.
#include "check.h"

#include "model/neighbours.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <vector>

using namespace sswnn;

using Pair = std::array<double, 4>;    // j, then r_ij rounded

static Pair rounded(std::int32_t j, double x, double y, double z)
{
  const double scale = 1e8;
  return {double(j), std::round(x * scale), std::round(y * scale), std::round(z * scale)};
}

static std::vector<Pair> plain(const std::vector<double> &positions, const double cell[9], const bool periodic[3],
                               double cutoff, std::size_t i)
{
  std::vector<Pair> pairs;
  const int reach = 8;
  const int na = periodic[0] ? reach : 0, nb = periodic[1] ? reach : 0, nc = periodic[2] ? reach : 0;
  for (std::size_t j = 0; 3 * j < positions.size(); j++)
    for (int a = -na; a <= na; a++)
      for (int b = -nb; b <= nb; b++)
        for (int c = -nc; c <= nc; c++) {
          double r[3], rsq = 0.0;
          for (int d = 0; d < 3; d++) {
            r[d] = positions[3 * j + d] - positions[3 * i + d] + a * cell[d] + b * cell[3 + d] + c * cell[6 + d];
            rsq += r[d] * r[d];
          }
          if (rsq < cutoff * cutoff && rsq > 0.0) pairs.push_back(rounded(std::int32_t(j), r[0], r[1], r[2]));
        }
  std::sort(pairs.begin(), pairs.end());
  return pairs;
}

static void random_cell(double length, double skew, std::size_t n, double cutoff)
{
  double cell[9];
  for (int d = 0; d < 9; d++) cell[d] = (d % 4 == 0 ? length : 0.0) + uniform(-skew, skew) * length;
  std::vector<double> positions(3 * n);
  for (double &x : positions) x = uniform(-1.5, 2.5) * length;
  for (int mask = 0; mask < 8; mask++) {
    const bool periodic[3] = {(mask & 1) != 0, (mask & 2) != 0, (mask & 4) != 0};
    NeighbourList list;
    find_neighbours(positions.data(), n, cell, periodic, cutoff, list);
    CHECK(list.first.size() == n + 1 && list.first[n] == list.j.size());
    for (std::size_t i = 0; i < n; i++) {
      std::vector<Pair> pairs;
      for (std::size_t k = list.first[i]; k < list.first[i + 1]; k++)
        pairs.push_back(rounded(list.j[k], list.x[k], list.y[k], list.z[k]));
      std::sort(pairs.begin(), pairs.end());
      const auto expected = plain(positions, cell, periodic, cutoff, i);
      CHECK(pairs.size() == expected.size());
      for (std::size_t k = 0; k < std::min(pairs.size(), expected.size()); k++)
        for (int d = 0; d < 4; d++) CHECK_NEAR(pairs[k][d], expected[k][d], 1.0);
    }
  }
}

static void refused_input()
{
  const double cell[9] = {5, 0, 0, 0, 5, 0, 0, 0, 5}, flat[9] = {5, 0, 0, 0, 5, 0, 5, 5, 0};
  const bool periodic[3] = {true, true, true};
  const double good[6] = {0, 0, 0, 1, 2, 3}, coincident[6] = {1, 1, 1, 1, 1, 1}, nan[6] = {0, 0, 0, std::nan(""), 0, 0};
  NeighbourList list;
  CHECK_THROWS(find_neighbours(good, 2, flat, periodic, 4.0, list), std::invalid_argument);
  CHECK_THROWS(find_neighbours(good, 2, cell, periodic, 0.0, list), std::invalid_argument);
  CHECK_THROWS(find_neighbours(nan, 2, cell, periodic, 4.0, list), std::invalid_argument);
  CHECK_THROWS(find_neighbours(coincident, 2, cell, periodic, 4.0, list), std::invalid_argument);
}

int main()
{
  for (double length : {1.9, 4.0, 9.0, 14.0})
    for (double skew : {0.0, 0.1, 0.3}) random_cell(length, skew, 5, 4.0);
  refused_input();
  return finish();
}
