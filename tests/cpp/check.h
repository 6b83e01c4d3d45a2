/// What the C++ tests need of a test framework: checks that go on and are counted, a random number.
#pragma once

#include <cmath>
#include <cstdio>
#include <random>

inline int failures = 0;
inline int checks = 0;

#define CHECK(condition)                                                        \
  do {                                                                          \
    checks++;                                                                   \
    if (!(condition)) {                                                         \
      failures++;                                                               \
      std::printf("%s:%d: %s does not hold\n", __FILE__, __LINE__, #condition); \
    }                                                                           \
  } while (0)

#define CHECK_NEAR(a, b, tolerance)                                                                          \
  do {                                                                                                       \
    checks++;                                                                                                \
    const double a_ = (a), b_ = (b);                                                                         \
    if (!(std::fabs(a_ - b_) <= (tolerance))) {                                                              \
      failures++;                                                                                            \
      std::printf("%s:%d: %s = %.17g, %s = %.17g, more than %g apart\n", __FILE__, __LINE__, #a, a_, #b, b_, \
                  double(tolerance));                                                                        \
    }                                                                                                        \
  } while (0)

#define CHECK_THROWS(expression, type)                                                      \
  do {                                                                                      \
    bool thrown_ = false;                                                                   \
    try {                                                                                   \
      expression;                                                                           \
    } catch (const type &) {                                                                \
      thrown_ = true;                                                                       \
    }                                                                                       \
    checks++;                                                                               \
    if (!thrown_) {                                                                         \
      failures++;                                                                           \
      std::printf("%s:%d: %s does not throw %s\n", __FILE__, __LINE__, #expression, #type); \
    }                                                                                       \
  } while (0)

inline std::mt19937_64 generator(4711);

inline double uniform(double low, double high)
{
  return std::uniform_real_distribution<double>(low, high)(generator);
}

inline int finish()
{
  std::printf("%d checks, %d failed\n", checks, failures);
  return failures || !checks ? 1 : 0;
}
