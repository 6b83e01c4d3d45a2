/// Python's view of the search's inner loops: arrays in, arrays out. No mathematics here.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "search/crystal_lbfgs.h"
#include "search/lbfgs.h"
#include "search/order.h"
#include "search/pairwise.h"
#include "search/same_crystal.h"
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

struct CrystalStepper {
  CrystalLbfgs lbfgs;
  std::size_t points;
};

CrystalStepper crystal_stepper(const Reals &positions, const Reals &cell, double pressure, std::size_t memory,
                               double longest, double curvature)
{
  if (positions.ndim() != 2) throw std::invalid_argument("positions must have shape (n, 3)");
  const py::ssize_t n = positions.shape(0);
  expect_shape(positions, "positions", {n, 3});
  expect_shape(cell, "cell", {3, 3});
  return {CrystalLbfgs(positions.data(), std::size_t(n), cell.data(), pressure, memory, longest, curvature),
          std::size_t(n)};
}

py::tuple place(const CrystalStepper &self)
{
  py::array_t<double> positions({py::ssize_t(self.points), py::ssize_t(3)}), cell({3, 3});
  const double height = self.lbfgs.place(positions.mutable_data(), cell.mutable_data());
  return py::make_tuple(positions, cell, height);
}

bool advance_crystal(CrystalStepper &self, const Reals &forces, const Reals &virial, double force, double stress)
{
  expect_shape(forces, "forces", {py::ssize_t(self.points), 3});
  expect_shape(virial, "virial", {3, 3});
  return self.lbfgs.advance(forces.data(), virial.data(), force, stress);
}

py::tuple sums_of_harmonics(const Reals &positions, const Reals &cell, const Booleans &pbc, const Integers &kinds,
                            const Reals &bonds, const std::vector<int> &degrees, double contact, double bonded,
                            double smallest, double range)
{
  if (positions.ndim() != 2) throw std::invalid_argument("positions must have shape (n, 3)");
  const py::ssize_t n = positions.shape(0), k = bonds.shape(0);
  expect_shape(positions, "positions", {n, 3});
  expect_shape(cell, "cell", {3, 3});
  expect_shape(pbc, "pbc", {3});
  expect_shape(kinds, "kinds", {n});
  expect_shape(bonds, "bonds", {k, k});
  for (py::ssize_t i = 0; i < n; i++)
    if (kinds.at(i) < 0 || kinds.at(i) >= k) throw std::invalid_argument("kinds must be below the number of bonds");
  const HarmonicSums sums =
      harmonic_sums(positions.data(), std::size_t(n), cell.data(), pbc.data(), kinds.data(),
                    {bonds.data(), bonds.data() + k * k}, std::size_t(k), {contact, bonded, smallest, range}, degrees);
  py::array_t<double> length({py::ssize_t(degrees.size()), n});
  std::copy(sums.length.begin(), sums.length.end(), length.mutable_data());
  return py::make_tuple(length, py::array_t<std::int32_t>(n, sums.bonded.data()));
}

py::object compare(const Reals &cell_a, const Reals &fractions_a, const Integers &kinds_a, const Reals &cell_b,
                   const Reals &fractions_b, const Integers &kinds_b, double length, double angle, double site)
{
  const py::ssize_t n = kinds_a.size();
  expect_shape(cell_a, "cell_a", {3, 3});
  expect_shape(cell_b, "cell_b", {3, 3});
  expect_shape(kinds_b, "kinds_b", {n});
  expect_shape(fractions_a, "fractions_a", {n, 3});
  expect_shape(fractions_b, "fractions_b", {n, 3});
  const Match match =
      same_crystal({cell_a.data(), fractions_a.data(), kinds_a.data()},
                   {cell_b.data(), fractions_b.data(), kinds_b.data()}, std::size_t(n), {length, angle, site});
  return match == Match::unsure ? py::object(py::none()) : py::object(py::bool_(match == Match::same));
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

  py::class_<CrystalStepper>(m, "CrystalLbfgs", "The same for the atoms and the cell of a crystal, on the enthalpy.")
      .def(py::init(&crystal_stepper), py::arg("positions"), py::arg("cell"), py::arg("pressure"), py::arg("memory"),
           py::arg("longest"), py::arg("curvature"))
      .def("place", &place, "New arrays of positions [n, 3] and cell [3, 3], and the least height of the cell.")
      .def("advance", &advance_crystal, py::arg("forces"), py::arg("virial"), py::arg("force"), py::arg("stress"),
           "Whether forces and stress are below their tolerances; moves atoms and cell if not.");

  m.def("harmonic_sums", &sums_of_harmonics, py::arg("positions"), py::arg("cell"), py::arg("pbc"), py::arg("kinds"),
        py::arg("bonds"), py::arg("degrees"), py::arg("contact"), py::arg("bonded"), py::arg("smallest"),
        py::arg("range"), "(degrees, n) |sum of weighted harmonics|, degrees ascending, and (n,) bonded neighbours.");
  m.def("same_crystal", &compare, py::arg("cell_a"), py::arg("fractions_a"), py::arg("kinds_a"), py::arg("cell_b"),
        py::arg("fractions_b"), py::arg("kinds_b"), py::arg("length"), py::arg("angle"), py::arg("site"),
        "Whether two crystals in reduced cells are one; None if that is not plain.");

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
