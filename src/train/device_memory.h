#pragma once
// Memory of a device: what it offers a run, and what this process took.
#include <c10/core/Device.h>

#include <string>

namespace polyclinic {

struct DeviceMemory {
  std::string name;    // "NVIDIA H100 80GB HBM3"; "CPU"
  bool ampere = true;  // compute capability 8.0 or more: bf16 and flash attention
  double free = 0;     // bytes; 0 on a CPU, whose memory nobody counts
  double total = 0;
};
DeviceMemory device_memory(const c10::Device& device);

// Most bytes that tensors held at once since the process began; 0 on a CPU.
double peak_tensor_bytes(const c10::Device& device);

// Gives the allocator's unused blocks back, so that pieces of other sizes can be made of them.
void release_cached_memory(const c10::Device& device);

}  // namespace polyclinic
