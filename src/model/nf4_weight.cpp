#include "model/nf4_weight.h"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mean.h>
#include <ATen/ops/mm.h>

#include "core/concat.h"
#include "core/error.h"
#include "kernels/nf4.h"
#ifdef POLYCLINIC_CUDA
#include "model/cuda_bridge.h"
#endif

namespace polyclinic {
namespace {

struct Quantized {
  at::Tensor packed;        // uint8 [n / 2]
  at::Tensor absmax_codes;  // uint8 [n / 64]
  at::Tensor absmax_scale;  // fp32 [ceil(n / 64 / 256)]
  float offset = 0;
};

// First level: packed codes and absmax, both on the weight's device.
void quantize_blocks(const at::Tensor& weight, at::Tensor& packed, at::Tensor& absmax) {
  if (weight.is_cpu()) {
    const at::Tensor values = weight.to(at::kFloat).contiguous();
    const auto* from = values.const_data_ptr<float>();
    auto* codes = packed.mutable_data_ptr<std::uint8_t>();
    auto* largest = absmax.mutable_data_ptr<float>();
    at::parallel_for(0, absmax.numel(), 1024, [&](std::int64_t begin, std::int64_t end) {
      kernels::nf4_quantize_cpu(from + begin * kernels::nf4_block, (end - begin) * kernels::nf4_block,
                                codes + begin * kernels::nf4_block / 2, largest + begin);
    });
    return;
  }
#ifdef POLYCLINIC_CUDA
  const at::Tensor values = weight.contiguous();
  kernels::nf4_quantize_cuda(element_type(values), values.const_data_ptr(), values.numel(),
                             packed.mutable_data_ptr<std::uint8_t>(), absmax.mutable_data_ptr<float>(), cuda_stream());
#else
  throw FailedError("this build has no NF4 kernel for the weight's device", {}, "build with the preset cuda");
#endif
}

Quantized quantize(const at::Tensor& weight) {
  const std::int64_t blocks = weight.numel() / kernels::nf4_block;
  const auto bytes = weight.options().dtype(at::kByte);
  Quantized out;
  out.packed = at::empty({weight.numel() / 2}, bytes);
  at::Tensor absmax = at::empty({blocks}, weight.options().dtype(at::kFloat));
  quantize_blocks(weight, out.packed, absmax);
  absmax = absmax.cpu();
  out.offset = at::mean(absmax).item<float>();
  at::Tensor codes = at::empty({blocks}, bytes.device(at::kCPU));
  at::Tensor scale =
      at::empty({(blocks + kernels::nf4_absmax_block - 1) / kernels::nf4_absmax_block}, absmax.options());
  kernels::nf4_quantize_absmax_cpu(absmax.const_data_ptr<float>(), blocks, out.offset,
                                   codes.mutable_data_ptr<std::uint8_t>(), scale.mutable_data_ptr<float>());
  out.absmax_codes = codes.to(weight.device());
  out.absmax_scale = scale.to(weight.device());
  return out;
}

class Nf4Weight : public FrozenWeight {
 public:
  Nf4Weight(const at::Tensor& weight, std::shared_ptr<DecodeBuffer> buffer)
      : rows_(weight.size(0)),
        columns_(weight.size(1)),
        quantized_(quantize(weight)),
        buffer_(std::move(buffer)),
        number_(buffer_->enter()) {}

  std::int64_t rows() const override { return rows_; }
  std::int64_t columns() const override { return columns_; }
  at::Tensor forward(const at::Tensor& x) const override { return at::mm(x, decoded(x).t()); }
  at::Tensor backward(const at::Tensor& dy) const override { return at::mm(dy, decoded(dy)); }
  at::Tensor dense(at::ScalarType dtype) const override {
    at::Tensor out = at::empty({rows_, columns_}, quantized_.packed.options().dtype(dtype));
    decode(out);
    return out;
  }
  std::int64_t bytes() const override {
    return quantized_.packed.numel() + quantized_.absmax_codes.numel() + 4 * quantized_.absmax_scale.numel() + 4;
  }

 private:
  at::Tensor decoded(const at::Tensor& like) const {
    auto [out, there] = buffer_->get(number_, rows_, columns_, like.scalar_type(), like.device());
    if (!there) decode(out);
    return out;
  }
  void decode(at::Tensor& out) const {
    const kernels::Nf4View view{.packed = quantized_.packed.const_data_ptr<std::uint8_t>(),
                                .absmax_codes = quantized_.absmax_codes.const_data_ptr<std::uint8_t>(),
                                .absmax_scale = quantized_.absmax_scale.const_data_ptr<float>(),
                                .offset = quantized_.offset,
                                .count = rows_ * columns_};
    if (out.is_cpu()) {
      at::Tensor work = out.scalar_type() == at::kFloat ? out : at::empty(out.sizes(), out.options().dtype(at::kFloat));
      auto* to = work.mutable_data_ptr<float>();
      at::parallel_for(0, view.count / kernels::nf4_block, 1024, [&](std::int64_t begin, std::int64_t end) {
        kernels::nf4_dequantize_cpu(view, to, begin * kernels::nf4_block, end * kernels::nf4_block);
      });
      if (!work.is_same(out)) out.copy_(work);
      return;
    }
#ifdef POLYCLINIC_CUDA
    kernels::nf4_dequantize_cuda(view, element_type(out), out.mutable_data_ptr(), cuda_stream());
#else
    throw FailedError("this build has no NF4 kernel for the weight's device", {}, "build with the preset cuda");
#endif
  }

  std::int64_t rows_, columns_;
  Quantized quantized_;
  std::shared_ptr<DecodeBuffer> buffer_;
  std::int64_t number_;
};

}  // namespace

std::pair<at::Tensor, bool> DecodeBuffer::get(std::int64_t number, std::int64_t rows, std::int64_t columns,
                                              at::ScalarType dtype, at::Device device) {
  Half& half = halves_[static_cast<std::size_t>(number % 2)];
  at::Tensor& storage = half.storage;
  const bool same = storage.defined() && storage.scalar_type() == dtype && storage.device() == device;
  if (!same || storage.numel() < rows * columns) {
    storage = at::empty({rows * columns}, at::TensorOptions().dtype(dtype).device(device));
    half.holds = -1;
  }
  const bool there = half.holds == number;
  half.holds = number;
  return {storage.narrow(0, 0, rows * columns).view({rows, columns}), there};
}

std::unique_ptr<FrozenWeight> make_nf4_weight(const at::Tensor& weight, std::shared_ptr<DecodeBuffer> buffer) {
  if (weight.dim() != 2 || weight.numel() % kernels::nf4_block != 0) {
    throw InputError(concat("a weight of ", weight.numel(), " values cannot be NF4"), {},
                     "its size must be a multiple of 64; switch model.quantization.enabled off");
  }
  return std::make_unique<Nf4Weight>(weight, std::move(buffer));
}

}  // namespace polyclinic
