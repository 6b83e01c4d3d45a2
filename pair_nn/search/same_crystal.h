/// Whether two crystals are one, where that is plain: the sites of one laid onto those of the other by every map of their lattices.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sswnn {

/// A crystal in a reduced cell.
struct Crystal {
  const double *cell;           // [3, 3] rows are lattice vectors
  const double *fractions;      // [n, 3]
  const std::int32_t *kinds;    // [n]
};

/// Limits of what counts as one crystal.
struct MatchLimits {
  double length;    // largest relative difference of lattice lengths
  double angle;     // largest difference of lattice angles, degrees
  double site;      // largest displacement of a site over the cube root of the volume per atom
};

enum class Match { different, same, unsure };

/// `same` if a map of lattice and sites stays within half the limits; `different` if every map exceeds 1.25 of those of the lattice,
/// or leaves a site that meets none of its kind within 1.25 of the limit when it meets its own.
///
/// A map takes the cell of b to vectors of the lattice of a with nearly its lengths and angles, three that span its cell; mirror
/// images count as one. Displacements are those in the mean of the two lattices after the best translation.
/// @param n atoms of each; crystals of other compositions are different
Match same_crystal(const Crystal &a, const Crystal &b, std::size_t n, const MatchLimits &limits);

}    // namespace sswnn
