/// Python's view of the search's inner loops: arrays in, arrays out. No mathematics here.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include "search/lbfgs.h"
#include "search/pairwise.h"
#include "python/arrays.h"

namespace py = pybind11;
using namespace sswnn;

namespace {

using InPlace = py::array_t<double, py::array::c_style>;

double advance(Lbfgs &self, InPlace x, const InPlace &force, double tolerance, std::size_t points)
{
  const py::ssize_t n = py::ssize_t(points);
  expect_shape(x, "x", {n, 3});
  expect_shape(force, "force", {n, 3});
  return self.advance(x.mutable_data(), force.data(), tolerance);
}

struct Stepper {
  Lbfgs lbfgs;
  std::size_t points;
};

template <class Pair>
py::tuple compute(Pairwise<Pair> &self, const Reals &positions, const Reals &cell, const Booleans &pbc)
{
  if (positions.ndim() != 2) throw std::invalid_argument("positions must have shape (n, 3)");
  const py::ssize_t n = positions.shape(0);
  expect_shape(positions, "positions", {n, 3});
  expect_shape(cell, "cell", {3, 3});
  expect_shape(pbc, "pbc", {3});
  py::array_t<double> forces({n, py::ssize_t(3)}), virial({3, 3});
  const bool *periodic = pbc.data();
  std::fill_n(virial.mutable_data(), 9, 0.0);
  const double energy = self.compute(positions.data(), std::size_t(n), cell.data(), periodic, forces.mutable_data(),
                                     virial.mutable_data());
  return py::make_tuple(energy, forces, virial);
}

constexpr const char *compute_text =
    "Energy, forces [n, 3] and virial dE/dstrain [3, 3] (zero for a cluster without cutoff), reduced units.";

}    // namespace

void bind_search(py::module_ &m)
{
  py::class_<Stepper>(m, "Lbfgs", "Limited-memory BFGS that moves points by one step at each call.")
      .def(py::init([](std::size_t n, std::size_t memory, double longest, double curvature) {
             return Stepper{Lbfgs(n, memory, longest, curvature), n};
           }),
           py::arg("n"), py::arg("memory") = 8, py::arg("longest") = 0.2, py::arg("curvature") = 70.0)
      .def(
          "advance",
          [](Stepper &self, InPlace x, const InPlace &force, double tolerance) {
            return advance(self.lbfgs, x, force, tolerance, self.points);
          },
          py::arg("x").noconvert(), py::arg("force").noconvert(), py::arg("tolerance"),
          "Largest |force| of a point; x [n, 3] moves in place if that is not below the tolerance.")
      .def("forget", [](Stepper &self) { self.lbfgs.forget(); });

  py::class_<Pairwise<LennardJones>>(m, "LennardJones",
                                     "V = 4 (r^-12 - r^-6), shifted to zero at a cutoff if there is one.")
      .def(py::init([](double cutoff) { return Pairwise<LennardJones>({}, cutoff); }), py::arg("cutoff") = 0.0)
      .def("compute", &compute<LennardJones>, py::arg("positions"), py::arg("cell"), py::arg("pbc"), compute_text);
  py::class_<Pairwise<Morse>>(m, "Morse",
                              "V = e (e - 2), e = exp(rho (1 - r)), shifted to zero at a cutoff if there is one.")
      .def(py::init([](double rho, double cutoff) { return Pairwise<Morse>({rho}, cutoff); }), py::arg("rho"),
           py::arg("cutoff") = 0.0)
      .def("compute", &compute<Morse>, py::arg("positions"), py::arg("cell"), py::arg("pbc"), compute_text);
}
