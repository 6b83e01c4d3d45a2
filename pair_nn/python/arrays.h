/// Arrays that bindings take, and the check of their shapes.
#pragma once

#include <pybind11/numpy.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace sswnn {

using Reals = pybind11::array_t<double, pybind11::array::c_style | pybind11::array::forcecast>;
using Integers = pybind11::array_t<std::int32_t, pybind11::array::c_style | pybind11::array::forcecast>;
using Booleans = pybind11::array_t<bool, pybind11::array::c_style | pybind11::array::forcecast>;

/// @throws std::invalid_argument with the name, the shape got and the shape expected
inline void expect_shape(const pybind11::array &a, const char *name, const std::vector<pybind11::ssize_t> &shape)
{
  bool equal = a.ndim() == pybind11::ssize_t(shape.size());
  for (std::size_t k = 0; equal && k < shape.size(); k++) equal = a.shape(pybind11::ssize_t(k)) == shape[k];
  if (equal) return;
  auto text = [](const pybind11::ssize_t *d, std::size_t n) {
    std::string s = "(";
    for (std::size_t k = 0; k < n; k++) s += (k ? ", " : "") + std::to_string(d[k]);
    return s + ")";
  };
  throw std::invalid_argument(std::string(name) + " has shape " + text(a.shape(), std::size_t(a.ndim())) +
                              ", expected " + text(shape.data(), shape.size()));
}

}    // namespace sswnn
