/// Published pairwise models in reduced units: the yardsticks of global optimisation.
#pragma once

#include <cstddef>
#include <vector>

#include "model/neighbours.h"

namespace sswnn {

/// Lennard-Jones, V = 4 (r^-12 - r^-6).
struct LennardJones {
  /// V and V'/r of one distance from its square.
  static void pair(double square, double &value, double &slope)
  {
    const double inverse = 1 / square, sixth = inverse * inverse * inverse;
    value = 4 * sixth * (sixth - 1);
    slope = -24 * inverse * sixth * (2 * sixth - 1);
  }
};

/// Morse, V = e (e - 2), e = exp(rho (1 - r)) (Doye & Wales, J. Chem. Soc., Faraday Trans. 1997, 93, 4233).
struct Morse {
  double rho;
  void pair(double square, double &value, double &slope) const;
};

/// Sum over the pairs of a cluster, or over neighbours below a cutoff under periodic boundaries.
template <class Pair> class Pairwise {
 public:
  /// @param cutoff of all pairs, from where the energy is V(r) - V(cutoff); 0: every pair of a cluster
  /// @throws std::invalid_argument for a negative cutoff
  Pairwise(Pair pair, double cutoff);

  /// Energy; forces [n, 3]; virial dE/dε [9] (left alone without periodic directions).
  /// @throws std::invalid_argument for periodic directions without cutoff, and as `find_neighbours`
  double compute(const double *positions, std::size_t n, const double cell[9], const bool periodic[3], double *forces,
                 double *virial);

 private:
  double cluster(const double *positions, std::size_t n, double *forces);

  Pair pair_;
  double cutoff_, at_cutoff_ = 0;
  NeighbourList list_;
  std::vector<double> columns_;
};

extern template class Pairwise<LennardJones>;
extern template class Pairwise<Morse>;

}    // namespace sswnn
