#include "kernels/nf4.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace polyclinic::kernels {

const std::array<float, 16>& nf4_code() {
  static const std::array<float, 16> code = {-1.0F,
                                             -0.6961928009986877F,
                                             -0.5250730514526367F,
                                             -0.39491748809814453F,
                                             -0.28444138169288635F,
                                             -0.18477343022823334F,
                                             -0.09105003625154495F,
                                             0.0F,
                                             0.07958029955625534F,
                                             0.16093020141124725F,
                                             0.24611230194568634F,
                                             0.33791524171829224F,
                                             0.44070982933044434F,
                                             0.5626170039176941F,
                                             0.7229568362236023F,
                                             1.0F};
  return code;
}

namespace {
// torch.linspace in fp32: counts up from the start in the first half and down from the end in the second, one rounding
// each.
std::vector<float> linear_space(float start, float end, int steps) {
  std::vector<float> points(static_cast<std::size_t>(steps));
  const float step = (end - start) / static_cast<float>(steps - 1);
  for (int i = 0; i < steps; ++i) {
    const bool lower = i < steps / 2;
    points[static_cast<std::size_t>(i)] =
        lower ? std::fma(step, static_cast<float>(i), start) : std::fma(-step, static_cast<float>(steps - 1 - i), end);
  }
  return points;
}

std::array<float, 256> make_dynamic_map() {
  std::array<float, 256> map{};
  std::size_t used = 0;
  const int exponents = 7;
  for (int i = 0; i < exponents; ++i) {
    const auto bounds = linear_space(0.1F, 1.0F, (1 << i) + 1);
    const auto power = static_cast<float>(std::pow(10.0, i - (exponents - 1)));
    for (std::size_t k = 0; k + 1 < bounds.size(); ++k) {
      const float mean = (bounds[k] + bounds[k + 1]) / 2.0F * power;
      map[used++] = mean;
      map[used++] = -mean;
    }
  }
  map[used++] = 0.0F;
  map[used++] = 1.0F;
  std::sort(map.begin(), map.end());
  return map;
}

// Index of the nearest entry of an ascending map; a value on a midpoint takes the lower entry.
template <std::size_t N>
class NearestEntry {
 public:
  explicit NearestEntry(const std::array<float, N>& map) {
    for (std::size_t i = 0; i + 1 < N; ++i) midpoints_[i] = (map[i] + map[i + 1]) / 2.0F;
  }
  std::uint8_t operator()(float value) const {
    return static_cast<std::uint8_t>(std::lower_bound(midpoints_.begin(), midpoints_.end(), value) -
                                     midpoints_.begin());
  }

 private:
  std::array<float, N - 1> midpoints_;
};

constexpr float smallest_absmax = 1e-38F;  // an all-zero block must not divide by zero
}  // namespace

const std::array<float, 256>& dynamic_map() {
  static const std::array<float, 256> map = make_dynamic_map();
  return map;
}

void nf4_quantize_cpu(const float* values, std::int64_t count, std::uint8_t* packed, float* absmax) {
  static const NearestEntry<16> nearest(nf4_code());
  for (std::int64_t begin = 0; begin < count; begin += nf4_block) {
    const std::int64_t end = std::min(begin + nf4_block, count);
    float largest = 0;
    for (std::int64_t i = begin; i < end; ++i) largest = std::max(largest, std::fabs(values[i]));
    absmax[begin / nf4_block] = largest;
    const float inverse = 1.0F / std::max(largest, smallest_absmax);
    for (std::int64_t i = begin; i < end; i += 2) {
      const std::uint8_t high = nearest(std::clamp(values[i] * inverse, -1.0F, 1.0F));
      const std::uint8_t low = nearest(std::clamp(values[i + 1] * inverse, -1.0F, 1.0F));
      packed[i / 2] = static_cast<std::uint8_t>(high << 4 | low);
    }
  }
}

void nf4_quantize_absmax_cpu(const float* absmax, std::int64_t blocks, float offset, std::uint8_t* codes,
                             float* scale) {
  static const NearestEntry<256> nearest(dynamic_map());
  for (std::int64_t begin = 0; begin < blocks; begin += nf4_absmax_block) {
    const std::int64_t end = std::min(begin + nf4_absmax_block, blocks);
    float largest = 0;
    for (std::int64_t i = begin; i < end; ++i) largest = std::max(largest, std::fabs(absmax[i] - offset));
    scale[begin / nf4_absmax_block] = largest;
    const float inverse = 1.0F / std::max(largest, smallest_absmax);
    for (std::int64_t i = begin; i < end; ++i)
      codes[i] = nearest(std::clamp((absmax[i] - offset) * inverse, -1.0F, 1.0F));
  }
}

void nf4_dequantize_cpu(const Nf4View& view, float* out, std::int64_t begin, std::int64_t end) {
  const auto& code = nf4_code();
  const auto& map = dynamic_map();
  for (std::int64_t block = begin / nf4_block; block < end / nf4_block; ++block) {
    const float absmax = map[view.absmax_codes[block]] * view.absmax_scale[block / nf4_absmax_block] + view.offset;
    for (std::int64_t i = block * nf4_block / 2; i < (block + 1) * nf4_block / 2; ++i) {
      out[2 * i] = code[view.packed[i] >> 4] * absmax;
      out[2 * i + 1] = code[view.packed[i] & 15] * absmax;
    }
  }
}

}  // namespace polyclinic::kernels
