/// The plain data that a kernel reads and writes, and its entry point in each instruction set. Owns nothing, allocates nothing.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sswnn {

constexpr int lanes = 8;    // channels of one group, neighbours of one step
constexpr int highest_lmax = 4;
constexpr int block_centres = 16;

/// One dense layer, both dimensions padded with zeros to multiples of eight.
struct LayerTable {
  int inputs, outputs;
  const double *forward;     // [inputs][outputs]
  const double *backward;    // [outputs][inputs]
  const double *bias;        // [outputs]
};

/// Everything about the element of the centres. The last layer is a vector.
struct CentreTable {
  const LayerTable *hidden;
  const double *output;                  // [last width, padded]
  double output_bias;                    // network bias + E0, eV
  const double *factor, *factor_bias;    // Eq. (10): M transposed [last width, padded][padded H + 1], its last column
  double uncertainty_scale;
};

/// K A_b A_d of Eq. (6), times the first factor of its run.
struct CouplingTerm {
  double value;
  int second, third;
};

/// Terms begin ... end-1 share their first factor.
struct CouplingRun {
  int first, begin, end;
};

struct Tables {
  int elements, lmax, groups, intervals, couplings, hidden_layers;
  int features;          // padded length of the invariant vector
  int widest;            // widest padded hidden layer
  int factor_columns;    // padded H + 1
  double cutoff, inverse_width, largest_outer;
  const double *radial;                 // [centre][neighbour][group][interval][4][8]
  const double *charges, *screening;    // [Z][Z] of Eq. (9)
  const double *inner, *outer;          // [Z][Z] Å
  int runs;
  const int *coupling_offset;    // [couplings + 1] into the runs
  const CouplingRun *run;
  const CouplingTerm *term;
  const CentreTable *centre;    // [Z]
};

/// Neighbour slots of up to block_centres centres, each centre's slots starting at a multiple of eight.
struct BlockView {
  int element, count;
  const std::size_t *first;
  const int *neighbours;
  const double *x, *y, *z;
  const std::int32_t *element_of;
  double *gx, *gy, *gz;
  double *energy, *uncertainty;
};

/// Work space: per slot `slots` long where marked [s], else per centre; 64-byte aligned.
struct Scratch {
  double *unit;          // [3][s]
  double *inverse;       // [s] 1/r
  double *pair_slope;    // [s] slope of the core repulsion
  double *value;         // [s][groups][8] R_n
  double *slope;         // [s][groups][8] dR_n/dr
  double *density;       // [centres][groups][lm][16] A, each vector twice in a row
  double *partial;       // [centres][groups][runs][8] S_a of the couplings
  double *feature;       // [centres][features]; after the network its gradient
  double *hidden;        // [hidden_layers][centres][widest]
  double *derivative;    // [hidden_layers][centres][widest]
  double *gradient;      // [2][centres][widest]
  double *harmonic;      // [s][lm] of one centre
  double *weight;        // [groups][lm][8] dE/dA of one centre
  double *spread;        // [centres][factor_columns]
  std::size_t slots;
};

using KernelFunction = void (*)(const Tables &, const BlockView &, const Scratch &, bool uncertainty);

namespace baseline {
void evaluate_block(const Tables &, const BlockView &, const Scratch &, bool);
}
namespace avx2 {
void evaluate_block(const Tables &, const BlockView &, const Scratch &, bool);
}
namespace avx512 {
void evaluate_block(const Tables &, const BlockView &, const Scratch &, bool);
}

}    // namespace sswnn
