#pragma once
// A frozen weight in NF4 with double quantisation (src/kernels/nf4.h): 4.127 bits a value. Products decode it into a
// buffer that all weights of a trunk share, in the dtype of the rows.
#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <memory>
#include <utility>

#include "model/frozen_weight.h"

namespace polyclinic {

// Room for two decoded weights: those that are made one after the other take it in turns, so that a block's MLP keeps
// both of its weights over several chunks of rows. Work on one stream only: the next decoding waits for the last
// product.
class DecodeBuffer {
 public:
  // A weight's lasting number here, from 0.
  std::int64_t enter() { return entered_++; }
  // [rows, columns] of `dtype` on `device` for weight `number`; true: the decoded weight is there from its last use.
  std::pair<at::Tensor, bool> get(std::int64_t number, std::int64_t rows, std::int64_t columns, at::ScalarType dtype,
                                  at::Device device);

 private:
  struct Half {
    at::Tensor storage;
    std::int64_t holds = -1;
  };
  std::array<Half, 2> halves_;
  std::int64_t entered_ = 0;
};

// weight [rows, columns], fp32, fp16 or bf16, on the device where it is to stay; rows * columns a multiple of 64
// (InputError otherwise). The codes are those of bitsandbytes; mean(absmax) is always taken on the CPU, so that every
// device holds the same bits.
std::unique_ptr<FrozenWeight> make_nf4_weight(const at::Tensor& weight, std::shared_ptr<DecodeBuffer> buffer);

}  // namespace polyclinic
