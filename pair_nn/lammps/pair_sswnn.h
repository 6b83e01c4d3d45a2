/// `pair_style sswnn`: arguments, list request, and gather - evaluate - scatter. Knows nothing of descriptors or networks.
#ifndef LMP_PAIR_SSWNN_H
#define LMP_PAIR_SSWNN_H

#include "pair.h"

#include "model/evaluator.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace LAMMPS_NS {

class PairSSWNN : public Pair {
 public:
  explicit PairSSWNN(class LAMMPS *);
  ~PairSSWNN() override;

  void settings(int, char **) override;
  void coeff(int, char **) override;
  void init_style() override;
  double init_one(int, int) override;
  void compute(int, int) override;

  /// "cutoff" (Å), and "uncertainty_flag", by which `fix pair` asks for the uncertainty on its steps.
  void *extract(const char *, int &) override;
  /// "uncertainty" (eV/Å) of the last compute(), if that was asked for.
  void *extract_peratom(const char *, int &) override;
  double memory_usage() override;

 private:
  sswnn::Isa isa_ = sswnn::Isa::baseline;
  std::shared_ptr<const sswnn::Model> model_;
  std::unique_ptr<sswnn::Evaluator> evaluator_;
  sswnn::Block block_;
  double cutoff_ = 0.0;

  std::vector<std::int32_t> element_of_type_;    // of the model; -1: not ours (NULL)
  std::vector<double> cutsq_of_type_;            // 0: not ours
  std::vector<int> order_;                       // local atoms, grouped by element
  std::vector<int> first_of_element_;            // [Z + 1] offsets into order_

  int uncertainty_flag_ = 0;
  bigint uncertainty_step_ = -1;
  int uncertainty_size_ = 0;
  double *uncertainty_ = nullptr;

  void require_environment() const;
  void allocate();
  std::shared_ptr<const sswnn::Model> load_model(const std::string &name) const;
  void make_evaluator(std::shared_ptr<const sswnn::Model> model);
  void map_types(const sswnn::Model &model, const std::string &file, char **symbols);

  void start_uncertainty();
  void group_centres();
  void gather(int element, const int *centres, int count);
  void scatter(const int *centres, bool with_uncertainty);
  void tally_virial(int i, int c);
  void refuse_coincident(int i) const;
  [[noreturn]] void stop_not_finite(int i, double energy) const;
  int closest_neighbour(int i, double &distance) const;
  std::string atom_name(int i) const;
};

}    // namespace LAMMPS_NS

#endif
