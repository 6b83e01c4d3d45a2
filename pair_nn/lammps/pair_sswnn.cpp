/// `pair_style sswnn`: arguments, list request, and gather - evaluate - scatter. Knows nothing of descriptors or networks.
#include "lammps/pair_sswnn.h"

#include "lammps/model_path.h"

#include "atom.h"
#include "citeme.h"
#include "comm.h"
#include "error.h"
#include "force.h"
#include "memory.h"
#include "neigh_list.h"
#include "neighbor.h"
#include "update.h"
#include "utils.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <utility>

using namespace LAMMPS_NS;
using sswnn::Block;

static const char citation[] =
    "pair_style sswnn: doi:10.1021/acs.nanolett.2c00187\n\n"
    "@Article{Li2022SSWNN,\n"
    " title = {Stable All-Solid-State Lithium Metal Batteries Enabled by Machine Learning Simulation\n"
    "          Designed Halide Electrolytes},\n"
    " journal = {Nano Letters},\n"
    " year = 2022,\n"
    " doi = {10.1021/acs.nanolett.2c00187}\n"
    "}\n\n";

PairSSWNN::PairSSWNN(LAMMPS *lmp) : Pair(lmp)
{
  single_enable = 0;
  restartinfo = 0;
  one_coeff = 1;
  manybody_flag = 1;
  centroidstressflag = CENTROID_AVAIL;
  if (lmp->citeme) lmp->citeme->add(citation);
}

PairSSWNN::~PairSSWNN()
{
  if (copymode) return;
  memory->destroy(uncertainty_);
  if (allocated) {
    memory->destroy(setflag);
    memory->destroy(cutsq);
  }
}

// ---------------------------------------------------------------- commands

void PairSSWNN::settings(int narg, char **arg)
{
  std::string isa = "auto";
  for (int i = 0; i < narg; i += 2) {
    if (strcmp(arg[i], "isa") != 0)
      error->all(FLERR, "Unknown pair_style sswnn keyword '{}'; the only one is 'isa'", arg[i]);
    if (i + 1 == narg) error->all(FLERR, "pair_style sswnn isa needs a value: auto, baseline, avx2 or avx512");
    if (i > 0) error->all(FLERR, "pair_style sswnn isa is given twice: {} and {}", isa, arg[i + 1]);
    isa = arg[i + 1];
  }
  std::string problem;
  try {
    isa_ = sswnn::isa_from_name(isa);
  } catch (const std::invalid_argument &refused) {
    problem = refused.what();
  }
  int failed = !problem.empty(), anywhere = 0;    // the processors of a job may differ
  MPI_Allreduce(&failed, &anywhere, 1, MPI_INT, MPI_MAX, world);
  if (anywhere)
    error->all(FLERR, "pair_style sswnn: {}", failed ? problem : "isa " + isa + " is missing on another rank");
  if (model_) make_evaluator(model_);
}

void PairSSWNN::coeff(int narg, char **arg)
{
  require_environment();
  const int ntypes = atom->ntypes;
  if (narg != 3 + ntypes)
    error->all(FLERR,
               "pair_coeff for sswnn needs '* * FILE' and one element symbol (or NULL) for each of the {} atom types, "
               "got {} arguments instead of {}",
               ntypes, narg, 3 + ntypes);
  // everything that can be refused comes first, so that a caller who catches the error finds the style as it was
  auto model = load_model(arg[2]);
  map_types(*model, arg[2], arg + 3);
  if (!allocated) allocate();
  map_element2type(narg - 3, arg + 3);
  make_evaluator(std::move(model));
  if (comm->me == 0)
    utils::logmesg(lmp, "sswnn: model {} ({}), cutoff {} Angstrom, {} kernels\n", arg[2],
                   utils::join_words(model_->elements, " "), cutoff_, sswnn::name(isa_));
}

void PairSSWNN::init_style()
{
  require_environment();
  if (neighbor->nex_type + neighbor->nex_group + neighbor->nex_mol > 0 && comm->me == 0)
    error->warning(
        FLERR,
        "pair_style sswnn: neigh_modify exclude takes neighbours away from atoms, which changes the forces on "
        "all around them");
  neighbor->add_request(this, NeighConst::REQ_FULL);
}

double PairSSWNN::init_one(int i, int j)
{
  if (setflag[i][j] == 0) error->all(FLERR, "pair_coeff for sswnn is not set for atom types {} and {}", i, j);
  return cutoff_;
}

void PairSSWNN::require_environment() const
{
  if (strcmp(update->unit_style, "metal") != 0)
    error->all(FLERR, "pair_style sswnn needs units metal, not units {}", update->unit_style);
  if (!force->newton_pair)
    error->all(FLERR, "pair_style sswnn needs newton on for pairs (newton on, or newton on off)");
}

void PairSSWNN::allocate()
{
  const int np1 = atom->ntypes + 1;
  memory->create(setflag, np1, np1, "pair:setflag");
  memory->create(cutsq, np1, np1, "pair:cutsq");
  for (int i = 0; i < np1; i++) {
    std::fill_n(setflag[i], np1, 0);
    std::fill_n(cutsq[i], np1, 0.0);
  }
  map = new int[np1];
  allocated = 1;
}

/// Rank 0 reads, all ranks get the bytes and parse them.
std::shared_ptr<const sswnn::Model> PairSSWNN::load_model(const std::string &name) const
{
  std::string text[2];    // the path, then the file's bytes or, if it cannot be read, why
  int failed = 0;
  if (comm->me == 0) {
    text[0] = sswnn::find_model(name);
    try {
      text[1] = sswnn::read_model_bytes(text[0]);
    } catch (const sswnn::ModelError &problem) {
      failed = 1;
      text[1] = problem.what();
    }
  }
  MPI_Bcast(&failed, 1, MPI_INT, 0, world);
  for (auto &part : text) {
    int size = static_cast<int>(part.size());
    MPI_Bcast(&size, 1, MPI_INT, 0, world);
    part.resize(size);
    MPI_Bcast(&part[0], size, MPI_CHAR, 0, world);
  }
  if (failed) error->all(FLERR, "pair_style sswnn: {}", text[1]);

  std::shared_ptr<const sswnn::Model> model;
  try {
    model = sswnn::parse_model(text[1].data(), text[1].size());
  } catch (const sswnn::ModelError &problem) {
    error->all(FLERR, "pair_style sswnn: model file {}: {}", text[0], problem.what());
  }
  return model;
}

void PairSSWNN::make_evaluator(std::shared_ptr<const sswnn::Model> model)
{
  model_ = std::move(model);
  cutoff_ = model_->cutoff;
  evaluator_ = std::make_unique<sswnn::Evaluator>(model_, isa_);
}

/// Element of the model for every atom type, by name.
void PairSSWNN::map_types(const sswnn::Model &model, const std::string &file, char **symbols)
{
  std::vector<std::int32_t> elements(atom->ntypes + 1, -1);
  std::vector<double> cutsq(atom->ntypes + 1, 0.0);
  for (int type = 1; type <= atom->ntypes; type++) {
    const std::string symbol = symbols[type - 1];
    if (symbol == "NULL") continue;
    elements[type] = model.element_index(symbol);
    if (elements[type] < 0)
      error->all(FLERR, "pair_coeff for sswnn: element {} of atom type {} is not in model {}, which has {}", symbol,
                 type, file, utils::join_words(model.elements, " "));
    cutsq[type] = model.cutoff * model.cutoff;
  }
  if (*std::max_element(elements.begin(), elements.end()) < 0)
    error->all(FLERR, "pair_coeff for sswnn: no atom type has an element of model {}", file);
  element_of_type_ = std::move(elements);
  cutsq_of_type_ = std::move(cutsq);
}

// ---------------------------------------------------------------- every step

void PairSSWNN::compute(int eflag, int vflag)
{
  ev_init(eflag, vflag);
  const bool with_uncertainty = uncertainty_flag_ != 0;
  if (with_uncertainty) start_uncertainty();

  group_centres();
  const int elements = static_cast<int>(first_of_element_.size()) - 1;
  for (int element = 0; element < elements; element++)
    for (int c = first_of_element_[element]; c < first_of_element_[element + 1]; c += Block::capacity) {
      gather(element, &order_[c], std::min<int>(Block::capacity, first_of_element_[element + 1] - c));
      evaluator_->evaluate(block_, with_uncertainty);
      scatter(&order_[c], with_uncertainty);
    }

  if (vflag_fdotr) virial_fdotr_compute();
}

/// Lists the centres of one element after those of another (counting sort), so that blocks are full; order within an element is LAMMPS' own.
void PairSSWNN::group_centres()
{
  const int *type = atom->type;
  const int elements = static_cast<int>(evaluator_->model().elements.size());
  first_of_element_.assign(elements + 1, 0);
  if (order_.size() < static_cast<std::size_t>(list->inum)) order_.resize(atom->nmax);

  for (int ii = 0; ii < list->inum; ii++) {
    const int element = element_of_type_[type[list->ilist[ii]]];
    if (element >= 0) first_of_element_[element]++;
  }
  int sum = 0;
  for (int &first : first_of_element_) sum += std::exchange(first, sum);
  for (int ii = 0; ii < list->inum; ii++) {
    const int element = element_of_type_[type[list->ilist[ii]]];
    if (element >= 0) order_[first_of_element_[element]++] = list->ilist[ii];
  }
  // every offset now stands at the end of its element
  for (int element = elements; element > 0; element--) first_of_element_[element] = first_of_element_[element - 1];
  first_of_element_[0] = 0;
}

/// Fills the block with the neighbours of some centres of one element: every listed atom is written, those within the cutoff stay.
void PairSSWNN::gather(int element, const int *centres, int count)
{
  const double *const x = &atom->x[0][0];
  const int *const type = atom->type;
  const std::int32_t *const element_of_type = element_of_type_.data();
  const double *const cutsq_of_type = cutsq_of_type_.data();

  block_.start(element);
  for (int c = 0; c < count; c++) {
    const int i = centres[c];
    const int listed = list->numneigh[i];
    const int *const neighbours = list->firstneigh[i];
    const double xi = x[3 * i], yi = x[3 * i + 1], zi = x[3 * i + 2];
    block_.reserve(listed);
    double *const bx = block_.x, *const by = block_.y, *const bz = block_.z;
    std::int32_t *const belement = block_.element_of, *const btag = block_.tag;

    std::size_t k = block_.end();
    double closest = std::numeric_limits<double>::max();
    for (int jj = 0; jj < listed; jj++) {
      const int j = neighbours[jj] & NEIGHMASK;
      const double dx = x[3 * j] - xi, dy = x[3 * j + 1] - yi, dz = x[3 * j + 2] - zi;
      const double rsq = dx * dx + dy * dy + dz * dz;
      const int jtype = type[j];
      bx[k] = dx;
      by[k] = dy;
      bz[k] = dz;
      belement[k] = element_of_type[jtype];
      btag[k] = j;
      k += rsq < cutsq_of_type[jtype];
      closest = std::min(closest, rsq);
    }
    if (closest == 0.0) refuse_coincident(i);
    block_.close_centre(k);
  }
}

/// Adds energies and forces of the evaluated block to LAMMPS' arrays; ghosts keep theirs for the reverse communication.
void PairSSWNN::scatter(const int *centres, bool with_uncertainty)
{
  double *const f = &atom->f[0][0];
  const double *const *const x = atom->x;
  const bool tally = vflag_global || vflag_atom || cvflag_atom;

  for (int c = 0; c < block_.count; c++) {
    const int i = centres[c];
    const std::size_t begin = block_.first[c], end = begin + block_.neighbours[c];
    double fx = 0.0, fy = 0.0, fz = 0.0;
    for (std::size_t k = begin; k < end; k++) {    // Eq. (2) of docs/theory.md
      double *const fj = f + 3 * static_cast<std::size_t>(block_.tag[k]);
      const double gx = block_.gx[k], gy = block_.gy[k], gz = block_.gz[k];
      fx += gx;
      fy += gy;
      fz += gz;
      fj[0] -= gx;
      fj[1] -= gy;
      fj[2] -= gz;
    }
    double *const fi = f + 3 * static_cast<std::size_t>(i);
    fi[0] += fx;
    fi[1] += fy;
    fi[2] += fz;

    const double energy = block_.energy[c];
    if (!std::isfinite(energy + fx + fy + fz + x[i][0] + x[i][1] + x[i][2])) stop_not_finite(i, energy);
    if (eflag_global) eng_vdwl += energy;
    if (eflag_atom) eatom[i] += energy;
    if (tally) tally_virial(i, c);
    if (with_uncertainty) uncertainty_[i] = block_.uncertainty[c];
  }
}

/// Virials of centre c: the global one where LAMMPS does not take it from the forces; per atom, half to each atom of a pair, symmetric
/// part; centroid form, all to the neighbour j: W_j = - r_ij (x) g_ij, with which the heat flux sum_j W_j v_j is exact
/// (Fan et al., Phys. Rev. B 92, 094301 (2015), doi:10.1103/PhysRevB.92.094301).
void PairSSWNN::tally_virial(int i, int c)
{
  const std::size_t begin = block_.first[c], end = begin + block_.neighbours[c];
  for (std::size_t k = begin; k < end; k++) {
    const double x = block_.x[k], y = block_.y[k], z = block_.z[k];
    const double gx = block_.gx[k], gy = block_.gy[k], gz = block_.gz[k];
    const double w[9] = {-x * gx, -y * gy, -z * gz, -x * gy, -x * gz, -y * gz, -y * gx, -z * gx, -z * gy};
    const int j = block_.tag[k];
    if (cvflag_atom)
      for (int m = 0; m < 9; m++) cvatom[j][m] += w[m];
    for (int m = 0; m < 6; m++) {
      const double symmetric = m < 3 ? w[m] : 0.5 * (w[m] + w[m + 3]);
      if (vflag_global) virial[m] += symmetric;
      if (vflag_atom) {
        vatom[i][m] += 0.5 * symmetric;
        vatom[j][m] += 0.5 * symmetric;
      }
    }
  }
}

// ---------------------------------------------------------------- what other commands read

void PairSSWNN::start_uncertainty()
{
  if (atom->nmax > uncertainty_size_) {
    uncertainty_size_ = atom->nmax;
    memory->destroy(uncertainty_);
    memory->create(uncertainty_, uncertainty_size_, "pair:uncertainty");
  }
  std::fill_n(uncertainty_, atom->nlocal, 0.0);
  uncertainty_step_ = update->ntimestep;
}

void *PairSSWNN::extract(const char *name, int &dim)
{
  dim = 0;
  if (strcmp(name, "cutoff") == 0) return &cutoff_;
  if (strcmp(name, "uncertainty_flag") == 0) return &uncertainty_flag_;
  return nullptr;
}

void *PairSSWNN::extract_peratom(const char *name, int &ncol)
{
  if (strcmp(name, "uncertainty") != 0) return nullptr;
  ncol = 0;
  return uncertainty_step_ == update->ntimestep ? uncertainty_ : nullptr;
}

double PairSSWNN::memory_usage()
{
  double bytes = Pair::memory_usage();
  bytes +=
      static_cast<double>(order_.capacity()) * sizeof(int) + static_cast<double>(uncertainty_size_) * sizeof(double);
  bytes += static_cast<double>(block_.memory_usage());
  if (evaluator_) bytes += static_cast<double>(evaluator_->memory_usage());
  return bytes;
}

// ---------------------------------------------------------------- what cannot be computed

std::string PairSSWNN::atom_name(int i) const
{
  return fmt::format("atom {} (type {})", atom->tag_enable ? atom->tag[i] : i + 1, atom->type[i]);
}

/// Local index of the listed neighbour of our elements nearest to atom i, -1 without one; its distance in Å.
int PairSSWNN::closest_neighbour(int i, double &distance) const
{
  int closest = -1;
  double smallest = std::numeric_limits<double>::max();
  for (int jj = 0; jj < list->numneigh[i]; jj++) {
    const int j = list->firstneigh[i][jj] & NEIGHMASK;
    if (element_of_type_[atom->type[j]] < 0) continue;
    double rsq = 0.0;
    for (int d = 0; d < 3; d++) rsq += (atom->x[j][d] - atom->x[i][d]) * (atom->x[j][d] - atom->x[i][d]);
    if (rsq < smallest) {
      smallest = rsq;
      closest = j;
    }
  }
  distance = std::sqrt(smallest);
  return closest;
}

/// Stops if an atom of our elements lies on atom i; one of another pair style (a core-shell pair, say) may.
void PairSSWNN::refuse_coincident(int i) const
{
  double distance;
  const int j = closest_neighbour(i, distance);
  if (j >= 0 && distance == 0.0)
    error->one(FLERR, "pair_style sswnn: {} and {} are at the same place, step {}", atom_name(i), atom_name(j),
               update->ntimestep);
}

void PairSSWNN::stop_not_finite(int i, double energy) const
{
  double distance;
  const int j = closest_neighbour(i, distance);
  const std::string nearest =
      j < 0 ? "without neighbours" : fmt::format("nearest neighbour {} at {:.4g} Angstrom", atom_name(j), distance);
  error->one(FLERR,
             "pair_style sswnn: energy ({:.6g} eV), force or position ({:.6g} {:.6g} {:.6g}) of {} is not a finite "
             "number, step {}; {}",
             energy, atom->x[i][0], atom->x[i][1], atom->x[i][2], atom_name(i), update->ntimestep, nearest);
}
