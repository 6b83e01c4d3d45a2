/// Energy, forces and virial of one structure: neighbours found, environments evaluated, gradients scattered, Eqs. (1) and (2).
#pragma once

#include <cstdint>
#include <vector>

#include "model/block.h"
#include "model/evaluator.h"
#include "model/neighbours.h"

namespace sswnn {

/// Where results go; null pointers are not filled.
struct Results {
  double energy = 0;                // eV
  double virial[9] = {0};           // dE/dε, eV, row = position, column = gradient
  double *energies = nullptr;       // [n] eV
  double *forces = nullptr;         // [n, 3] eV/Å
  double *virials = nullptr;        // [n, 9] eV, of the centre's own energy; they add up to `virial`
  double *uncertainty = nullptr;    // [n] eV/Å
};

/// Work space that one caller keeps between calls.
class StructureEvaluator {
 public:
  explicit StructureEvaluator(Evaluator evaluator) : evaluator_(std::move(evaluator)) {}

  /// @param species [n] element index of each atom   @param positions [n, 3] Å   @param cell rows are lattice vectors, Å
  /// @throws std::invalid_argument naming the atom or the cell
  void compute(const std::int32_t *species, const double *positions, std::size_t n, const double cell[9],
               const bool periodic[3], Results &results);

  const Evaluator &evaluator() const { return evaluator_; }

 private:
  void fill(const std::int32_t *species, std::size_t i);
  void scatter(Results &results);

  Evaluator evaluator_;
  NeighbourList list_;
  Block block_;
  std::int32_t centre_[Block::capacity];
};

}    // namespace sswnn
