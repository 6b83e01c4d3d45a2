/// Where the model file lies that a user names in `pair_coeff`.
#include "lammps/model_path.h"

#include <dlfcn.h>
#include <fstream>

namespace sswnn {

namespace {

bool readable(const std::string &path)
{
  return std::ifstream(path, std::ios::binary).good();
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
  if (readable(name) || name.find('/') != std::string::npos) return name;
  const std::string shipped = plugin_folder() + "/models/" + name + ".safetensors";
  return readable(shipped) ? shipped : name;
}

}    // namespace sswnn
