#pragma once
// Counter-based random numbers: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
// A stream is (seed, stream); its n-th number is a pure function of both, so a resumed run repeats it by its counter
// alone.
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace polyclinic {

// One block: 4 random words from a 128-bit counter and a 64-bit key.
std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key);

// Sequential reader of one stream. Its whole state is (seed, stream, position): save and restore these.
class RandomStream {
 public:
  RandomStream(std::uint64_t seed, std::uint64_t stream, std::uint64_t position = 0)
      : seed_(seed), stream_(stream), position_(position) {}
  std::uint64_t next();                           // uniform 64 bits; advances the position by 1
  double uniform();                               // [0, 1), 53 bits
  std::uint64_t below(std::uint64_t bound);       // [0, bound), unbiased; bound > 0
  double normal();                                // mean 0, deviation 1 (Box-Muller, one value a call)
  void shuffle(std::vector<std::size_t>& items);  // Fisher-Yates
  std::uint64_t position() const { return position_; }

 private:
  std::uint64_t seed_, stream_, position_;
};

// Mixes words into a stream number (splitmix64), e.g. mix({epoch, task}).
std::uint64_t mix(std::initializer_list<std::uint64_t> words);

}  // namespace polyclinic
