#pragma once
// The best label sequence under transitions that are allowed or not.
#include <cstdint>
#include <vector>

namespace polyclinic {

struct Transitions {
  std::size_t labels = 0;
  std::vector<std::uint8_t> allowed;  // [labels * labels], from * labels + to
  std::vector<std::uint8_t> start;    // [labels]
};

// scores [n * labels], row-major. Maximises the sum of scores over allowed sequences; of equal ones it takes the lower
// label at the last position where they differ. Some label must be allowed to start and to follow each label.
std::vector<std::int32_t> viterbi(const float* scores, std::size_t n, const Transitions& transitions);

}  // namespace polyclinic
