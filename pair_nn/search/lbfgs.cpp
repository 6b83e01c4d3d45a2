#include "search/lbfgs.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace sswnn {

namespace {

double dot(const double *a, const double *b, std::size_t n)
{
  double part[4] = {0, 0, 0, 0};
  std::size_t k = 0;
  for (; k + 4 <= n; k += 4)
    for (std::size_t l = 0; l < 4; l++) part[l] += a[k + l] * b[k + l];
  for (; k < n; k++) part[0] += a[k] * b[k];
  return (part[0] + part[1]) + (part[2] + part[3]);
}

void add(double *a, double factor, const double *b, std::size_t n)
{
  for (std::size_t k = 0; k < n; k++) a[k] += factor * b[k];
}

double longest_row(const double *a, std::size_t n)
{
  double longest = 0;
  for (std::size_t k = 0; k < n; k += 3) {
    const double square = a[k] * a[k] + a[k + 1] * a[k + 1] + a[k + 2] * a[k + 2];
    if (!std::isfinite(square))
      throw std::invalid_argument("the force on point " + std::to_string(k / 3) + " is not finite");
    longest = std::max(longest, square);
  }
  return std::sqrt(longest);
}

/// Relative to |s||y|: below it a pair says nothing about the curvature.
constexpr double flat = 1e-10;

}    // namespace

Lbfgs::Lbfgs(std::size_t n, std::size_t memory, double longest, double curvature)
    : size_(3 * n), memory_(memory), longest_(longest), curvature_(curvature)
{
  if (!n || !memory) throw std::invalid_argument("L-BFGS needs at least one point and one pair of memory");
  if (!(longest > 0) || !(curvature > 0)) throw std::invalid_argument("longest step and curvature must be positive");
  s_.resize(memory_ * size_);
  y_.resize(memory_ * size_);
  rho_.resize(memory_);
  alpha_.resize(memory_);
  step_.resize(size_);
  last_force_.resize(size_);
}

void Lbfgs::learn(const double *force)
{
  const std::size_t next = pairs_ ? (newest_ + 1) % memory_ : 0;
  double *s = s_.data() + next * size_, *y = y_.data() + next * size_;
  for (std::size_t k = 0; k < size_; k++) y[k] = last_force_[k] - force[k];
  std::copy(step_.begin(), step_.end(), s);
  const double sy = dot(s, y, size_);
  if (sy <= flat * std::sqrt(dot(s, s, size_) * dot(y, y, size_))) {
    forget();    // negative curvature: what was learned belongs to another valley
    return;
  }
  rho_[next] = 1 / sy;
  newest_ = next;
  pairs_ = std::min(pairs_ + 1, memory_);
}

void Lbfgs::direction(const double *force)
{
  std::copy_n(force, size_, step_.begin());
  for (std::size_t age = 0; age < pairs_; age++) {
    alpha_[age] = rho_[slot(age)] * dot(s(age), step_.data(), size_);
    add(step_.data(), -alpha_[age], y(age), size_);
  }
  const double scale = pairs_ ? 1 / (rho_[newest_] * dot(y(0), y(0), size_)) : 1 / curvature_;
  for (double &v : step_) v *= scale;
  for (std::size_t age = pairs_; age-- > 0;) {
    const double beta = rho_[slot(age)] * dot(y(age), step_.data(), size_);
    add(step_.data(), alpha_[age] - beta, s(age), size_);
  }
}

double Lbfgs::advance(double *x, const double *force, double tolerance)
{
  const double largest = longest_row(force, size_);
  if (largest < tolerance) return largest;
  if (started_) learn(force);
  direction(force);
  const double length = longest_row(step_.data(), size_);
  if (length > longest_)
    for (double &v : step_) v *= longest_ / length;
  add(x, 1, step_.data(), size_);
  std::copy_n(force, size_, last_force_.begin());
  started_ = true;
  return largest;
}

}    // namespace sswnn
