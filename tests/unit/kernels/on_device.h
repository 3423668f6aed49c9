#pragma once
// The same test body on every device: the CPU reference in fp32, and with CUDA the kernel in fp32, fp16 and bf16.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "core/random.h"
#include "kernels/element_type.h"

#ifdef POLYCLINIC_CUDA
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>
#endif

namespace polyclinic::kernels {

struct Target {
  bool cuda = false;
  ElementType type = ElementType::float32;
  // Largest error that rounding to `type` may cause in a value of magnitude 1.
  double tolerance() const { return type == ElementType::float32 ? 2e-5 : type == ElementType::float16 ? 4e-3 : 3e-2; }
};

inline std::string name_of(const testing::TestParamInfo<Target>& info) {
  const char* types[] = {"float32", "float16", "bfloat16"};
  return std::string(info.param.cuda ? "cuda_" : "cpu_") + types[static_cast<int>(info.param.type)];
}

inline std::vector<Target> targets() {
  std::vector<Target> all = {{false, ElementType::float32}};
#ifdef POLYCLINIC_CUDA
  int devices = 0;
  // A CUDA build on a machine without a card tests the references alone; bench/device.sh runs where there is one.
  if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0) return all;
  for (ElementType type : {ElementType::float32, ElementType::float16, ElementType::bfloat16})
    all.push_back({true, type});
#endif
  return all;
}

inline std::vector<double> random_values(std::size_t count, std::uint64_t seed, double scale = 1.0) {
  RandomStream stream(seed, 0);
  std::vector<double> values(count);
  for (double& value : values) value = scale * stream.normal();
  return values;
}

// Values on the target's device in the target's type (or in fp32 with `single`, for weights and tables).
class Buffer {
 public:
  Buffer(const Target& target, const std::vector<double>& values, bool single = false)
      : target_(target), type_(single ? ElementType::float32 : target.type), size_(values.size()) {
    std::vector<char> bytes(size_ * width());
    for (std::size_t i = 0; i < size_; ++i) encode(values[i], bytes.data() + i * width());
    put(bytes);
  }
  Buffer(const Target& target, const std::vector<std::int32_t>& values)
      : target_(target), type_(ElementType::float32), size_(values.size()) {
    put({reinterpret_cast<const char*>(values.data()), reinterpret_cast<const char*>(values.data() + size_)});
  }
  // Poisoned output.
  Buffer(const Target& target, std::size_t size, bool single = false)
      : target_(target), type_(single ? ElementType::float32 : target.type), size_(size) {
    put(std::vector<char>(size_ * width(), static_cast<char>(0xff)));
  }
  ~Buffer() {
#ifdef POLYCLINIC_CUDA
    if (target_.cuda) cudaFree(data_);
#endif
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  void* data() { return target_.cuda ? data_ : host_.data(); }
  template <typename T>
  T* as() {
    return static_cast<T*>(data());
  }
  // What lies there, as fp64.
  std::vector<double> values() {
    std::vector<char> bytes = host_;
#ifdef POLYCLINIC_CUDA
    if (target_.cuda) {
      bytes.resize(size_ * width());
      EXPECT_EQ(cudaMemcpy(bytes.data(), data_, bytes.size(), cudaMemcpyDeviceToHost), cudaSuccess);
    }
#endif
    std::vector<double> out(size_);
    for (std::size_t i = 0; i < size_; ++i) out[i] = decode(bytes.data() + i * width());
    return out;
  }

 private:
  std::size_t width() const { return type_ == ElementType::float32 ? 4 : 2; }
  void encode(double value, char* to) const {
    if (type_ == ElementType::float32) *reinterpret_cast<float*>(to) = static_cast<float>(value);
#ifdef POLYCLINIC_CUDA
    if (type_ == ElementType::float16) *reinterpret_cast<__half*>(to) = __float2half_rn(static_cast<float>(value));
    if (type_ == ElementType::bfloat16)
      *reinterpret_cast<__nv_bfloat16*>(to) = __float2bfloat16_rn(static_cast<float>(value));
#endif
  }
  double decode(const char* from) const {
#ifdef POLYCLINIC_CUDA
    if (type_ == ElementType::float16) return __half2float(*reinterpret_cast<const __half*>(from));
    if (type_ == ElementType::bfloat16) return __bfloat162float(*reinterpret_cast<const __nv_bfloat16*>(from));
#endif
    return *reinterpret_cast<const float*>(from);
  }
  void put(const std::vector<char>& bytes) {
#ifdef POLYCLINIC_CUDA
    if (target_.cuda) {
      ASSERT_EQ(cudaMalloc(&data_, bytes.size()), cudaSuccess);
      ASSERT_EQ(cudaMemcpy(data_, bytes.data(), bytes.size(), cudaMemcpyHostToDevice), cudaSuccess);
      return;
    }
#endif
    host_ = bytes;
  }

  Target target_;
  ElementType type_;
  std::size_t size_;
  void* data_ = nullptr;
  std::vector<char> host_;
};

inline void expect_near(const std::vector<double>& actual, const std::vector<double>& expected, double tolerance) {
  ASSERT_EQ(actual.size(), expected.size());
  int shown = 0;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const double allowed = tolerance * (1.0 + std::abs(expected[i]));
    if (std::abs(actual[i] - expected[i]) <= allowed) continue;
    ADD_FAILURE() << "element " << i << ": " << actual[i] << ", expected " << expected[i] << " within " << allowed;
    if (++shown == 5) return;
  }
}

}  // namespace polyclinic::kernels
