#pragma once
// AdamW (Loshchilov and Hutter, ICLR 2019) over flat fp32 buffers, one fused pass; equal to torch.optim.AdamW.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <utility>
#include <vector>

namespace polyclinic {

struct AdamWOptions {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0.01;
};

class AdamW {
 public:
  // `parameters` [N] fp32, updated in place. `no_decay`: ranges [begin, end) of it without weight decay, increasing.
  AdamW(at::Tensor parameters, std::vector<std::pair<std::int64_t, std::int64_t>> no_decay,
        const AdamWOptions& options);

  // One step with `gradients` [N] fp32 (already unscaled and clipped) and this step's learning rate. Where `skip` ([]
  // fp32 on their device) is 1, it changes nothing and does not count.
  void step(const at::Tensor& gradients, double learning_rate, const at::Tensor& skip = {});

  // The same in the form that a CUDA graph can hold: clips to `limit` (0: never) and reads
  // the rate [] fp32 from the device; a step whose gradients are not finite changes nothing. Returns the norm before
  // [].
  at::Tensor step_on_device(const at::Tensor& gradients, const at::Tensor& learning_rate, double limit);

  std::int64_t steps() const;                                  // waits for the device
  const at::Tensor& first_moment() const { return first_; }    // [N]
  const at::Tensor& second_moment() const { return second_; }  // [N]
  // Takes over a saved state by copying into place.
  void restore(const at::Tensor& first, const at::Tensor& second, std::int64_t steps);

 private:
  struct Range {
    std::int64_t begin, end;
    bool decay;
  };
  template <typename Update>
  void for_each_group(const at::Tensor& gradients, const Update& update);

  at::Tensor parameters_, first_, second_;
  at::Tensor count_;  // [] fp32, steps taken
  std::vector<Range> ranges_;
  AdamWOptions options_;
};

// Scales `gradients` in place so that their 2-norm is at most `limit` (0: never); returns the norm before, [] fp32 on
// their device, which is not finite when any gradient is not. As torch.nn.utils.clip_grad_norm_.
at::Tensor clip_gradients(at::Tensor& gradients, double limit);

}  // namespace polyclinic
