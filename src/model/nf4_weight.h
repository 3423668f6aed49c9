#pragma once
// A frozen weight in NF4 with double quantisation (src/kernels/nf4.h): 4.127 bits a value. Products decode it into a
// buffer that all weights of a trunk share, in the dtype of the rows.
#include <ATen/core/Tensor.h>

#include <memory>

#include "model/frozen_weight.h"

namespace polyclinic {

// Scratch for one decoded weight at a time. Work on one stream only, so that the next decoding waits for the last
// product.
class DecodeBuffer {
 public:
  // [rows, columns] of `dtype` on `device`; its contents are those of the last user.
  at::Tensor get(std::int64_t rows, std::int64_t columns, at::ScalarType dtype, at::Device device);

 private:
  at::Tensor storage_;
};

// weight [rows, columns], fp32, fp16 or bf16, on the device where it is to stay; rows * columns a multiple of 64
// (InputError otherwise). The codes are those of bitsandbytes; mean(absmax) is always taken on the CPU, so that every
// device holds the same bits.
std::unique_ptr<FrozenWeight> make_nf4_weight(const at::Tensor& weight, std::shared_ptr<DecodeBuffer> buffer);

}  // namespace polyclinic
