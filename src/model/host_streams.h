#pragma once
// Residual streams of recomputed blocks in the host's page-locked memory, between the forward and the backward pass.
// The copies run beside the device's other work.
#include <ATen/core/Tensor.h>

#include <cstddef>
#include <memory>

namespace polyclinic {

class HostStreams {
 public:
  HostStreams();
  ~HostStreams();
  HostStreams(const HostStreams&) = delete;
  HostStreams& operator=(const HostStreams&) = delete;

  // Takes over the stream before a block: CUDA only. Its memory on the device is free once the copy is made.
  void put(std::size_t block, const at::Tensor& stream);
  // The stream again, on its device. Blocks are taken from the last to the first.
  at::Tensor take(std::size_t block);
  // The stream before block - 1, if it is here, starts on its way back.
  void start(std::size_t block);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace polyclinic
