/// The search's inner loops: pairwise energies against the plain sum and their differences, L-BFGS against known minima.
#include "check.h"

#include "search/lbfgs.h"
#include "search/pairwise.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <vector>

using namespace sswnn;

static const bool open[3] = {false, false, false}, closed[3] = {true, true, true}, slab[3] = {true, false, true};
static const double cell[9] = {3.1, 0.2, -0.3, 0.4, 2.9, 0.1, -0.2, 0.5, 3.3};

static std::vector<double> random_positions(std::size_t n)
{
  std::vector<double> x;
  while (x.size() < 3 * n) {
    double r[3], nearest = 1e9;
    for (double &v : r) v = uniform(0, 2.6);
    for (std::size_t k = 0; k < x.size(); k += 3)
      nearest = std::min(nearest, std::hypot(x[k] - r[0], x[k + 1] - r[1], x[k + 2] - r[2]));
    if (nearest > 0.8) x.insert(x.end(), r, r + 3);
  }
  return x;
}

template <class Value> static double plain(const std::vector<double> &x, Value value)
{
  double energy = 0;
  for (std::size_t i = 0; i < x.size(); i += 3)
    for (std::size_t j = 0; j < i; j += 3)
      energy += value(std::hypot(x[i] - x[j], x[i + 1] - x[j + 1], x[i + 2] - x[j + 2]));
  return energy;
}

/// Positions and cell under the strain I + h e_ab (r' = r (I + strain)).
static void strained(std::vector<double> &x, double box[9], int a, int b, double h)
{
  for (std::size_t k = 0; k < x.size(); k += 3) x[k + b] += h * x[k + a];
  for (int row = 0; row < 3; row++) box[3 * row + b] += h * box[3 * row + a];
}

template <class Pair> static void derivatives(Pair pair, double cutoff, const bool periodic[3])
{
  const std::size_t n = 6;
  std::vector<double> x = random_positions(n), forces(3 * n), unused(3 * n);
  double virial[9] = {}, ignored[9];
  Pairwise<Pair> surface(pair, cutoff);
  auto energy = [&](const std::vector<double> &r, const double *box) {
    return surface.compute(r.data(), n, box, periodic, unused.data(), ignored);
  };
  surface.compute(x.data(), n, cell, periodic, forces.data(), virial);
  const double h = 1e-5;
  double largest = 0;
  for (double f : forces) largest = std::max(largest, std::fabs(f));
  CHECK(largest > 1);
  for (std::size_t k = 0; k < 3 * n; k++) {
    std::vector<double> up = x, down = x;
    up[k] += h;
    down[k] -= h;
    CHECK_NEAR(-(energy(up, cell) - energy(down, cell)) / (2 * h), forces[k], 1e-6 * largest);
  }
  for (int d = 0; d < 3; d++) {
    double sum = 0;
    for (std::size_t i = 0; i < n; i++) sum += forces[3 * i + d];
    CHECK_NEAR(sum, 0.0, 1e-11 * largest);
  }
  if (cutoff == 0) return;    // no virial is asked of a cluster
  for (int a = 0; a < 3; a++)
    for (int b = 0; b < 3; b++) {
      double values[2];
      for (int side = 0; side < 2; side++) {
        std::vector<double> moved = x;
        double box[9];
        std::copy_n(cell, 9, box);
        strained(moved, box, a, b, side ? h : -h);
        values[side] = energy(moved, box);
      }
      CHECK_NEAR((values[1] - values[0]) / (2 * h), virial[3 * a + b], 1e-6 * largest);
      CHECK_NEAR(virial[3 * a + b], virial[3 * b + a], 1e-11 * largest);
    }
}

static void pair_functions()
{
  double value, slope;
  LennardJones::pair(std::cbrt(2.0), value, slope);
  CHECK_NEAR(value, -1.0, 1e-14);
  CHECK_NEAR(slope, 0.0, 1e-13);
  LennardJones::pair(1.0, value, slope);
  CHECK_NEAR(value, 0.0, 1e-15);
  CHECK_NEAR(slope, -24.0, 1e-13);
  Morse{14}.pair(1.0, value, slope);
  CHECK_NEAR(value, -1.0, 1e-15);
  CHECK_NEAR(slope, 0.0, 1e-13);
}

static void plain_sums()
{
  const std::size_t n = 11;
  std::vector<double> x = random_positions(n), forces(3 * n);
  double virial[9];
  auto lj = [](double r) { return 4 * (std::pow(r, -12) - std::pow(r, -6)); };
  auto morse = [](double r) { return std::exp(6 * (1 - r)) * (std::exp(6 * (1 - r)) - 2); };
  Pairwise<LennardJones> all({}, 0), some({}, 1.5);
  Pairwise<Morse> third({6}, 0);
  const double whole = plain(x, lj);
  CHECK_NEAR(all.compute(x.data(), n, cell, open, forces.data(), virial), whole, 1e-11 * std::fabs(whole));
  const double cut = plain(x, [&](double r) { return r < 1.5 ? lj(r) - lj(1.5) : 0; });
  CHECK_NEAR(some.compute(x.data(), n, cell, open, forces.data(), virial), cut, 1e-11 * std::fabs(cut));
  const double soft = plain(x, morse);
  CHECK_NEAR(third.compute(x.data(), n, cell, open, forces.data(), virial), soft, 1e-11 * std::fabs(soft));
  // An object is used again for another number of atoms.
  double lone[3] = {1, 2, 3};
  CHECK(all.compute(lone, 1, cell, open, forces.data(), virial) == 0.0);
  CHECK(forces[0] == 0.0 && forces[1] == 0.0 && forces[2] == 0.0);
}

static void refused_input()
{
  std::vector<double> x = random_positions(3), forces(9);
  double virial[9];
  CHECK_THROWS(Pairwise<LennardJones>({}, -1.0), std::invalid_argument);
  CHECK_THROWS(Pairwise<LennardJones>({}, std::nan("")), std::invalid_argument);
  Pairwise<LennardJones> surface({}, 0);
  CHECK_THROWS(surface.compute(x.data(), 3, cell, slab, forces.data(), virial), std::invalid_argument);
  CHECK_THROWS(Lbfgs(0, 5, 0.1, 1.0), std::invalid_argument);
  CHECK_THROWS(Lbfgs(3, 0, 0.1, 1.0), std::invalid_argument);
  CHECK_THROWS(Lbfgs(3, 5, 0.0, 1.0), std::invalid_argument);
  CHECK_THROWS(Lbfgs(3, 5, 0.1, -1.0), std::invalid_argument);
  Lbfgs lbfgs(3, 5, 0.1, 1.0);
  for (double bad : {std::nan(""), HUGE_VAL}) {
    std::fill(forces.begin(), forces.end(), 0.1);
    forces[7] = bad;
    const std::vector<double> kept = x;
    CHECK_THROWS(lbfgs.advance(x.data(), forces.data(), 1e-3), std::invalid_argument);
    CHECK(x == kept);
  }
}

/// Steps to the bottom of V = sum c_k x_k^2 / 2 with curvatures from 1 to 1000.
static int steps_in_a_bowl(Lbfgs &lbfgs, std::vector<double> x)
{
  std::vector<double> force(x.size());
  for (int step = 0; step < 500; step++) {
    for (std::size_t k = 0; k < x.size(); k++) force[k] = -std::pow(1000.0, double(k) / double(x.size() - 1)) * x[k];
    if (lbfgs.advance(x.data(), force.data(), 1e-9) < 1e-9) return step;
  }
  return 500;
}

static void bowl()
{
  std::vector<double> x(30);
  for (double &v : x) v = uniform(-1, 1);
  Lbfgs lbfgs(10, 30, 10, 100);
  const int steps = steps_in_a_bowl(lbfgs, x);
  CHECK(steps < 300);    // steepest descent needs ten thousand
  lbfgs.forget();
  CHECK(steps_in_a_bowl(lbfgs, x) == steps);    // nothing is left of the first time
}

/// The first step is force / curvature; none is longer than allowed; below the tolerance nothing moves.
static void step_lengths()
{
  std::vector<double> x(6, 0.0);
  const std::vector<double> force = {0.3, -0.6, 0.6, 0.0, 0.1, 0.0}, strong = {30, -60, 60, 0, 10, 0};
  Lbfgs first(2, 5, 0.5, 10.0);
  CHECK_NEAR(first.advance(x.data(), force.data(), 1e-3), 0.9, 1e-14);
  for (int k = 0; k < 6; k++) CHECK_NEAR(x[k], force[k] / 10, 1e-15);
  Lbfgs second(2, 5, 0.5, 10.0);
  std::fill(x.begin(), x.end(), 0.0);
  second.advance(x.data(), strong.data(), 1e-3);
  CHECK_NEAR(std::hypot(x[0], x[1], x[2]), 0.5, 1e-14);
  CHECK_NEAR(x[4] / x[2], 1.0 / 6, 1e-14);    // the direction is kept
  const std::vector<double> kept = x;
  CHECK_NEAR(second.advance(x.data(), force.data(), 1.0), 0.9, 1e-14);
  CHECK(x == kept);
}

static void icosahedron()
{
  const double golden = (1 + std::sqrt(5.0)) / 2;
  std::vector<double> x = {0, 0, 0};
  for (int k = 0; k < 3; k++)
    for (int a = -1; a <= 1; a += 2)
      for (int b = -1; b <= 1; b += 2) {
        double r[3];
        r[k] = 0, r[(k + 1) % 3] = a, r[(k + 2) % 3] = b * golden;
        for (double v : r) x.push_back(0.56 * v + uniform(-0.03, 0.03));
      }
  Pairwise<LennardJones> surface({}, 0);
  Lbfgs lbfgs(13, 8, 0.1, 60);
  double forces[39], virial[9], energy = 0;
  int steps = 0;
  do energy = surface.compute(x.data(), 13, cell, open, forces, virial);
  while (lbfgs.advance(x.data(), forces, 1e-6) >= 1e-6 && ++steps < 300);
  CHECK(steps < 100);
  CHECK_NEAR(energy, -44.326801, 1e-6);    // Cambridge Cluster Database
}

int main()
{
  pair_functions();
  plain_sums();
  for (const bool *periodic : {open, closed, slab}) {
    derivatives(LennardJones{}, 2.7, periodic);
    derivatives(Morse{6}, 2.7, periodic);
  }
  derivatives(LennardJones{}, 0, open);
  derivatives(Morse{6}, 0, open);
  refused_input();
  bowl();
  step_lengths();
  icosahedron();
  return finish();
}
