/// Where the model file lies that a user names in `pair_coeff`.
#include "lammps/model_path.h"

#include <dlfcn.h>
#include <filesystem>
#include <system_error>

namespace sswnn {

namespace {

/// Whether a file stands there: a folder of a model's name does not hide the shipped model.
bool is_file(const std::string &path)
{
  std::error_code none;
  return std::filesystem::is_regular_file(path, none);
}

std::string plugin_folder()
{
  Dl_info info;
  if (!dladdr(reinterpret_cast<const void *>(&find_model), &info) || !info.dli_fname) return ".";
  const std::string path = info.dli_fname;
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

}    // namespace

std::string find_model(const std::string &name)
{
  if (is_file(name) || name.find('/') != std::string::npos) return name;
  const std::string shipped = plugin_folder() + "/models/" + name + ".safetensors";
  return is_file(shipped) ? shipped : name;
}

}    // namespace sswnn
