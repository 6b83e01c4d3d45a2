/// Registers `pair_style sswnn` with the LAMMPS that loads this plugin, and refuses a LAMMPS of another release.
#include "lammps/pair_sswnn.h"

#include "error.h"
#include "lammps.h"

#include <string>

using namespace LAMMPS_NS;

// LAMMPS' plugin interface (lammpsplugin.h of its source, which no installation ships).
extern "C" {
struct lammpsplugin_t {
  const char *version, *style, *name, *info, *author;
  union {
    void *(*v1)(void *);
    void *(*v2)(void *, int, char **);
  } creator;
  void *handle;
};
using lammpsplugin_regfunc = void (*)(lammpsplugin_t *, void *);
}

namespace {

/// Classes of LAMMPS change their layout between releases, so nothing of them may be touched before this check.
void require_release(LAMMPS *lmp)
{
  if (lmp->num_ver == SSWNN_LAMMPS_DATE) return;
  lmp->error->all(
      FLERR,
      std::string("pair_style sswnn was built for LAMMPS " SSWNN_LAMMPS_VERSION ", but this is LAMMPS ") +
          lmp->version +
          ". Build the plugin against this LAMMPS, see docs/install.md; `sswnn doctor` shows what is installed.");
}

void *create_pair(void *lmp)
{
  require_release(static_cast<LAMMPS *>(lmp));
  return new PairSSWNN(static_cast<LAMMPS *>(lmp));
}

}    // namespace

extern "C" __attribute__((visibility("default"))) void lammpsplugin_init(void *lmp, void *handle, void *regfunc)
{
  lammpsplugin_t plugin;
  plugin.version = SSWNN_LAMMPS_VERSION;
  plugin.style = "pair";
  plugin.name = "sswnn";
  plugin.info = "SSW-NN neural network potential, pair_style sswnn";
  plugin.author = "The sswnn authors";
  plugin.creator.v1 = create_pair;
  plugin.handle = handle;
  reinterpret_cast<lammpsplugin_regfunc>(regfunc)(&plugin, lmp);
}
