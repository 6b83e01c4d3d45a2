#include "search/crystal_lbfgs.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace sswnn {
namespace {

/// [n, 3] rows times a matrix.
void rotate(const double *rows, std::size_t n, const Matrix &m, double *out)
{
  for (std::size_t k = 0; k < 3 * n; k += 3)
    for (int j = 0; j < 3; j++) out[k + j] = rows[k] * m[j] + rows[k + 1] * m[3 + j] + rows[k + 2] * m[6 + j];
}

Matrix transposed(const Matrix &a)
{
  return {a[0], a[3], a[6], a[1], a[4], a[7], a[2], a[5], a[8]};
}

}    // namespace

CrystalLbfgs::CrystalLbfgs(const double *positions, std::size_t n, const double cell[9], double pressure,
                           std::size_t memory, double longest, double curvature)
    : n_(n), pressure_(pressure), lbfgs_(n + 3, memory, longest, curvature)
{
  std::copy_n(cell, 9, cell_.begin());
  const double volume = std::fabs(determinant(cell_));
  if (!(volume > 0)) throw std::invalid_argument("the cell has no volume");
  kappa_ = std::sqrt(double(n)) * std::cbrt(volume);
  unknowns_.assign(positions, positions + 3 * n);
  for (int k = 0; k < 9; k++) unknowns_.push_back(k % 4 ? 0.0 : kappa_);
  forces_.resize(unknowns_.size());
}

Matrix CrystalLbfgs::deformation() const
{
  Matrix f;
  for (int k = 0; k < 9; k++) f[k] = unknowns_[3 * n_ + k] / kappa_;
  return f;
}

double CrystalLbfgs::place(double *positions, double *cell) const
{
  const Matrix f = deformation(), box = product(cell_, f), faces = cofactors(box);
  rotate(unknowns_.data(), n_, f, positions);
  std::copy(box.begin(), box.end(), cell);
  double largest = 0;
  for (int k = 0; k < 3; k++) largest = std::max(largest, std::hypot(faces[3 * k], faces[3 * k + 1], faces[3 * k + 2]));
  return std::fabs(determinant(box, faces)) / largest;
}

bool CrystalLbfgs::advance(const double *forces, const double virial[9], double force_tolerance,
                           double stress_tolerance)
{
  const Matrix f = deformation(), inverse = cofactors(f);    // the inverse's transpose, times det F
  const double det = determinant(f, inverse), volume = std::fabs(determinant(cell_) * det);
  Matrix left;    // W + pV
  bool quiet = true;
  for (int k = 0; k < 9; k++) {
    left[k] = virial[k] + (k % 4 ? 0.0 : pressure_ * volume);
    quiet = quiet && std::fabs(left[k]) < stress_tolerance * volume;
  }
  for (std::size_t k = 0; quiet && k < 3 * n_; k += 3)
    quiet = forces[k] * forces[k] + forces[k + 1] * forces[k + 1] + forces[k + 2] * forces[k + 2] <
            force_tolerance * force_tolerance;
  if (quiet) return true;
  rotate(forces, n_, transposed(f), forces_.data());
  const Matrix pull = product(inverse, left);
  for (int k = 0; k < 9; k++) forces_[3 * n_ + k] = -pull[k] / (det * kappa_);
  lbfgs_.advance(unknowns_.data(), forces_.data(), 0.0);
  return false;
}

}    // namespace sswnn
