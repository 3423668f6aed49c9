#pragma once
// Small tensors that the host has made, sent to a device without waiting for it: on a card by way of page-locked
// memory. (A copy from ordinary memory waits until all that is queued before it is done.)
#include <ATen/core/Tensor.h>

namespace polyclinic {

at::Tensor upload(const at::Tensor& host, at::Device device);
at::Tensor upload(const at::Tensor& host, const at::TensorOptions& to);  // in the dtype of `to` as well

}  // namespace polyclinic
