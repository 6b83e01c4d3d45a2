/// A few centres of one element with their neighbours, structure of arrays, padded for the vector kernels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sswnn {

/// Usage, per block:
///
///     block.start(element);                          // element index of every centre, 0 ... Z-1
///     while (... && !block.full()) {                 // per centre
///       block.reserve(candidates);                   // room for that many more neighbours
///       std::size_t k = block.end();
///       for (...) { block.x[k] = dx; block.y[k] = dy; block.z[k] = dz; block.element_of[k] = zj; block.tag[k] = j;
///                   k += (rsq < cutoff*cutoff); }    // branch-free compaction is allowed
///       block.close_centre(k);
///     }
///     evaluator.evaluate(block);
///     for c in 0..count: energy[c]; neighbours first[c] ... first[c] + neighbours[c]: tag, gx, gy, gz
///
/// Only neighbours with 0 < r < cutoff may be entered. Slots between a centre's last neighbour and the next multiple of 8 are padding.
class Block {
 public:
  static constexpr int capacity = 16;

  int element = 0;
  int count = 0;
  std::size_t first[capacity + 1] = {0};
  int neighbours[capacity] = {0};

  // per neighbour slot
  double *x = nullptr, *y = nullptr, *z = nullptr;       // r_ij = r_j - r_i, Å
  std::int32_t *element_of = nullptr;                    // element index of the neighbour
  std::int32_t *tag = nullptr;                           // the caller's own, untouched here
  double *gx = nullptr, *gy = nullptr, *gz = nullptr;    // out: ∂e_i/∂r_ij, eV/Å

  // out, per centre
  double energy[capacity];         // eV
  double uncertainty[capacity];    // eV/Å

  Block() = default;
  Block(const Block &) = delete;
  Block &operator=(const Block &) = delete;
  ~Block();

  void start(int element_index);
  bool full() const { return count == capacity; }
  std::size_t end() const { return first[count]; }
  /// Room for `more` neighbours after end(); keeps what is there. Pointers may change.
  void reserve(std::size_t more);
  /// Ends the current centre; its neighbours are the slots end() ... last-1.
  void close_centre(std::size_t last);
  std::size_t memory_usage() const;

 private:
  std::size_t slots_ = 0;
  void *storage_ = nullptr;
};

}    // namespace sswnn
