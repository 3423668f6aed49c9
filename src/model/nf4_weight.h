#pragma once
// A frozen weight in NF4 with double quantisation (src/kernels/nf4.h): 4.127 bits a value. Products decode it into a
// buffer that all weights of a trunk share, in the dtype of the rows.
#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "model/frozen_weight.h"
#include "model/side_stream.h"

namespace polyclinic {

// Room for two decoded weights: those that are made one after the other take it in turns, so that a block's MLP keeps
// both of its weights over several chunks of rows. All products run on one stream: a decoding waits for the last one.
class DecodeBuffer {
 public:
  // -> a weight's lasting number here, from 0; weights enter in the order of the forward pass and live as long as any
  // of them is used. `decode` writes the weight's values.
  using Decode = std::function<void(at::Tensor&)>;
  std::int64_t enter(std::int64_t rows, std::int64_t columns, Decode decode);
  // The decoded weight `number`, for a product with tensors like `like`. While a CUDA graph is captured, weight `next`,
  // which the following product wants, is decoded beside this product on a stream of its own. The first weight is no
  // `next` of a backward pass: nothing below it takes a gradient.
  at::Tensor get(std::int64_t number, std::int64_t next, const at::Tensor& like);

 private:
  struct Half {
    at::Tensor storage;
    std::int64_t holds = -1;
  };
  struct Entry {
    std::int64_t rows = 0, columns = 0;
    Decode decode;
  };
  at::Tensor place(std::int64_t number, const at::Tensor& like, bool& there);
  std::array<Half, 2> halves_;
  std::vector<Entry> entries_;
  SideStream side_;
  bool ahead_ = false;  // the side stream has work that the main stream has not waited for
};

// weight [rows, columns], fp32, fp16 or bf16, on the device where it is to stay; rows * columns a multiple of 64
// (InputError otherwise). The codes are those of bitsandbytes; mean(absmax) is always taken on the CPU, so that every
// device holds the same bits.
std::unique_ptr<FrozenWeight> make_nf4_weight(const at::Tensor& weight, std::shared_ptr<DecodeBuffer> buffer);

}  // namespace polyclinic
