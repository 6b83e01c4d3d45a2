/// From the bytes of a model file (docs/model_format.md) to a Model: everything is checked, everything wrong is named.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <algorithm>
#include <fstream>
#include <map>

#include "model/elements.h"
#include "model/json.h"
#include "model/model.h"
#include "model/sha256.h"

namespace sswnn {
namespace {

using json::Value;
using Kind = json::Value::Kind;
using Shape = std::vector<std::size_t>;

constexpr std::size_t largest_file = std::size_t(256) << 20;
constexpr std::size_t largest_header = std::size_t(16) << 20;

[[noreturn]] void fail(const std::string &what)
{
  throw ModelError(what);
}

std::string text(const Shape &shape)
{
  std::string s = "[";
  for (std::size_t i = 0; i < shape.size(); i++) s += (i ? ", " : "") + std::to_string(shape[i]);
  return s + "]";
}

/// A finite whole number in [least, most].
long whole(const Value *v, const std::string &name, double least, double most)
{
  if (!v || v->kind != Kind::number) fail("'" + name + "' is missing or not a number");
  const double a = v->number;
  if (!(a >= least && a <= most) || a != std::floor(a)) {
    char value[40];
    std::snprintf(value, sizeof value, "%g", a);
    char range[80];
    std::snprintf(range, sizeof range, "%.0f ... %.0f", least, most);
    fail("'" + name + "' is " + value + ", allowed are whole numbers " + range);
  }
  return long(a);
}

struct Tensor {
  bool real;
  Shape shape;
  const char *data;
  std::size_t count;
};

/// The container: which tensors, where. Checks the layout, knows nothing of their meaning.
class Container {
 public:
  Container(const char *bytes, std::size_t size)
  {
    if (size < 10) fail("truncated: " + std::to_string(size) + " bytes are too few for a safetensors file");
    if (size > largest_file) fail("larger than the limit of 256 MiB");
    std::uint64_t header = 0;
    for (int i = 7; i >= 0; i--) header = header << 8 | (unsigned char)bytes[i];
    if (header > largest_header)
      fail("header length " + std::to_string(header) + " is above the limit of 16 MiB: not a safetensors file?");
    if (header > size - 8)
      fail("truncated: the header claims " + std::to_string(header) + " bytes, the file has " + std::to_string(size));
    check_sum(bytes, size, header);
    const Value root = json::parse(bytes + 8, header);
    if (root.kind != Kind::object) fail("the header is not a JSON object");
    const Value *meta = root.find("__metadata__");
    const Value *own = meta ? meta->find("sswnn") : nullptr;
    if (!own || own->kind != Kind::string) fail("no 'sswnn' entry in the metadata: not an sswnn model");
    metadata = own->string;
    const char *data = bytes + 8 + header;
    const std::size_t available = size - 8 - header;
    std::vector<std::pair<std::size_t, std::size_t>> ranges;
    for (const auto &member : root.members)
      if (member.first != "__metadata__") add(member.first, member.second, data, available, ranges);
    std::sort(ranges.begin(), ranges.end());
    std::size_t end = 0;
    for (const auto &r : ranges) {
      if (r.first != end) fail("tensors overlap or leave gaps at data byte " + std::to_string(end));
      end = r.second;
    }
    if (end != available)
      fail("the file has " + std::to_string(available) + " data bytes, its tensors " + std::to_string(end));
  }

  std::string metadata;

  /// Removes and returns a tensor. @throws ModelError if missing or of another type or shape
  Tensor take(const std::string &name, bool real, const Shape &shape)
  {
    const auto it = tensors_.find(name);
    if (it == tensors_.end()) fail("tensor '" + name + "' is missing");
    const Tensor t = it->second;
    if (t.real != real) fail("tensor '" + name + "' must be of type " + (real ? "F64" : "I32"));
    if (t.shape != shape) fail("tensor '" + name + "' has shape " + text(t.shape) + ", expected " + text(shape));
    tensors_.erase(it);
    return t;
  }

  std::vector<double> reals(const std::string &name, const Shape &shape)
  {
    const Tensor t = take(name, true, shape);
    std::vector<double> values(t.count);
    if (t.count) std::memcpy(values.data(), t.data, t.count * 8);
    for (std::size_t i = 0; i < t.count; i++)
      if (!std::isfinite(values[i])) fail("tensor '" + name + "' is not finite at element " + std::to_string(i));
    return values;
  }

  std::vector<int> integers(const std::string &name, const Shape &shape)
  {
    const Tensor t = take(name, false, shape);
    std::vector<std::int32_t> values(t.count);
    if (t.count) std::memcpy(values.data(), t.data, t.count * 4);
    return {values.begin(), values.end()};
  }

  const Shape &shape(const std::string &name, std::size_t rank) const
  {
    const auto it = tensors_.find(name);
    if (it == tensors_.end()) fail("tensor '" + name + "' is missing");
    if (it->second.shape.size() != rank)
      fail("tensor '" + name + "' has shape " + text(it->second.shape) + ", expected " + std::to_string(rank) +
           " dimensions");
    return it->second.shape;
  }

  void expect_empty() const
  {
    if (!tensors_.empty()) fail("unknown tensor '" + tensors_.begin()->first + "'");
  }

 private:
  std::map<std::string, Tensor> tensors_;

  static void check_sum(const char *bytes, std::size_t size, std::size_t header)
  {
    static const char key[] = "\"checksum\":\"";
    const char *end = bytes + 8 + header;
    const char *at = std::search(bytes + 8, end, key, key + sizeof key - 1);
    if (end - at < long(sizeof key - 1 + 64)) fail("no checksum in the header: not an sswnn model, or truncated");
    const std::size_t start = at - bytes + sizeof key - 1;
    std::string copy(bytes, size);
    const std::string stated = copy.substr(start, 64);
    copy.replace(start, 64, 64, '0');
    if (sha256(copy) != stated) fail("the checksum does not match: the file is damaged or was edited");
  }

  void add(const std::string &name, const Value &v, const char *data, std::size_t available,
           std::vector<std::pair<std::size_t, std::size_t>> &ranges)
  {
    const Value *type = v.find("dtype"), *shape = v.find("shape"), *offsets = v.find("data_offsets");
    if (!type || type->kind != Kind::string || !shape || shape->kind != Kind::array || !offsets ||
        offsets->kind != Kind::array || offsets->items.size() != 2 || v.members.size() != 3)
      fail("tensor '" + name + "' has no valid description");
    if (type->string != "F64" && type->string != "I32")
      fail("tensor '" + name + "' has type '" + type->string + "', allowed are F64 and I32");
    if (shape->items.size() > 8) fail("tensor '" + name + "' has too many dimensions");
    Tensor t;
    t.real = type->string == "F64";
    t.count = 1;
    for (const Value &d : shape->items) {
      const std::size_t n = whole(&d, "shape of " + name, 0, double(largest_file));
      t.shape.push_back(n);
      if (n && t.count > largest_file / n) fail("tensor '" + name + "' is too large");
      t.count *= n;
    }
    const std::size_t from = whole(&offsets->items[0], "data offset of " + name, 0, double(largest_file));
    const std::size_t to = whole(&offsets->items[1], "data offset of " + name, 0, double(largest_file));
    if (to < from || to > available || to - from != t.count * (t.real ? 8 : 4))
      fail("tensor '" + name + "' of shape " + text(t.shape) + " does not fit its data offsets " +
           std::to_string(from) + ", " + std::to_string(to));
    t.data = data + from;
    if (t.count) ranges.emplace_back(from, to);
    tensors_[name] = t;
  }
};

const std::string &string_member(const Value &root, const std::string &name)
{
  const Value *v = root.find(name);
  if (!v || v->kind != Kind::string) fail("metadata '" + name + "' is missing or not a string");
  return v->string;
}

/// The scalar metadata; returns the widths of the hidden layers.
Shape read_metadata(Model &m)
{
  const Value root = json::parse(m.metadata.data(), m.metadata.size());
  if (root.kind != Kind::object) fail("the 'sswnn' metadata is not a JSON object");
  const long version = whole(root.find("format_version"), "format_version", 0, 1e9);
  if (version != 1) fail("format_version is " + std::to_string(version) + ", this reader knows 1");

  const Value *symbols = root.find("elements");
  if (!symbols || symbols->kind != Kind::array) fail("metadata 'elements' is missing or not a list");
  if (symbols->items.empty() || symbols->items.size() > 32)
    fail("metadata 'elements' has " + std::to_string(symbols->items.size()) + " entries, allowed are 1 ... 32");
  for (const Value &s : symbols->items) {
    const int z = s.kind == Kind::string ? atomic_number(s.string) : 0;
    if (!z) fail("unknown element '" + s.string + "'");
    if (m.element_index(s.string) >= 0) fail("element '" + s.string + "' stands twice");
    m.elements.push_back(s.string);
    m.atomic_numbers.push_back(z);
  }
  const Value *cutoff = root.find("cutoff");
  if (!cutoff || cutoff->kind != Kind::number) fail("metadata 'cutoff' is missing or not a number");
  m.cutoff = cutoff->number;
  if (!(m.cutoff >= 1 && m.cutoff <= 20)) fail("cutoff is " + std::to_string(m.cutoff) + " A, allowed is 1 ... 20 A");
  m.lmax = whole(root.find("lmax"), "lmax", 0, 4);
  m.channels = whole(root.find("channels"), "channels", 1, 32);
  if (string_member(root, "activation") != "silu")
    fail("activation is '" + string_member(root, "activation") + "', this reader knows 'silu'");
  const Value *units = root.find("units");
  if (!units || units->kind != Kind::object || string_member(*units, "energy") != "eV" ||
      string_member(*units, "length") != "Angstrom")
    fail("units must be energy eV and length Angstrom");
  string_member(root, "licence");
  const Value *hidden = root.find("hidden");
  if (!hidden || hidden->kind != Kind::array || hidden->items.empty() || hidden->items.size() > 4)
    fail("metadata 'hidden' must list 1 ... 4 layer widths");
  Shape widths;
  for (const Value &w : hidden->items) widths.push_back(whole(&w, "hidden", 1, 512));
  return widths;
}

void check_splines(const Model &m)
{
  const std::size_t P = m.radial_functions, I = m.intervals;
  for (std::size_t p = 0; p < P; p++) {
    auto b = [&](std::size_t k, int power) { return m.radial_basis[(k * 4 + power) * P + p]; };
    double largest = 0;
    for (std::size_t k = 0; k < I; k++)
      for (int q = 0; q < 4; q++) largest = std::max(largest, std::abs(b(k, q)));
    const double tolerance = 1e-6 * largest;
    for (std::size_t k = 0; k < I; k++) {
      const double value = b(k, 0) + b(k, 1) + b(k, 2) + b(k, 3), slope = b(k, 1) + 2 * b(k, 2) + 3 * b(k, 3);
      const bool last = k + 1 == I;
      if (!(std::abs(value - (last ? 0 : b(k + 1, 0))) <= tolerance) ||
          !(std::abs(slope - (last ? 0 : b(k + 1, 1))) <= tolerance))
        fail(
            "radial.basis: function " + std::to_string(p) +
            (last ? " does not vanish smoothly at the cutoff" : " is not continuous at knot " + std::to_string(k + 1)));
    }
  }
}

void check_couplings(const Model &m, std::size_t terms)
{
  for (int c = 0; c <= m.couplings; c++)
    if (m.coupling_offset[c] < 0 || std::size_t(m.coupling_offset[c]) > terms ||
        (c && m.coupling_offset[c] <= m.coupling_offset[c - 1]))
      fail("coupling.offset[" + std::to_string(c) + "] is " + std::to_string(m.coupling_offset[c]) +
           ", not increasing within 0 ... " + std::to_string(terms));
  if (m.coupling_offset.front() != 0 || std::size_t(m.coupling_offset.back()) != terms)
    fail("coupling.offset does not span all terms");
  const int harmonics = (m.lmax + 1) * (m.lmax + 1);
  for (int i : m.coupling_index)
    if (i < 0 || i >= harmonics)
      fail("coupling.index " + std::to_string(i) + " is outside 0 ... " + std::to_string(harmonics - 1));
}

void check_repulsion(const Model &m)
{
  const std::size_t Z = m.elements.size();
  for (std::size_t a = 0; a < Z; a++)
    for (std::size_t b = 0; b < Z; b++) {
      const double inner = m.repulsion_inner[a * Z + b], outer = m.repulsion_outer[a * Z + b];
      if (!(inner >= 0 && inner < outer && outer <= m.cutoff) || inner != m.repulsion_inner[b * Z + a] ||
          outer != m.repulsion_outer[b * Z + a])
        fail("repulsion radii of " + m.elements[a] + "-" + m.elements[b] + " (" + std::to_string(inner) + ", " +
             std::to_string(outer) + ") must be symmetric with 0 <= inner < outer <= cutoff");
    }
}

void check_uncertainty(const Model &m, std::size_t H)
{
  for (std::size_t z = 0; z < m.elements.size(); z++) {
    if (!(m.uncertainty_scale[z] >= 0))
      fail("uncertainty.scale of " + m.elements[z] + " is " + std::to_string(m.uncertainty_scale[z]) +
           ", must not be negative");
    for (std::size_t row = 0; row < H; row++)
      for (std::size_t column = row + 1; column < H; column++)
        if (m.uncertainty_factor[(z * H + row) * H + column] != 0)
          fail("uncertainty.factor of " + m.elements[z] + " is not lower triangular at " + std::to_string(row) + ", " +
               std::to_string(column));
  }
}

void read_networks(Model &m, Container &file, const Shape &hidden)
{
  for (const std::string &element : m.elements) {
    std::vector<Layer> layers;
    std::size_t inputs = m.invariants;
    for (std::size_t k = 0; k <= hidden.size(); k++) {
      const std::size_t outputs = k < hidden.size() ? hidden[k] : 1;
      const std::string name = "network." + element;
      Layer layer;
      layer.inputs = inputs;
      layer.outputs = outputs;
      layer.weight = file.reals(name + ".weight" + std::to_string(k), {outputs, inputs});
      layer.bias = file.reals(name + ".bias" + std::to_string(k), {outputs});
      layers.push_back(std::move(layer));
      inputs = outputs;
    }
    m.layers.push_back(std::move(layers));
  }
}

}    // namespace

int Model::element_index(const std::string &symbol) const
{
  for (std::size_t i = 0; i < elements.size(); i++)
    if (elements[i] == symbol) return int(i);
  return -1;
}

std::shared_ptr<const Model> parse_model(const char *bytes, std::size_t size)
{
  Container file(bytes, size);
  auto model = std::make_shared<Model>();
  Model &m = *model;
  m.metadata = file.metadata;
  const Shape hidden = read_metadata(m);
  const std::size_t Z = m.elements.size(), N = m.channels;

  const Shape basis = file.shape("radial.basis", 3);
  if (basis[0] < 8 || basis[0] > 4096)
    fail("radial.basis has " + std::to_string(basis[0]) + " intervals, allowed are 8 ... 4096");
  if (basis[2] < 1 || basis[2] > 64)
    fail("radial.basis has " + std::to_string(basis[2]) + " functions, allowed are 1 ... 64");
  m.intervals = basis[0];
  m.radial_functions = basis[2];
  m.radial_basis = file.reals("radial.basis", {basis[0], 4, basis[2]});
  m.radial_mixing = file.reals("radial.mixing", {Z, Z, N, basis[2]});
  check_splines(m);

  const std::size_t offsets = file.shape("coupling.offset", 1)[0], terms = file.shape("coupling.value", 1)[0];
  if (offsets < 1 || offsets > 1000)
    fail("coupling.offset has " + std::to_string(offsets) + " entries, allowed are 1 ... 1000");
  if (terms > 100000) fail("coupling.value has more than 100000 terms");
  m.couplings = offsets - 1;
  m.coupling_offset = file.integers("coupling.offset", {offsets});
  m.coupling_index = file.integers("coupling.index", {terms, 3});
  m.coupling_value = file.reals("coupling.value", {terms});
  check_couplings(m, terms);

  m.invariants = N + m.lmax * (N * (N + 1) / 2) + m.couplings * N;
  const std::size_t F = m.invariants;
  m.atom_energy = file.reals("energy.atom", {Z});
  m.mean = file.reals("invariant.mean", {Z, F});
  m.scale = file.reals("invariant.scale", {Z, F});
  for (std::size_t i = 0; i < Z * F; i++)
    if (!(m.scale[i] > 0))
      fail("invariant.scale is " + std::to_string(m.scale[i]) + " at element " + std::to_string(i) +
           ", must be positive");
  read_networks(m, file, hidden);
  m.repulsion_inner = file.reals("repulsion.inner", {Z, Z});
  m.repulsion_outer = file.reals("repulsion.outer", {Z, Z});
  check_repulsion(m);
  const std::size_t H = hidden.back() + 1;
  m.uncertainty_factor = file.reals("uncertainty.factor", {Z, H, H});
  m.uncertainty_scale = file.reals("uncertainty.scale", {Z});
  check_uncertainty(m, H);
  file.expect_empty();
  return model;
}

std::string read_model_bytes(const std::string &path)
{
  std::ifstream in(path, std::ios::binary);
  if (!in) fail("cannot open model file '" + path + "'");
  std::string bytes;
  char buffer[65536];
  while (in.read(buffer, sizeof buffer) || in.gcount() > 0) {
    bytes.append(buffer, std::size_t(in.gcount()));
    if (bytes.size() > largest_file) fail("model file '" + path + "' is larger than the limit of 256 MiB");
  }
  if (in.bad() || bytes.empty()) fail("cannot read model file '" + path + "': empty, a folder, or an input error");
  return bytes;
}

std::shared_ptr<const Model> read_model(const std::string &path)
{
  const std::string bytes = read_model_bytes(path);
  try {
    return parse_model(bytes.data(), bytes.size());
  } catch (const ModelError &e) {
    fail("model file '" + path + "': " + e.what());
  }
}

}    // namespace sswnn
