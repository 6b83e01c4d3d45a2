#include "model/structure.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace sswnn {

void StructureEvaluator::fill(const std::int32_t *species, std::size_t i)
{
  const std::size_t from = list_.first[i], more = list_.first[i + 1] - from;
  block_.reserve(more);
  const std::size_t k = block_.end();
  std::copy_n(list_.x.data() + from, more, block_.x + k);
  std::copy_n(list_.y.data() + from, more, block_.y + k);
  std::copy_n(list_.z.data() + from, more, block_.z + k);
  std::copy_n(list_.j.data() + from, more, block_.tag + k);
  for (std::size_t p = 0; p < more; p++) block_.element_of[k + p] = species[list_.j[from + p]];
  centre_[block_.count] = std::int32_t(i);
  block_.close_centre(k + more);
}

void StructureEvaluator::scatter(Results &results)
{
  for (int c = 0; c < block_.count; c++) {
    const std::int32_t i = centre_[c];
    results.energy += block_.energy[c];
    if (results.energies) results.energies[i] = block_.energy[c];
    if (results.uncertainty) results.uncertainty[i] = block_.uncertainty[c];
    double total[3] = {0, 0, 0}, virial[9] = {0};
    for (std::size_t k = block_.first[c]; k < block_.first[c] + block_.neighbours[c]; k++) {
      const double r[3] = {block_.x[k], block_.y[k], block_.z[k]}, g[3] = {block_.gx[k], block_.gy[k], block_.gz[k]};
      double *force = results.forces + 3 * std::size_t(block_.tag[k]);
      for (int a = 0; a < 3; a++) {
        total[a] += g[a];
        force[a] -= g[a];
        for (int b = 0; b < 3; b++) virial[3 * a + b] += r[a] * g[b];
      }
    }
    for (int a = 0; a < 3; a++) results.forces[3 * std::size_t(i) + a] += total[a];
    for (int k = 0; k < 9; k++) results.virial[k] += virial[k];
    if (results.virials) std::copy_n(virial, 9, results.virials + 9 * std::size_t(i));
  }
}

void StructureEvaluator::compute(const std::int32_t *species, const double *positions, std::size_t n,
                                 const double cell[9], const bool periodic[3], Results &results)
{
  const int elements = int(evaluator_.model().elements.size());
  for (std::size_t i = 0; i < n; i++)
    if (species[i] < 0 || species[i] >= elements)
      throw std::invalid_argument("species of atom " + std::to_string(i) + " is " + std::to_string(species[i]) +
                                  ", the model has elements 0 ... " + std::to_string(elements - 1));
  find_neighbours(positions, n, cell, periodic, evaluator_.model().cutoff, list_);
  results.energy = 0;
  std::fill_n(results.virial, 9, 0.0);
  std::fill_n(results.forces, 3 * n, 0.0);
  for (int element = 0; element < elements; element++) {
    block_.start(element);
    auto flush = [&] {
      evaluator_.evaluate(block_, results.uncertainty != nullptr);
      scatter(results);
      block_.start(element);
    };
    for (std::size_t i = 0; i < n; i++) {
      if (species[i] != element) continue;
      fill(species, i);
      if (block_.full()) flush();
    }
    if (block_.count) flush();
  }
}

}    // namespace sswnn
