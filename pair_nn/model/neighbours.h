/// Neighbours under periodic boundaries, for callers without LAMMPS: any cell, triclinic, smaller than the cutoff, clusters.
#pragma once

#include <cstdint>
#include <vector>

namespace sswnn {

struct NeighbourList {
  std::vector<std::size_t>
      first;                      // [n + 1] offsets into the rest, neighbours of one centre adjacent, in a fixed order
  std::vector<std::int32_t> j;    // [pairs]
  std::vector<double> x, y, z;    // [pairs] r_ij = r_j + shift - r_i, Å
};

/// Full list (each pair twice) of all 0 < r < cutoff.
/// @param positions [n, 3] Å, anywhere   @param cell rows are lattice vectors, Å; used only along periodic directions
/// @throws std::invalid_argument for non-finite input, a singular cell, one with too many images, coincident atoms (named), or a
///         cutoff that is not positive
void find_neighbours(const double *positions, std::size_t n, const double cell[9], const bool periodic[3],
                     double cutoff, NeighbourList &list);

}    // namespace sswnn
