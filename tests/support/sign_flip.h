#pragma once
// One-sided test of paired differences whose signs are coins under the null hypothesis.
#include <cstdint>
#include <numeric>
#include <vector>

#include "core/random.h"

namespace polyclinic {

// How often a sum with random signs reaches the observed one (the observed one counts too: never 0).
inline double sign_flip_p(const std::vector<double>& differences, int samples = 100000) {
  RandomStream random(1, mix({0x516f}));
  const double observed = std::accumulate(differences.begin(), differences.end(), 0.0);
  int reached = 1;
  for (int sample = 0; sample < samples; ++sample) {
    double sum = 0;
    for (const double difference : differences) sum += random.below(2) == 0 ? difference : -difference;
    reached += sum >= observed - 1e-9;
  }
  return reached / (samples + 1.0);
}

}  // namespace polyclinic
