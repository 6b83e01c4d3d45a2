/// Sums of spherical harmonics over distant neighbours, of the distance-weighted Steinhardt order parameter
/// (Huang et al., Chem. Sci. 2018, 9, 8644).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sswnn {

/// Weight of a pair with single-bond length r₀: exp(-(r - r_c) / (2 r_c)) beyond r_c = contact r₀, nothing below `smallest`.
struct PairWeight {
  double contact;     // r_c / r₀
  double bonded;      // up to so many r₀ a neighbour counts as bonded
  double smallest;    // weight
  double range;       // Å
};

struct HarmonicSums {
  std::vector<double> length;          // [degrees, n] |q_l| = (4π/(2l + 1) Σ_m |Σ_j w Y_lm|²)^(1/2) of each atom
  std::vector<std::int32_t> bonded;    // [n] neighbours beyond r_c that are bonded
};

/// @param kinds [n] of atoms   @param bonds [kinds, kinds] r₀, Å   @param degrees l, ascending
/// @throws std::invalid_argument as `find_neighbours`
HarmonicSums harmonic_sums(const double *positions, std::size_t n, const double cell[9], const bool periodic[3],
                           const std::int32_t *kinds, const std::vector<double> &bonds, std::size_t n_kinds,
                           const PairWeight &weight, const std::vector<int> &degrees);

}    // namespace sswnn
