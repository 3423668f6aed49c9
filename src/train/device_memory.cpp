#include "train/device_memory.h"

#ifdef POLYCLINIC_CUDA
#include <ATen/cuda/CUDAContext.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <cuda_runtime.h>

#include "core/concat.h"
#include "core/error.h"
#endif

namespace polyclinic {

#ifdef POLYCLINIC_CUDA
DeviceMemory device_memory(const c10::Device& device) {
  if (!device.is_cuda()) return {.name = "CPU"};
  const auto* properties = at::cuda::getDeviceProperties(device.index());
  std::size_t free = 0, total = 0;
  if (const cudaError_t code = cudaMemGetInfo(&free, &total); code != cudaSuccess) {
    throw FailedError(concat("the card does not answer: ", cudaGetErrorString(code)));
  }
  return {properties->name, properties->major >= 8, static_cast<double>(free), static_cast<double>(total)};
}

double peak_tensor_bytes(const c10::Device& device) {
  if (!device.is_cuda()) return 0;
  return static_cast<double>(c10::cuda::CUDACachingAllocator::getDeviceStats(device.index()).allocated_bytes[0].peak);
}

void release_cached_memory(const c10::Device& device) {
  if (device.is_cuda()) c10::cuda::CUDACachingAllocator::emptyCache();
}
#else
DeviceMemory device_memory(const c10::Device& /*device*/) { return {.name = "CPU"}; }
double peak_tensor_bytes(const c10::Device& /*device*/) { return 0; }
void release_cached_memory(const c10::Device& /*device*/) {}
#endif

}  // namespace polyclinic
