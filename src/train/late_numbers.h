#pragma once
// Numbers that a device computes and the host reads later: one copy into page-locked memory, queued behind the work
// that makes them, so that the host goes on queueing meanwhile.
#include <ATen/core/Tensor.h>
#include <c10/core/Event.h>

#include <optional>
#include <vector>

namespace polyclinic {

class LateNumbers {
 public:
  LateNumbers() = default;
  // `tensors`: fp64, of one device.
  explicit LateNumbers(const std::vector<at::Tensor>& tensors);
  // All elements, in the order of the tensors; waits for the device.
  std::vector<double> read() const;

 private:
  at::Tensor host_;
  std::optional<c10::Event> copied_;  // on a card
};

}  // namespace polyclinic
