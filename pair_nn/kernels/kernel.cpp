/// One block of centres, from neighbours to energies and gradients. Compiled once per instruction set.
#include "kernels/kernel.h"

#include "kernels/density.h"
#include "kernels/invariants.h"
#include "kernels/network.h"
#include "kernels/simd.h"

namespace sswnn {
namespace SSWNN_ISA {
namespace {

/// Network energies, Eq. (8), added to block.energy; s.feature is replaced by dE/dG; uncertainties, Eq. (10), if asked.
void network(const Tables &t, const BlockView &block, const Scratch &s, bool uncertainty)
{
  const CentreTable &centre = t.centre[block.element];
  const int rows = (block.count + tile_rows - 1) / tile_rows * tile_rows;
  const int plane = block_centres * t.widest;
  const int last = t.hidden_layers - 1, width = centre.hidden[last].outputs;

  const double *input = s.feature;
  int stride = t.features;
  for (int k = 0; k <= last; k++) {
    const LayerTable &layer = centre.hidden[k];
    double *h = s.hidden + k * plane;
    multiply(input, stride, layer.forward, layer.outputs, layer.bias, h, layer.outputs, rows, layer.outputs / lanes,
             layer.inputs);
    activate(h, s.derivative + k * plane, rows * layer.outputs);
    input = h;
    stride = layer.outputs;
  }

  double *g = s.gradient;
  const double *slope = s.derivative + last * plane;
  for (int c = 0; c < rows; c++) {
    vec8 e = fill8(0.0);
    for (int j = 0; j < width; j += lanes) {
      const vec8 w = load8(centre.output + j);
      e += w * load8(input + c * width + j);
      store(g + c * width + j, w * load8(slope + c * width + j));
    }
    if (c < block.count) block.energy[c] += sum(e) + centre.output_bias;
  }

  if (uncertainty) {
    multiply(input, width, centre.factor, t.factor_columns, centre.factor_bias, s.spread, t.factor_columns, rows,
             t.factor_columns / lanes, width);
    for (int c = 0; c < block.count; c++) {
      vec8 square = fill8(0.0);
      for (int j = 0; j < t.factor_columns; j += lanes) {
        const vec8 v = load8(s.spread + c * t.factor_columns + j);
        square += v * v;
      }
      block.uncertainty[c] = centre.uncertainty_scale * __builtin_sqrt(sum(square));
    }
  }

  double *next = s.gradient + plane;
  for (int k = last; k > 0; k--) {
    const LayerTable &layer = centre.hidden[k];
    multiply(g, layer.outputs, layer.backward, layer.inputs, nullptr, next, layer.inputs, rows, layer.inputs / lanes,
             layer.outputs);
    const double *below = s.derivative + (k - 1) * plane;
    for (int i = 0; i < rows * layer.inputs; i += lanes) store(next + i, load8(next + i) * load8(below + i));
    double *swap = g;
    g = next;
    next = swap;
  }
  const LayerTable &layer = centre.hidden[0];
  multiply(g, layer.outputs, layer.backward, layer.inputs, nullptr, s.feature, t.features, rows, layer.inputs / lanes,
           layer.outputs);
}

template <int L> void evaluate(const Tables &t, const BlockView &block, const Scratch &s, bool uncertainty)
{
  constexpr int lm_count = (L + 1) * (L + 1);
  const std::size_t density_size = std::size_t(t.groups) * lm_count * 2 * lanes;
  const std::size_t partial_size = std::size_t(t.groups) * t.runs * lanes;
  for (int c = 0; c < block.count; c++) {
    block.energy[c] = pair_functions(t, block, s, c);
    density<L>(t, block, s, c, s.harmonic);
    invariants<L>(t, s.density + c * density_size, s.partial + c * partial_size, s.feature + c * t.features);
  }
  network(t, block, s, uncertainty);
  for (int c = 0; c < block.count; c++) {
    invariants_backward<L>(t, s.density + c * density_size, s.partial + c * partial_size, s.feature + c * t.features,
                           s.weight);
    pair_gradient<L>(t, block, s, c);
  }
}

}    // namespace

void evaluate_block(const Tables &t, const BlockView &block, const Scratch &s, bool uncertainty)
{
  switch (t.lmax) {
    case 0: return evaluate<0>(t, block, s, uncertainty);
    case 1: return evaluate<1>(t, block, s, uncertainty);
    case 2: return evaluate<2>(t, block, s, uncertainty);
    case 3: return evaluate<3>(t, block, s, uncertainty);
    default: return evaluate<4>(t, block, s, uncertainty);
  }
}

}    // namespace SSWNN_ISA
}    // namespace sswnn
