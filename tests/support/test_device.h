#pragma once
// The device that the model's and the adapters' tests run on: the CPU, or what POLYCLINIC_TEST_DEVICE names ("cuda",
// set by bench/device.sh on a machine with a card).
#include <ATen/core/Tensor.h>

#include <cstdlib>

namespace polyclinic {

inline at::Device test_device() {
  const char* name = std::getenv("POLYCLINIC_TEST_DEVICE");
  return at::Device(name == nullptr || *name == '\0' ? "cpu" : name);
}

}  // namespace polyclinic
