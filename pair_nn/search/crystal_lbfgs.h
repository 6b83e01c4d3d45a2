/// L-BFGS over the atoms and the cell of a crystal together, as a stepper: the caller owns the loop and the surface.
#pragma once

#include <cstddef>
#include <vector>

#include "search/lbfgs.h"
#include "search/matrix.h"

namespace sswnn {

/// Descends the enthalpy E + pV. With F the deformation of the starting cell, r = u F and cell = cell₀ F, the unknowns are u and
/// κ F, with κ = √n V^(1/3), so that a strain counts as much as the displacements it causes; the forces on them are f Fᵀ and
/// -F⁻ᵀ (W + pV) / κ, W = dE/dε.
class CrystalLbfgs {
 public:
  /// @param positions [n, 3] Å   @param cell rows are lattice vectors, Å   @param pressure eV/Å³   the rest as of `Lbfgs`
  /// @throws std::invalid_argument for a cell without volume, and as `Lbfgs`
  CrystalLbfgs(const double *positions, std::size_t n, const double cell[9], double pressure, std::size_t memory,
               double longest, double curvature);

  /// Where the unknowns stand: positions [n, 3] and cell [3, 3], Å. Returns the least distance between opposite faces of the cell.
  double place(double *positions, double *cell) const;

  /// Whether no atom's force (eV/Å) and no component of W/V + p (eV/Å³) reaches its tolerance; moves the unknowns if one does.
  /// @param forces [n, 3] eV/Å and   @param virial W, eV, both at `place`
  /// @throws std::invalid_argument for a force that is not finite
  bool advance(const double *forces, const double virial[9], double force_tolerance, double stress_tolerance);

  /// u and κ F, [n + 3, 3], Å.
  const std::vector<double> &unknowns() const { return unknowns_; }
  /// Forces on the unknowns at the last `advance` that moved them, [n + 3, 3], eV/Å.
  const std::vector<double> &forces() const { return forces_; }

 private:
  Matrix deformation() const;

  std::size_t n_;
  Matrix cell_;
  double pressure_, kappa_;
  Lbfgs lbfgs_;
  std::vector<double> unknowns_, forces_;
};

}    // namespace sswnn
