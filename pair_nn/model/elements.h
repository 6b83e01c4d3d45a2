/// Chemical symbols and atomic numbers.
#pragma once

#include <string>

namespace sswnn {

/// 0 if unknown.
int atomic_number(const std::string &symbol);

}    // namespace sswnn
