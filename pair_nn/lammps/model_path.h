/// Where the model file lies that a user names in `pair_coeff`.
#pragma once

#include <string>

namespace sswnn {

/// The file that `name` means: a file; else, for a name without a slash, the model of that name shipped next to
/// the plugin (<folder of sswnnplugin.so>/models/<name>.safetensors); else `name` itself, so that reading it reports it.
std::string find_model(const std::string &name);

}    // namespace sswnn
