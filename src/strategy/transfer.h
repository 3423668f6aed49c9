#pragma once
// What a sequence of tasks does to each task (S4). `scores[i][j]`: score on the j-th task of the sequence after
// training on the i-th; T x T. `untrained[j]`: score before any training.
//   backward transfer, forward transfer: Lopez-Paz and Ranzato, "Gradient episodic memory", NeurIPS 2017, eq. 2 and 3
//   forgetting: Chaudhry et al., "Riemannian walk", ECCV 2018
#include <vector>

namespace polyclinic {

struct TransferSummary {
  double average = 0;              // mean of the last row
  double backward = 0;             // mean over j < T of scores[T][j] - scores[j][j]
  double forward = 0;              // mean over j > 1 of scores[j - 1][j] - untrained[j]
  std::vector<double> forgetting;  // for j < T: best score before the last task minus the final one
  double mean_forgetting = 0;
};

TransferSummary summarise_transfer(const std::vector<std::vector<double>>& scores,
                                   const std::vector<double>& untrained);

}  // namespace polyclinic
