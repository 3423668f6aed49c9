#pragma once
// Weights from mapped files onto a card at the speed of the host's memory: pieces are copied by all threads into two
// page-locked buffers in turn, while the card fetches the other one. Work on one stream only.
#include <ATen/core/Tensor.h>

#include <memory>

namespace polyclinic {

class HostCopy {
 public:
  HostCopy();
  ~HostCopy();
  HostCopy(const HostCopy&) = delete;
  HostCopy& operator=(const HostCopy&) = delete;

  // `host`, a contiguous tensor, on `device`: itself where it is there already.
  at::Tensor to(const at::Tensor& host, at::Device device);

 private:
  struct Buffers;
  std::unique_ptr<Buffers> buffers_;
};

}  // namespace polyclinic
