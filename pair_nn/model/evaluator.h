/// Energies and gradients of blocks of atomic environments.
///
/// The evaluator knows no neighbour list, no periodic cell and no ranks: a caller (pair style, Python calculator) fills a Block
/// with the neighbours of a few centres of one element, and reads back per-centre energies and per-neighbour gradients.
#pragma once

#include <memory>

#include "model/block.h"
#include "model/isa.h"
#include "model/model.h"

namespace sswnn {

class Evaluator {
 public:
  explicit Evaluator(std::shared_ptr<const Model> model);
  Evaluator(std::shared_ptr<const Model> model, Isa isa);
  ~Evaluator();
  Evaluator(Evaluator &&) noexcept;

  /// Energies (eV) of the block's centres and gradients ∂e_i/∂r_ij (eV/Å) of its neighbours, Eqs. (1)-(9);
  /// with `uncertainty` also σ_i, Eq. (10). Allocates only when a block is larger than all before it.
  void evaluate(Block &block, bool uncertainty = false);

  const Model &model() const { return *model_; }
  Isa isa() const { return isa_; }
  /// Bytes held by tables and scratch.
  std::size_t memory_usage() const;

 private:
  struct Impl;
  std::shared_ptr<const Model> model_;
  Isa isa_;
  std::unique_ptr<Impl> impl_;
};

}    // namespace sswnn
