/// SHA-256 (FIPS 180-4), for the checksum of model files.
#pragma once

#include <string>

namespace sswnn {

/// 64 lower-case hexadecimal digits.
std::string sha256(const std::string &bytes);

}    // namespace sswnn
