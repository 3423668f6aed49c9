#pragma once
// The thin glue between tensors and our CUDA kernels. Only files of the CUDA build include it.
#include <ATen/core/Tensor.h>
#include <c10/cuda/CUDAStream.h>

#include "core/concat.h"
#include "core/error.h"
#include "kernels/element_type.h"

namespace polyclinic {

inline void* cuda_stream() { return c10::cuda::getCurrentCUDAStream().stream(); }

inline kernels::ElementType element_type(at::ScalarType type) {
  switch (type) {
    case at::kFloat:
      return kernels::ElementType::float32;
    case at::kHalf:
      return kernels::ElementType::float16;
    case at::kBFloat16:
      return kernels::ElementType::bfloat16;
    default:
      throw FailedError(concat("no kernel for elements of type ", c10::toString(type)));
  }
}
inline kernels::ElementType element_type(const at::Tensor& tensor) { return element_type(tensor.scalar_type()); }

}  // namespace polyclinic
