#include "train/late_numbers.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <c10/core/impl/VirtualGuardImpl.h>

namespace polyclinic {

LateNumbers::LateNumbers(const std::vector<at::Tensor>& tensors) {
  std::vector<at::Tensor> flat;
  for (const at::Tensor& tensor : tensors) flat.push_back(tensor.reshape({-1}));
  const at::Tensor all = at::cat(flat);
  if (all.is_cpu()) {
    host_ = all;
    return;
  }
  host_ = at::empty(all.sizes(), all.options().device(at::kCPU).pinned_memory(true));
  host_.copy_(all, /*non_blocking=*/true);
  copied_.emplace(all.device().type());
  copied_->record(c10::impl::VirtualGuardImpl(all.device().type()).getStream(all.device()));
}

std::vector<double> LateNumbers::read() const {
  if (copied_) copied_->synchronize();
  const auto* values = host_.const_data_ptr<double>();
  return {values, values + host_.numel()};
}

}  // namespace polyclinic
