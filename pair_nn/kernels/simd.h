/// Eight doubles as one value, built from the machine's own vectors by the compiler's vector extension.
///
/// The kernels are written once on `vec8` and compiled once per instruction set; everything here lives in a namespace named
/// after the set, so that the linker never mixes them. No standard-library templates below this line for the same reason.
#pragma once

#ifndef SSWNN_ISA
#error "compile with -DSSWNN_ISA=baseline, avx2 or avx512"
#endif

#define SSWNN_INLINE inline __attribute__((always_inline))

namespace sswnn {
namespace SSWNN_ISA {

#if defined(__AVX512F__)
constexpr int native_lanes = 8;
#elif defined(__AVX__)
constexpr int native_lanes = 4;
#else
constexpr int native_lanes = 2;
#endif

/// `Lanes` doubles: two halves, down to the machine's own width.
template <int Lanes> struct Vec {
  using Half = Vec<Lanes / 2>;
  Half lo, hi;
};

template <> struct Vec<native_lanes> {
  typedef double Native __attribute__((vector_size(8 * native_lanes)));
  typedef long long Bits __attribute__((vector_size(8 * native_lanes)));
  Native v;
};

using vec8 = Vec<8>;
template <int L> constexpr bool is_native = L == native_lanes;

#define SSWNN_BINARY(op)                                               \
  template <int L> SSWNN_INLINE Vec<L> operator op(Vec<L> a, Vec<L> b) \
  {                                                                    \
    if constexpr (is_native<L>)                                        \
      return {a.v op b.v};                                             \
    else                                                               \
      return {a.lo op b.lo, a.hi op b.hi};                             \
  }                                                                    \
  template <int L> SSWNN_INLINE Vec<L> operator op(double a, Vec<L> b) \
  {                                                                    \
    if constexpr (is_native<L>)                                        \
      return {a op b.v};                                               \
    else                                                               \
      return {a op b.lo, a op b.hi};                                   \
  }                                                                    \
  template <int L> SSWNN_INLINE Vec<L> operator op(Vec<L> a, double b) \
  {                                                                    \
    if constexpr (is_native<L>)                                        \
      return {a.v op b};                                               \
    else                                                               \
      return {a.lo op b, a.hi op b};                                   \
  }
SSWNN_BINARY(+)
SSWNN_BINARY(-)
SSWNN_BINARY(*)
SSWNN_BINARY(/)
#undef SSWNN_BINARY

template <int L> SSWNN_INLINE Vec<L> &operator+=(Vec<L> &a, Vec<L> b)
{
  return a = a + b;
}

template <int L> SSWNN_INLINE Vec<L> fill(double a)
{
  if constexpr (is_native<L>)
    return {a - typename Vec<L>::Native{}};
  else
    return {fill<L / 2>(a), fill<L / 2>(a)};
}
SSWNN_INLINE vec8 fill8(double a)
{
  return fill<8>(a);
}

template <int L> SSWNN_INLINE Vec<L> load(const double *p)
{
  if constexpr (is_native<L>) {
    Vec<L> a;
    __builtin_memcpy(&a.v, p, sizeof a.v);
    return a;
  } else
    return {load<L / 2>(p), load<L / 2>(p + L / 2)};
}
SSWNN_INLINE vec8 load8(const double *p)
{
  return load<8>(p);
}

template <int L> SSWNN_INLINE void store(double *p, Vec<L> a)
{
  if constexpr (is_native<L>)
    __builtin_memcpy(p, &a.v, sizeof a.v);
  else {
    store(p, a.lo);
    store(p + L / 2, a.hi);
  }
}

template <int L> SSWNN_INLINE double sum(Vec<L> a)
{
  if constexpr (is_native<L>) {
    double s = 0;
    for (int i = 0; i < L; i++) s += a.v[i];
    return s;
  } else
    return sum(a.lo) + sum(a.hi);
}

template <int L> SSWNN_INLINE Vec<L> square_root(Vec<L> a)
{
  if constexpr (is_native<L>) {
#if defined(__AVX512F__)
    return {(typename Vec<L>::Native)__builtin_ia32_sqrtpd512_mask(a.v, a.v, (unsigned char)-1, 4)};
#else
    for (int i = 0; i < L; i++) a.v[i] = __builtin_sqrt(a.v[i]);
    return a;
#endif
  } else
    return {square_root(a.lo), square_root(a.hi)};
}

/// e^a for |a| <= 700 (clamped beyond), relative error below 3e-16: 2^n times a Taylor polynomial on |r| <= ln2/2.
template <int L> SSWNN_INLINE Vec<L> exponential(Vec<L> a)
{
  if constexpr (is_native<L>) {
    using Native = typename Vec<L>::Native;
    using Bits = typename Vec<L>::Bits;
    constexpr double magic = 0x1.8p52;
    Native x = a.v;
    x = x < -700.0 ? Native{} - 700.0 : x;
    x = x > 700.0 ? Native{} + 700.0 : x;
    const Native shifted = x * 0x1.71547652b82fep+0 + magic;
    const Native n = shifted - magic;
    const Native r = (x - n * 0x1.62e42fefa3800p-1) - n * 0x1.ef35793c76730p-45;
    Native p = r * (1.0 / 6227020800.0) + 1.0 / 479001600.0;
    p = p * r + 1.0 / 39916800.0;
    p = p * r + 1.0 / 3628800.0;
    p = p * r + 1.0 / 362880.0;
    p = p * r + 1.0 / 40320.0;
    p = p * r + 1.0 / 5040.0;
    p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    p = p * r + 0.5;
    p = p * r + 1.0;
    p = p * r + 1.0;
    return {(Native)((Bits)p + ((Bits)shifted << 52))};
  } else
    return {exponential(a.lo), exponential(a.hi)};
}

template <int... I> struct Indices {};
template <int N, int... I> struct MakeIndices : MakeIndices<N - 1, N - 1, I...> {};
template <int... I> struct MakeIndices<0, I...> {
  using type = Indices<I...>;
};
template <int I> struct Index {
  constexpr operator int() const { return I; }
};
template <class F, int... I> SSWNN_INLINE void unroll_indices(F &&f, Indices<I...>)
{
  (f(Index<I>{}), ...);
}
/// f(0), f(1) ... f(N-1), written out, with compile-time indices: arrays indexed by them stay in registers.
template <int N, class F> SSWNN_INLINE void unroll(F &&f)
{
  unroll_indices(f, typename MakeIndices<N>::type{});
}
#define SSWNN_LAMBDA(i) [&](auto i) __attribute__((always_inline))

/// Columns of an 8 x 8 matrix whose rows stand at p, p + stride, ...
SSWNN_INLINE void load_transposed(const double *p, int stride, vec8 column[8])
{
#if defined(__AVX512F__)
  using N = vec8::Native;
  typedef long long I __attribute__((vector_size(64)));
  N r[8], s[8], t[8];
  unroll<8>(SSWNN_LAMBDA(i) { r[i] = load8(p + i * stride).v; });
  unroll<4>(SSWNN_LAMBDA(i) {
    s[2 * i] = __builtin_shuffle(r[2 * i], r[2 * i + 1], I{0, 8, 2, 10, 4, 12, 6, 14});
    s[2 * i + 1] = __builtin_shuffle(r[2 * i], r[2 * i + 1], I{1, 9, 3, 11, 5, 13, 7, 15});
  });
  unroll<2>(SSWNN_LAMBDA(i) {
    unroll<2>(SSWNN_LAMBDA(k) {
      t[4 * i + k] = __builtin_shuffle(s[4 * i + k], s[4 * i + k + 2], I{0, 1, 8, 9, 4, 5, 12, 13});
      t[4 * i + k + 2] = __builtin_shuffle(s[4 * i + k], s[4 * i + k + 2], I{2, 3, 10, 11, 6, 7, 14, 15});
    });
  });
  unroll<4>(SSWNN_LAMBDA(i) {
    column[i] = {__builtin_shuffle(t[i], t[i + 4], I{0, 1, 2, 3, 8, 9, 10, 11})};
    column[i + 4] = {__builtin_shuffle(t[i], t[i + 4], I{4, 5, 6, 7, 12, 13, 14, 15})};
  });
#else
  alignas(64) double turned[64];
  for (int i = 0; i < 8; i++)
    for (int k = 0; k < 8; k++) turned[8 * k + i] = p[i * stride + k];
  unroll<8>(SSWNN_LAMBDA(i) { column[i] = load8(turned + 8 * i); });
#endif
}

}    // namespace SSWNN_ISA
}    // namespace sswnn
