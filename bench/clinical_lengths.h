#pragma once
// Tokens of clinical sequences: log-normal, mean 55. The peers read the same file.
#include <cstdint>
#include <fstream>
#include <vector>

namespace polyclinic {

inline std::vector<std::int64_t> clinical_lengths() {
  std::ifstream file(POLYCLINIC_BENCH_DIR "/clinical_lengths.txt");
  std::vector<std::int64_t> lengths;
  for (std::int64_t length = 0; file >> length;) lengths.push_back(length);
  return lengths;
}

}  // namespace polyclinic
