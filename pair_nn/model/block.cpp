#include "model/block.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace sswnn {
namespace {
constexpr std::size_t lanes = 8, alignment = 64;
constexpr std::size_t bytes_per_slot = 6 * sizeof(double) + 2 * sizeof(std::int32_t);
}    // namespace

Block::~Block()
{
  std::free(storage_);
}

void Block::start(int element_index)
{
  element = element_index;
  count = 0;
  first[0] = 0;
}

void Block::reserve(std::size_t more)
{
  const std::size_t needed = (end() + more + lanes - 1) / lanes * lanes + lanes;
  if (needed <= slots_) return;
  const std::size_t slots = std::max(needed, 2 * slots_);
  void *storage = std::aligned_alloc(alignment, (slots * bytes_per_slot + alignment - 1) / alignment * alignment);
  if (!storage) throw std::bad_alloc();
  double *d = static_cast<double *>(storage);
  double **const reals[] = {&x, &y, &z, &gx, &gy, &gz};
  for (double **array : reals) {
    if (slots_) std::memcpy(d, *array, end() * sizeof(double));
    *array = d;
    d += slots;
  }
  std::int32_t *i = reinterpret_cast<std::int32_t *>(d);
  std::int32_t **const integers[] = {&element_of, &tag};
  for (std::int32_t **array : integers) {
    if (slots_) std::memcpy(i, *array, end() * sizeof(std::int32_t));
    *array = i;
    i += slots;
  }
  std::free(storage_);
  storage_ = storage;
  slots_ = slots;
}

void Block::close_centre(std::size_t last)
{
  const std::size_t begin = end(), padded = begin + (last - begin + lanes - 1) / lanes * lanes;
  for (std::size_t k = last; k < padded; k++) {
    x[k] = 1;
    y[k] = z[k] = 0;
    element_of[k] = tag[k] = 0;
  }
  neighbours[count] = int(last - begin);
  first[++count] = padded;
}

std::size_t Block::memory_usage() const
{
  return slots_ * bytes_per_slot;
}

}    // namespace sswnn
