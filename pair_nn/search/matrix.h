/// Algebra of 3 x 3 matrices, stored row by row.
#pragma once

#include <array>

namespace sswnn {

using Matrix = std::array<double, 9>;

inline Matrix product(const Matrix &a, const Matrix &b)
{
  Matrix c;
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) c[3 * i + j] = a[3 * i] * b[j] + a[3 * i + 1] * b[3 + j] + a[3 * i + 2] * b[6 + j];
  return c;
}

/// Row k holds the cross product of rows k + 1 and k + 2: det(a) times the inverse's transpose.
inline Matrix cofactors(const Matrix &a)
{
  Matrix c;
  for (int k = 0; k < 3; k++) {
    const double *p = &a[3 * ((k + 1) % 3)], *q = &a[3 * ((k + 2) % 3)];
    c[3 * k] = p[1] * q[2] - p[2] * q[1];
    c[3 * k + 1] = p[2] * q[0] - p[0] * q[2];
    c[3 * k + 2] = p[0] * q[1] - p[1] * q[0];
  }
  return c;
}

/// Of a matrix whose cofactors are known.
inline double determinant(const Matrix &a, const Matrix &cofactors)
{
  return a[0] * cofactors[0] + a[1] * cofactors[1] + a[2] * cofactors[2];
}

inline double determinant(const Matrix &a)
{
  return determinant(a, cofactors(a));
}

}    // namespace sswnn
