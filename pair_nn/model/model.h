/// The immutable parameters of one potential, as docs/model_format.md defines them, validated.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace sswnn {

/// A model file or buffer that is not a valid model; the message names the part and the value.
class ModelError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Layer {
  int inputs = 0, outputs = 0;
  std::vector<double> weight;    // [outputs, inputs]
  std::vector<double> bias;      // [outputs]
};

struct Model {
  std::vector<std::string> elements;
  std::vector<int> atomic_numbers;
  double cutoff = 0;    // Å
  int lmax = 0, channels = 0, intervals = 0, radial_functions = 0, couplings = 0, invariants = 0;

  std::vector<double> atom_energy;                         // [Z]
  std::vector<double> radial_basis;                        // [I, 4, P]
  std::vector<double> radial_mixing;                       // [Z, Z, N, P]
  std::vector<int> coupling_offset;                        // [Q+1]
  std::vector<int> coupling_index;                         // [T, 3]
  std::vector<double> coupling_value;                      // [T]
  std::vector<double> mean, scale;                         // [Z, F]
  std::vector<std::vector<Layer>> layers;                  // [Z][hidden + 1]
  std::vector<double> repulsion_inner, repulsion_outer;    // [Z, Z]
  std::vector<double> uncertainty_factor;                  // [Z, H+1, H+1]
  std::vector<double> uncertainty_scale;                   // [Z]

  std::string metadata;    // the JSON text of `sswnn`

  int element_index(const std::string &symbol) const;    // -1 if absent
};

/// @throws ModelError
std::shared_ptr<const Model> parse_model(const char *bytes, std::size_t size);
/// Reads and parses. @throws ModelError, with the path in the message
std::shared_ptr<const Model> read_model(const std::string &path);
/// The bytes of a file, at most the format's limit. @throws ModelError, with the path in the message
std::string read_model_bytes(const std::string &path);

}    // namespace sswnn
