/// Python's view of the core: arrays in, arrays out, exceptions translated. No mathematics here.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <memory>
#include <string>

#include "model/evaluator.h"
#include "model/model.h"
#include "model/neighbours.h"
#include "model/structure.h"
#include "python/arrays.h"

namespace py = pybind11;
using namespace sswnn;

namespace {

class Potential {
 public:
  Potential(std::shared_ptr<const Model> model, const std::string &isa)
      : model_(std::move(model)), structure_(Evaluator(model_, isa_from_name(isa)))
  {
  }

  py::dict compute(const Integers &species, const Reals &positions, const Reals &cell, const Booleans &pbc,
                   bool uncertainty, bool virials)
  {
    if (species.ndim() != 1) throw std::invalid_argument("species must be one-dimensional");
    const py::ssize_t n = species.shape(0);
    expect_shape(positions, "positions", {n, 3});
    expect_shape(cell, "cell", {3, 3});
    expect_shape(pbc, "pbc", {3});

    py::array_t<double> energies(n), forces({n, py::ssize_t(3)}), spread(uncertainty ? n : 0),
        each({virials ? n : py::ssize_t(0), py::ssize_t(3), py::ssize_t(3)}), total({3, 3});
    Results results;
    results.energies = energies.mutable_data();
    results.forces = forces.mutable_data();
    if (uncertainty) results.uncertainty = spread.mutable_data();
    if (virials) results.virials = each.mutable_data();
    structure_.compute(species.data(), positions.data(), std::size_t(n), cell.data(), pbc.data(), results);
    std::copy_n(results.virial, 9, total.mutable_data());

    py::dict out;
    out["energy"] = results.energy;
    out["energies"] = energies;
    out["forces"] = forces;
    out["virial"] = total;
    if (uncertainty) out["uncertainty"] = spread;
    if (virials) out["virials"] = each;
    return out;
  }

  const Model &model() const { return *model_; }
  const Evaluator &evaluator() const { return structure_.evaluator(); }

 private:
  std::shared_ptr<const Model> model_;
  StructureEvaluator structure_;
};

py::tuple neighbor_list(const Reals &positions, const Reals &cell, const Booleans &pbc, double cutoff)
{
  if (positions.ndim() != 2) throw std::invalid_argument("positions must have shape (n, 3)");
  const py::ssize_t n = positions.shape(0);
  expect_shape(positions, "positions", {n, 3});
  expect_shape(cell, "cell", {3, 3});
  expect_shape(pbc, "pbc", {3});
  NeighbourList list;
  find_neighbours(positions.data(), std::size_t(n), cell.data(), pbc.data(), cutoff, list);
  const py::ssize_t pairs = py::ssize_t(list.j.size());
  py::array_t<std::int32_t> i(pairs), j(pairs);
  py::array_t<double> d({pairs, py::ssize_t(3)});
  for (py::ssize_t a = 0; a < n; a++)
    for (std::size_t k = list.first[a]; k < list.first[a + 1]; k++) i.mutable_data()[k] = std::int32_t(a);
  std::copy(list.j.begin(), list.j.end(), j.mutable_data());
  double *out = d.mutable_data();
  for (py::ssize_t k = 0; k < pairs; k++) {
    out[3 * k] = list.x[k];
    out[3 * k + 1] = list.y[k];
    out[3 * k + 2] = list.z[k];
  }
  return py::make_tuple(i, j, d);
}

}    // namespace

void bind_search(py::module_ &m);

PYBIND11_MODULE(_core, m)
{
  m.doc() = "The compiled core of sswnn: see sswnn.potential for the documented interface.";

  py::register_exception_translator([](std::exception_ptr p) {
    try {
      if (p) std::rethrow_exception(p);
    } catch (const ModelError &e) {
      py::set_error(py::module_::import("sswnn.errors").attr("ModelError"), e.what());
    }
  });

  py::class_<Potential>(m, "Potential", "One trained potential, ready to evaluate structures.")
      .def(py::init([](const std::string &path, const std::string &isa) {
             return std::make_unique<Potential>(read_model(path), isa);
           }),
           py::arg("path"), py::arg("isa") = "auto")
      .def_static(
          "from_bytes",
          [](const py::bytes &bytes, const std::string &isa) {
            const std::string text = bytes;
            return std::make_unique<Potential>(parse_model(text.data(), text.size()), isa);
          },
          py::arg("bytes"), py::arg("isa") = "auto")
      .def_property_readonly("elements", [](const Potential &p) { return p.model().elements; })
      .def_property_readonly("cutoff", [](const Potential &p) { return p.model().cutoff; })
      .def_property_readonly("metadata", [](const Potential &p) { return p.model().metadata; })
      .def_property_readonly("isa", [](const Potential &p) { return name(p.evaluator().isa()); })
      .def("memory_usage", [](const Potential &p) { return p.evaluator().memory_usage(); })
      .def("compute", &Potential::compute, py::arg("species"), py::arg("positions"), py::arg("cell"), py::arg("pbc"),
           py::arg("uncertainty") = false, py::arg("virials") = false,
           "Energy (eV), energies [n], forces [n, 3] (eV/A) and virial dE/dstrain [3, 3] (eV) of one structure; with "
           "`uncertainty` "
           "[n] (eV/A), with `virials` the per-centre parts [n, 3, 3]. Rows of `cell` are lattice vectors (A).");

  m.def("neighbor_list", &neighbor_list, py::arg("positions"), py::arg("cell"), py::arg("pbc"), py::arg("cutoff"),
        "Full neighbour list: i [p], j [p] and r_j + shift - r_i [p, 3] (A), sorted by i.");
  m.def("available_isas", [] {
    std::vector<std::string> names;
    for (Isa isa : available_isas()) names.push_back(name(isa));
    return names;
  });

  bind_search(m);
}
