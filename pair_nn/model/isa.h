/// Which kernels this binary holds and which of them this machine runs.
#pragma once

#include <string>
#include <vector>

#include "kernels/kernel.h"

namespace sswnn {

enum class Isa { baseline, avx2, avx512 };

std::string name(Isa isa);
/// Instruction sets that this binary contains and this machine runs, slowest first.
std::vector<Isa> available_isas();
/// @throws std::invalid_argument naming the value and what is available; "auto" is the fastest
Isa isa_from_name(const std::string &name);
KernelFunction kernel_for(Isa isa);

}    // namespace sswnn
