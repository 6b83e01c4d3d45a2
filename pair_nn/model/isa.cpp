#include "model/isa.h"

#include <stdexcept>

namespace sswnn {

std::string name(Isa isa)
{
  switch (isa) {
    case Isa::avx512: return "avx512";
    case Isa::avx2: return "avx2";
    default: return "baseline";
  }
}

std::vector<Isa> available_isas()
{
  std::vector<Isa> isas = {Isa::baseline};
#ifdef SSWNN_HAVE_AVX2
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) isas.push_back(Isa::avx2);
#endif
#ifdef SSWNN_HAVE_AVX512
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    isas.push_back(Isa::avx512);
#endif
  return isas;
}

Isa isa_from_name(const std::string &wanted)
{
  const std::vector<Isa> isas = available_isas();
  if (wanted == "auto") return isas.back();
  std::string known;
  for (Isa isa : isas) {
    if (name(isa) == wanted) return isa;
    known += (known.empty() ? "" : ", ") + name(isa);
  }
  throw std::invalid_argument("instruction set '" + wanted + "' is unknown or not available here; available: auto, " +
                              known);
}

KernelFunction kernel_for(Isa isa)
{
#ifdef SSWNN_HAVE_AVX512
  if (isa == Isa::avx512) return avx512::evaluate_block;
#endif
#ifdef SSWNN_HAVE_AVX2
  if (isa == Isa::avx2) return avx2::evaluate_block;
#endif
  if (isa != Isa::baseline) throw std::invalid_argument("instruction set " + name(isa) + " is not in this binary");
  return baseline::evaluate_block;
}

}    // namespace sswnn
