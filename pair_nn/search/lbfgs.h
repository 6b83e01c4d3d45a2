/// Limited-memory BFGS (Nocedal, Math. Comput. 1980, 35, 773) as a stepper: the caller owns the loop and the surface.
#pragma once

#include <cstddef>
#include <vector>

namespace sswnn {

class Lbfgs {
 public:
  /// @param n number of points   @param memory pairs kept   @param longest step of a point, Å
  /// @param curvature guess of the first inverse Hessian's reciprocal, eV/Å²
  /// @throws std::invalid_argument for no points, no memory, or a longest step or curvature that is not positive
  Lbfgs(std::size_t n, std::size_t memory, double longest, double curvature);

  /// Largest |force| of a point, eV/Å; moves the points by one step if it is not below `tolerance`.
  /// @param x [n, 3] Å, moved   @param force [n, 3] eV/Å at x
  /// @throws std::invalid_argument for a force that is not finite
  double advance(double *x, const double *force, double tolerance);

  void forget() { pairs_ = 0, started_ = false; }

 private:
  void learn(const double *force);
  void direction(const double *force);
  double *s(std::size_t age) { return s_.data() + slot(age) * size_; }
  double *y(std::size_t age) { return y_.data() + slot(age) * size_; }
  std::size_t slot(std::size_t age) const { return (newest_ + memory_ - age) % memory_; }

  std::size_t size_, memory_;
  double longest_, curvature_;
  bool started_ = false;
  std::size_t pairs_ = 0, newest_ = 0;
  std::vector<double> s_, y_, rho_, alpha_, step_, last_force_;
};

}    // namespace sswnn
