/// Lays a model out for the kernels: mixed splines, standardisation folded into the first layer, everything padded to eight lanes.
#include "model/evaluator.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <new>

namespace sswnn {
namespace {

int padded(int n)
{
  return (n + lanes - 1) / lanes * lanes;
}

/// Zeroed 64-byte aligned doubles that only grow.
class Aligned {
 public:
  Aligned() = default;
  explicit Aligned(std::size_t n) { resize(n); }
  Aligned(Aligned &&other) noexcept : data_(other.data_), size_(other.size_) { other.data_ = nullptr, other.size_ = 0; }
  Aligned(const Aligned &) = delete;
  ~Aligned() { std::free(data_); }

  void resize(std::size_t n)
  {
    if (n <= size_) return;
    auto *larger = static_cast<double *>(std::aligned_alloc(64, (n * sizeof(double) + 63) / 64 * 64));
    if (!larger) throw std::bad_alloc();    // and nothing has changed
    std::free(data_);
    data_ = larger;
    size_ = n;
    std::fill(data_, data_ + n, 0.0);
  }
  double *data() { return data_; }
  const double *data() const { return data_; }
  double &operator[](std::size_t i) { return data_[i]; }
  std::size_t bytes() const { return size_ * sizeof(double); }

 private:
  double *data_ = nullptr;
  std::size_t size_ = 0;
};

/// Slot in the kernels' feature layout (kernels/invariants.h) of each invariant in the model's order, Eq. (6).
std::vector<int> feature_slots(const Model &m, int groups)
{
  const int N = m.channels;
  std::vector<int> slots;
  for (int n = 0; n < N; n++) slots.push_back(n);
  int base = groups * lanes;
  for (int l = 1; l <= m.lmax; l++) {
    std::vector<int> start(groups * groups);
    for (int b = 0; b < groups; b++)
      for (int other = b; other < groups; other++) {
        start[b * groups + other] = base;
        base += (b == other ? lanes / 2 + 1 : lanes) * lanes;
      }
    for (int n = 0; n < N; n++)
      for (int k = n; k < N; k++) {
        const int b = n / lanes, other = k / lanes;
        int shift = (k - n + lanes) % lanes, lane = n % lanes;
        if (b == other && shift > lanes / 2) shift = lanes - shift, lane = k % lanes;
        slots.push_back(start[b * groups + other] + shift * lanes + lane);
      }
  }
  for (int c = 0; c < m.couplings; c++)
    for (int n = 0; n < N; n++) slots.push_back(base + c * groups * lanes + n);
  return slots;
}

int feature_count(const Model &m, int groups)
{
  const int per_l = groups * (lanes / 2 + 1) + groups * (groups - 1) / 2 * lanes;
  return lanes * (groups + m.lmax * per_l + m.couplings * groups);
}

}    // namespace

struct Evaluator::Impl {
  Tables tables;
  Scratch scratch;
  KernelFunction kernel;
  std::vector<Aligned> store;    // what the tables point to
  std::vector<CentreTable> centres;
  std::vector<std::vector<LayerTable>> hidden;
  std::vector<int> run_offset;
  std::vector<CouplingRun> run;
  std::vector<CouplingTerm> term;
  Aligned slot_space, centre_space;
  std::size_t slots = 0;

  double *keep(Aligned &&a)
  {
    store.push_back(std::move(a));
    return store.back().data();
  }

  Impl(const Model &m, Isa isa) : kernel(kernel_for(isa))
  {
    tables = Tables{};
    tables.elements = int(m.elements.size());
    tables.lmax = m.lmax;
    tables.groups = padded(m.channels) / lanes;
    tables.intervals = m.intervals;
    tables.couplings = m.couplings;
    tables.hidden_layers = int(m.layers[0].size()) - 1;
    tables.features = feature_count(m, tables.groups);
    tables.cutoff = m.cutoff;
    tables.inverse_width = m.intervals / m.cutoff;
    tables.inner = m.repulsion_inner.data();
    tables.outer = m.repulsion_outer.data();
    tables.largest_outer = *std::max_element(m.repulsion_outer.begin(), m.repulsion_outer.end());
    group_couplings(m);
    mix_splines(m);
    screen_charges(m);
    for (std::size_t z = 0; z < m.elements.size(); z++) lay_out_network(m, z);
    tables.centre = centres.data();
    size_centre_scratch(m);
  }

  /// Terms of each coupling sorted into runs of one first factor, so that the kernel touches it once.
  void group_couplings(const Model &m)
  {
    run_offset.assign(1, 0);
    for (int c = 0; c < m.couplings; c++) {
      std::vector<int> order;
      for (int k = m.coupling_offset[c]; k < m.coupling_offset[c + 1]; k++) order.push_back(k);
      std::stable_sort(order.begin(), order.end(),
                       [&](int a, int b) { return m.coupling_index[3 * a] < m.coupling_index[3 * b]; });
      int previous = -1;
      for (int k : order) {
        const int *i = &m.coupling_index[3 * k], position = int(term.size());
        if (i[0] != previous) run.push_back({i[0], position, position});
        term.push_back({m.coupling_value[k], i[1], i[2]});
        run.back().end = position + 1;
        previous = i[0];
      }
      run_offset.push_back(int(run.size()));
    }
    tables.runs = int(run.size());
    tables.coupling_offset = run_offset.data();
    tables.run = run.data();
    tables.term = term.data();
  }

  void mix_splines(const Model &m)
  {
    const int Z = tables.elements, P = m.radial_functions;
    Aligned table(std::size_t(Z) * Z * tables.groups * m.intervals * 4 * lanes);
    for (int pair = 0; pair < Z * Z; pair++)
      for (int n = 0; n < m.channels; n++)
        for (int k = 0; k < m.intervals * 4; k++) {
          double sum = 0;
          for (int p = 0; p < P; p++)
            sum +=
                m.radial_mixing[(std::size_t(pair) * m.channels + n) * P + p] * m.radial_basis[std::size_t(k) * P + p];
          const std::size_t row = (std::size_t(pair) * tables.groups + n / lanes) * m.intervals * 4 + k;
          table[row * lanes + n % lanes] = sum;
        }
    tables.radial = keep(std::move(table));
  }

  void screen_charges(const Model &m)
  {
    constexpr double coulomb = 14.3996454784255, bohr = 0.529177210903;    // eV Å, Å
    const int Z = tables.elements;
    Aligned charges(Z * Z), screening(Z * Z);
    for (int a = 0; a < Z; a++)
      for (int b = 0; b < Z; b++) {
        const double za = m.atomic_numbers[a], zb = m.atomic_numbers[b];
        charges[a * Z + b] = coulomb * za * zb;
        screening[a * Z + b] = 0.8854 * bohr / (std::pow(za, 0.23) + std::pow(zb, 0.23));
      }
    tables.charges = keep(std::move(charges));
    tables.screening = keep(std::move(screening));
  }

  /// x = (G - μ)/s is absorbed: W' = W/s, β' = β - W μ/s.
  void lay_out_network(const Model &m, std::size_t z)
  {
    const std::vector<int> slots = feature_slots(m, tables.groups);
    const std::vector<Layer> &layers = m.layers[z];
    std::vector<LayerTable> list;
    for (int k = 0; k < tables.hidden_layers; k++) {
      const Layer &layer = layers[k];
      const int inputs = k == 0 ? tables.features : padded(layer.inputs), outputs = padded(layer.outputs);
      Aligned forward(std::size_t(inputs) * outputs), backward(std::size_t(inputs) * outputs), bias(outputs);
      for (int o = 0; o < layer.outputs; o++) {
        double shifted = layer.bias[o];
        for (int i = 0; i < layer.inputs; i++) {
          double w = layer.weight[std::size_t(o) * layer.inputs + i];
          int slot = i;
          if (k == 0) {
            w /= m.scale[z * m.invariants + i];
            shifted -= w * m.mean[z * m.invariants + i];
            slot = slots[i];
          }
          forward[std::size_t(slot) * outputs + o] = w;
          backward[std::size_t(o) * inputs + slot] = w;
        }
        bias[o] = shifted;
      }
      LayerTable t;
      t.inputs = inputs;
      t.outputs = outputs;
      t.forward = keep(std::move(forward));
      t.backward = keep(std::move(backward));
      t.bias = keep(std::move(bias));
      list.push_back(t);
      tables.widest = std::max(tables.widest, outputs);
    }
    hidden.push_back(std::move(list));

    const Layer &last = layers.back();
    const int width = padded(last.inputs), columns = padded(last.inputs + 1), H = last.inputs + 1;
    Aligned output(width), factor(std::size_t(width) * columns), factor_bias(columns);
    for (int i = 0; i < last.inputs; i++) output[i] = last.weight[i];
    const double *M = m.uncertainty_factor.data() + z * H * H;
    for (int row = 0; row < H; row++) {
      for (int i = 0; i < last.inputs; i++) factor[std::size_t(i) * columns + row] = M[row * H + i];
      factor_bias[row] = M[row * H + last.inputs];
    }
    tables.factor_columns = columns;
    CentreTable c;
    c.hidden = hidden.back().data();
    c.output = keep(std::move(output));
    c.output_bias = last.bias[0] + m.atom_energy[z];
    c.factor = keep(std::move(factor));
    c.factor_bias = keep(std::move(factor_bias));
    c.uncertainty_scale = m.uncertainty_scale[z];
    centres.push_back(c);
  }

  void size_centre_scratch(const Model &m)
  {
    const std::size_t lm = std::size_t(m.lmax + 1) * (m.lmax + 1), wide = std::size_t(block_centres) * tables.widest;
    const std::size_t sizes[] = {block_centres * tables.groups * lm * 2 * lanes,
                                 std::size_t(block_centres) * tables.groups * tables.runs * lanes,
                                 std::size_t(block_centres) * tables.features,
                                 tables.hidden_layers * wide,
                                 tables.hidden_layers * wide,
                                 2 * wide,
                                 tables.groups * lm * lanes,
                                 std::size_t(block_centres) * tables.factor_columns};
    double **const pointers[] = {&scratch.density,    &scratch.partial,  &scratch.feature, &scratch.hidden,
                                 &scratch.derivative, &scratch.gradient, &scratch.weight,  &scratch.spread};
    std::size_t total = 0;
    for (std::size_t n : sizes) total += n;
    centre_space.resize(total);
    double *p = centre_space.data();
    for (int i = 0; i < 8; i++) {
      *pointers[i] = p;
      p += sizes[i];
    }
  }

  void size_slot_scratch(std::size_t needed)
  {
    if (needed <= slots) return;
    const std::size_t larger = std::max(needed, slots + slots / 2);
    const std::size_t lm = std::size_t(tables.lmax + 1) * (tables.lmax + 1), wide = tables.groups * lanes;
    slot_space.resize(larger * (3 + 1 + 1 + 2 * wide + lm));
    slots = larger;
    double *p = slot_space.data();
    scratch.unit = p, p += 3 * slots;
    scratch.inverse = p, p += slots;
    scratch.pair_slope = p, p += slots;
    scratch.value = p, p += wide * slots;
    scratch.slope = p, p += wide * slots;
    scratch.harmonic = p;
    scratch.slots = slots;
  }
};

Evaluator::Evaluator(std::shared_ptr<const Model> model) : Evaluator(std::move(model), available_isas().back()) {}

Evaluator::Evaluator(std::shared_ptr<const Model> model, Isa isa)
    : model_(std::move(model)), isa_(isa), impl_(new Impl(*model_, isa))
{
}

Evaluator::~Evaluator() = default;
Evaluator::Evaluator(Evaluator &&) noexcept = default;

void Evaluator::evaluate(Block &block, bool uncertainty)
{
  static_assert(Block::capacity == block_centres, "one block of the caller is one block of the kernels");
  if (block.count == 0) return;
  impl_->size_slot_scratch(block.end());
  const BlockView view = {block.element, block.count,  block.first,      block.neighbours, block.x,
                          block.y,       block.z,      block.element_of, block.gx,         block.gy,
                          block.gz,      block.energy, block.uncertainty};
  impl_->kernel(impl_->tables, view, impl_->scratch, uncertainty);
}

std::size_t Evaluator::memory_usage() const
{
  std::size_t bytes = impl_->slot_space.bytes() + impl_->centre_space.bytes();
  for (const Aligned &a : impl_->store) bytes += a.bytes();
  return bytes;
}

}    // namespace sswnn
