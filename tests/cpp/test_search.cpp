/// The search's inner loops: pairwise energies against the plain sum and their differences, L-BFGS against known minima, sums of
/// harmonics against known values, crystals that are one and crystals that are not.
#include "check.h"

#include "search/crystal_lbfgs.h"
#include "search/lbfgs.h"
#include "search/order.h"
#include "search/pairwise.h"
#include "search/same_crystal.h"

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

/// Minus the slope of the enthalpy along each unknown, where the cell is already deformed; then the quench's end.
static void crystal_stepper()
{
  const std::size_t n = 8;
  const double side = 3.3, pressure = 0.7, h = 1e-5;
  double box[9] = {side, 0.1, 0, 0, side, 0.2, -0.1, 0, side}, virial[9] = {};
  std::vector<double> x, forces(3 * n);
  for (int k = 0; k < 8; k++)
    for (int d = 0; d < 3; d++) x.push_back(side / 2 * (k >> d & 1) + uniform(-0.1, 0.1));
  Pairwise<LennardJones> surface({}, 2.5);
  CrystalLbfgs stepper(x.data(), n, box, pressure, 10, 0.1, 60);
  const double kappa =
      std::sqrt(double(n)) *
      std::cbrt(std::fabs(determinant({box[0], box[1], box[2], box[3], box[4], box[5], box[6], box[7], box[8]})));
  auto enthalpy = [&](const std::vector<double> &unknowns) {
    Matrix f, start;
    std::copy_n(box, 9, start.begin());
    for (int k = 0; k < 9; k++) f[k] = unknowns[3 * n + k] / kappa;
    const Matrix cell_now = product(start, f);
    std::vector<double> now(3 * n), unused(3 * n);
    for (std::size_t k = 0; k < 3 * n; k += 3)
      for (int j = 0; j < 3; j++)
        now[k + j] = unknowns[k] * f[j] + unknowns[k + 1] * f[3 + j] + unknowns[k + 2] * f[6 + j];
    double ignored[9] = {};
    return surface.compute(now.data(), n, cell_now.data(), closed, unused.data(), ignored) +
           pressure * std::fabs(determinant(cell_now));
  };
  double now[9];
  std::vector<double> before;
  for (int step = 0; step < 4; step++) {
    stepper.place(x.data(), now);
    std::fill_n(virial, 9, 0.0);
    surface.compute(x.data(), n, now, closed, forces.data(), virial);
    before = stepper.unknowns();
    CHECK(!stepper.advance(forces.data(), virial, 1e-9, 1e-9));
  }
  double largest = 0;
  for (double f : stepper.forces()) largest = std::max(largest, std::fabs(f));
  CHECK(largest > 0.1);
  for (std::size_t k = 0; k < before.size(); k++) {
    std::vector<double> up = before, down = before;
    up[k] += h;
    down[k] -= h;
    CHECK_NEAR(-(enthalpy(up) - enthalpy(down)) / (2 * h), stepper.forces()[k], 1e-6 * std::max(1.0, largest));
  }
  bool quiet = false;
  for (int step = 0; step < 300 && !quiet; step++) {
    const double height = stepper.place(x.data(), now);
    CHECK(height > 1);
    std::fill_n(virial, 9, 0.0);
    surface.compute(x.data(), n, now, closed, forces.data(), virial);
    quiet = stepper.advance(forces.data(), virial, 1e-4, 1e-4);
  }
  CHECK(quiet);
}

/// One neighbour has |q_l| = w for every l; the octahedron has the published Q4 and Q6 (Steinhardt et al., Phys. Rev. B 1983, 28, 784).
static void harmonics()
{
  const PairWeight weight{0.6, 1.3, 1e-4, 20};
  const std::vector<int> degrees = {0, 1, 4, 6};
  const double pair[6] = {0, 0, 0, 0.9, -1.2, 2.0};    // r = 2.5
  const std::int32_t kinds[7] = {0, 1, 1, 1, 1, 1, 1};
  const double w = std::exp(-(2.5 - 1.2) / 2.4);
  HarmonicSums sums = harmonic_sums(pair, 2, cell, open, kinds, {9, 2, 2, 9}, 2, weight, degrees);
  for (double length : sums.length) CHECK_NEAR(length, w, 1e-14);
  CHECK(sums.bonded[0] == 1 && sums.bonded[1] == 1);
  sums = harmonic_sums(pair, 2, cell, open, kinds, {9, 1.9, 1.9, 9}, 2, weight, degrees);
  CHECK(sums.bonded[0] == 0);
  std::vector<double> octahedron(21, 0.0);
  for (int k = 0; k < 6; k++) octahedron[std::size_t(3 * (k + 1) + k / 2)] = k % 2 ? 2.5 : -2.5;
  sums = harmonic_sums(octahedron.data(), 7, cell, open, kinds, {9, 2, 2, 9}, 2, weight, degrees);
  const double published[4] = {1, 0, 0.7637626158, 0.3535533906};
  for (std::size_t k = 0; k < 4; k++) CHECK_NEAR(sums.length[7 * k] / (6 * w), published[k], 1e-9);
  CHECK(sums.bonded[0] == 6);
}

static void crystals()
{
  const double box[9] = {3, 0, 0, 0.3, 4, 0, 0.2, -0.4, 5}, fractions[9] = {0, 0, 0, 0.5, 0.5, 0.4, 0.2, 0.7, 0.9};
  const std::int32_t kinds[3] = {3, 17, 9};
  const MatchLimits limits{0.2, 5, 0.2};
  const Crystal one{box, fractions, kinds};
  CHECK(same_crystal(one, one, 3, limits) == Match::same);

  // The mirror image with other cell vectors (a, -b, c + a), another origin, another order, atoms in other cells.
  double other_box[9], other_fractions[9];
  const std::int32_t other_kinds[3] = {9, 3, 17};
  const int order[3] = {2, 0, 1};
  for (int d = 0; d < 3; d++) {
    const double sign = d == 1 ? -1 : 1;
    other_box[d] = sign * box[d];
    other_box[3 + d] = -sign * box[3 + d];
    other_box[6 + d] = sign * (box[6 + d] + box[d]);
  }
  for (int k = 0; k < 3; k++) {
    const double *f = fractions + 3 * order[k];
    other_fractions[3 * k] = f[0] - f[2] + 0.31 + k;
    other_fractions[3 * k + 1] = -f[1] + 0.17;
    other_fractions[3 * k + 2] = f[2] - 0.43 - k;
  }
  const Crystal other{other_box, other_fractions, other_kinds};
  CHECK(same_crystal(one, other, 3, {0.6, 40, 0.2}) == Match::same);    // this cell is skew
  CHECK(same_crystal(other, one, 3, {0.6, 40, 0.2}) == Match::same);

  // Displacements: 0.05, 0.2 and 0.5 of the cube root of the volume per atom.
  const Match expected[3] = {Match::same, Match::unsure, Match::different};
  const double unit = std::cbrt(60.0 / 3), share[3] = {0.05, 0.2, 0.5};
  for (int k = 0; k < 3; k++) {
    std::copy_n(fractions, 9, other_fractions);
    other_fractions[8] -= 1.5 * share[k] * unit / 5;    // the best translation takes back a third
    CHECK(same_crystal(one, {box, other_fractions, kinds}, 3, limits) == expected[k]);
  }
  // Strains of 4, 18 and 40 %.
  const double strain[3] = {0.04, 0.18, 0.4};
  for (int k = 0; k < 3; k++) {
    std::copy_n(box, 9, other_box);
    for (double &v : other_box) v *= 1 + strain[k];
    CHECK(same_crystal(one, {other_box, fractions, kinds}, 3, limits) == expected[k]);
  }
  CHECK(same_crystal(one, {box, fractions, other_kinds}, 3, limits) == Match::different);
  const std::int32_t foreign[3] = {3, 17, 35};
  CHECK(same_crystal(one, {box, fractions, foreign}, 3, limits) == Match::different);
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
  crystal_stepper();
  harmonics();
  crystals();
  return finish();
}
