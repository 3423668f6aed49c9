#include "adapter/dropout.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>

#include <algorithm>
#include <cmath>

#include "kernels/dropout.h"
#ifdef POLYCLINIC_CUDA
#include "model/cuda_bridge.h"
#endif

namespace polyclinic {
namespace {

const std::uint32_t* words(const at::Tensor& tensor) {
  return reinterpret_cast<const std::uint32_t*>(tensor.const_data_ptr<std::int32_t>());
}

}  // namespace

at::Tensor apply_dropout(const at::Tensor& x, const Routing& routing, double probability, std::uint32_t bank,
                         at::Tensor* kept) {
  const auto threshold = static_cast<std::uint16_t>(std::min(65535.0, std::round(probability * 65536.0)));
  const kernels::DropoutShape shape{.rows = routing.rows(),
                                    .features = x.size(1),
                                    .threshold = threshold,
                                    .factor = static_cast<float>(65536.0 / (65536.0 - threshold)),
                                    .bank = bank};
  const DropoutRows& rows = routing.dropout_rows(x.device());
#ifdef POLYCLINIC_CUDA
  if (x.is_cuda()) {
    const at::Tensor input = x.contiguous();
    at::Tensor y = at::empty_like(input);
    kernels::dropout_cuda(shape, element_type(input), words(rows.keys), words(rows.step), input.const_data_ptr(),
                          y.mutable_data_ptr(), cuda_stream());
    return y;
  }
#endif
  if (kept != nullptr && kept->defined()) return x * kept->to(x.options()).mul_(shape.factor);
  at::Tensor mask = at::empty({shape.rows, shape.features}, at::kFloat);
  kernels::dropout_mask_cpu(shape, words(rows.keys), words(rows.step), mask.mutable_data_ptr<float>());
  if (kept != nullptr) *kept = mask.to(at::kBool);
  return x * mask.to(x.options());
}

}  // namespace polyclinic
