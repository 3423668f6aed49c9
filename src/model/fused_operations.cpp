#include "model/fused_operations.h"

#include <ATen/Parallel.h>
#include <ATen/ops/add.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/mul.h>
#include <torch/csrc/autograd/custom_function.h>

#include <optional>

#include "core/error.h"
#include "kernels/gated_activation.h"
#include "kernels/rms_norm.h"
#ifdef POLYCLINIC_CUDA
#include "model/fused_cuda.h"
#endif

namespace polyclinic {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr std::int64_t parallel_elements = 1 << 15;  // less work than this is not worth a second thread

at::Tensor fp32(const at::Tensor& tensor) { return tensor.to(at::kFloat).contiguous(); }

void require_cpu(const at::Tensor& tensor) {
  if (!tensor.is_cpu())
    throw FailedError("this build has no fused operations for the tensor's device", {}, "build with the preset cuda");
}

template <typename Body>
void over_rows(std::int64_t rows, std::int64_t width, const Body& body) {
  at::parallel_for(0, rows, std::max<std::int64_t>(1, parallel_elements / std::max<std::int64_t>(1, width)), body);
}

kernels::RmsNormShape norm_shape(const at::Tensor& x, double epsilon, kernels::NormRounding rounding) {
  return {.rows = x.size(0), .columns = x.size(1), .epsilon = static_cast<float>(epsilon), .rounding = rounding};
}

// h and inverse_rms are what the backward takes: on the CPU fp32, on CUDA h of the stream's dtype.
struct NormResult {
  at::Tensor h, y, inverse_rms;
};

// `given_residual` may be undefined, then h is x.
NormResult norm_forward(const at::Tensor& given, const at::Tensor& given_residual, const at::Tensor& weight,
                        const kernels::RmsNormShape& shape, at::ScalarType dtype) {
#ifdef POLYCLINIC_CUDA
  if (given.is_cuda()) {
    const NormForward out = norm_forward_cuda(given, given_residual, weight, shape, dtype);
    return {out.h, out.y, out.inverse_rms};
  }
#endif
  require_cpu(given);
  const at::Tensor x = fp32(given);
  const at::Tensor residual = given_residual.defined() ? fp32(given_residual) : at::Tensor();
  NormResult out{residual.defined() ? at::empty_like(x) : x, at::empty_like(x), at::empty({shape.rows}, x.options())};
  const float* residual_data = residual.defined() ? residual.const_data_ptr<float>() : nullptr;
  float* h_data = residual.defined() ? out.h.mutable_data_ptr<float>() : nullptr;
  const float* x_data = x.const_data_ptr<float>();
  const float* weight_data = weight.const_data_ptr<float>();
  float* y_data = out.y.mutable_data_ptr<float>();
  float* rms_data = out.inverse_rms.mutable_data_ptr<float>();
  over_rows(shape.rows, shape.columns, [&](std::int64_t begin, std::int64_t end) {
    kernels::rms_norm_forward_cpu(shape, x_data, residual_data, weight_data, h_data, y_data, rms_data, begin, end);
  });
  out.y = out.y.to(dtype);
  return out;
}

// `given_dh` may be undefined. On the CPU the result is fp32.
at::Tensor norm_backward(const at::Tensor& given_dy, const at::Tensor& given_dh, const at::Tensor& h,
                         const at::Tensor& weight, const at::Tensor& inverse_rms, const kernels::RmsNormShape& shape) {
#ifdef POLYCLINIC_CUDA
  if (h.is_cuda()) return norm_backward_cuda(given_dy, given_dh, h, weight, inverse_rms, shape);
#endif
  const at::Tensor dy = fp32(given_dy);
  const at::Tensor dh = given_dh.defined() ? fp32(given_dh) : at::Tensor();
  at::Tensor out = at::empty_like(h);
  const float* dy_data = dy.const_data_ptr<float>();
  const float* dh_data = dh.defined() ? dh.const_data_ptr<float>() : nullptr;
  const float* h_data = h.const_data_ptr<float>();
  const float* weight_data = weight.const_data_ptr<float>();
  const float* rms_data = inverse_rms.const_data_ptr<float>();
  float* out_data = out.mutable_data_ptr<float>();
  over_rows(shape.rows, shape.columns, [&](std::int64_t begin, std::int64_t end) {
    kernels::rms_norm_backward_cpu(shape, dy_data, dh_data, h_data, weight_data, rms_data, out_data, begin, end);
  });
  return out;
}

// Inputs x, residual (may be absent), weight (the effective one, fp32) -> h, y.
class AddRmsNorm : public torch::autograd::Function<AddRmsNorm> {
 public:
  static variable_list forward(AutogradContext* context, const at::Tensor& x, const std::optional<at::Tensor>& given,
                               const at::Tensor& weight, double epsilon, at::ScalarType dtype, std::int64_t rounding) {
    const at::Tensor residual = given.value_or(at::Tensor());
    const at::ScalarType stream = residual.defined() ? residual.scalar_type() : x.scalar_type();
    const auto shape = norm_shape(x, epsilon, static_cast<kernels::NormRounding>(rounding));
    const NormResult result = norm_forward(x, residual, weight, shape, dtype);
    context->save_for_backward({result.h, result.inverse_rms, weight});
    context->saved_data["epsilon"] = epsilon;
    context->saved_data["x_dtype"] = static_cast<std::int64_t>(x.scalar_type());
    context->saved_data["stream_dtype"] = static_cast<std::int64_t>(stream);
    context->saved_data["has_residual"] = residual.defined();
    context->saved_data["trains_weight"] = weight.requires_grad();
    context->set_materialize_grads(false);
    if (!residual.defined()) return {result.y};
    return {result.h.to(stream), result.y};
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const bool has_residual = context->saved_data["has_residual"].toBool();
    const at::Tensor& dy = gradients.back();
    const at::Tensor dh = has_residual ? gradients[0] : at::Tensor();
    at::Tensor gradient = dh;
    at::Tensor weight_gradient;
    if (dy.defined()) {
      const double epsilon = context->saved_data["epsilon"].toDouble();
      gradient = norm_backward(dy, dh, saved[0], saved[2], saved[1], norm_shape(saved[0], epsilon, {}));
      if (context->saved_data["trains_weight"].toBool()) {
        weight_gradient = at::mul(at::mul(fp32(dy), fp32(saved[0])), saved[1].unsqueeze(1)).sum(0);
      }
    }
    if (!gradient.defined()) return variable_list(6);
    const auto x_dtype = static_cast<at::ScalarType>(context->saved_data["x_dtype"].toInt());
    const auto stream = static_cast<at::ScalarType>(context->saved_data["stream_dtype"].toInt());
    return {gradient.to(x_dtype), has_residual ? gradient.to(stream) : at::Tensor(),
            weight_gradient,      at::Tensor(),
            at::Tensor(),         at::Tensor()};
  }
};

at::Tensor effective_weight(const NormWeight& norm) {
  return norm.unit_offset ? at::add(norm.weight, 1.0) : norm.weight;
}

std::int64_t rounding_of(const NormWeight& norm) { return static_cast<std::int64_t>(norm.rounding); }

class GatedActivation : public torch::autograd::Function<GatedActivation> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& gate_up, std::int64_t function) {
    context->save_for_backward({gate_up});
    context->saved_data["function"] = function;
    const kernels::GatedShape shape = shape_of(gate_up, function);
#ifdef POLYCLINIC_CUDA
    if (gate_up.is_cuda()) return gated_forward_cuda(gate_up, shape);
#endif
    require_cpu(gate_up);
    const at::Tensor input = fp32(gate_up);
    at::Tensor y = at::empty({shape.rows, shape.width}, input.options());
    const float* input_data = input.const_data_ptr<float>();
    float* y_data = y.mutable_data_ptr<float>();
    over_rows(shape.rows, 4 * shape.width, [&](std::int64_t begin, std::int64_t end) {
      kernels::gated_forward_cpu(shape, input_data, y_data, begin, end);
    });
    return y.to(gate_up.scalar_type());
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const at::Tensor gate_up = context->get_saved_variables()[0];
    const kernels::GatedShape shape = shape_of(gate_up, context->saved_data["function"].toInt());
#ifdef POLYCLINIC_CUDA
    if (gate_up.is_cuda()) return {gated_backward_cuda(gradients[0], gate_up, shape), at::Tensor()};
#endif
    const at::Tensor input = fp32(gate_up);
    const at::Tensor dy = fp32(gradients[0]);
    at::Tensor out = at::empty_like(input);
    const float* input_data = input.const_data_ptr<float>();
    const float* dy_data = dy.const_data_ptr<float>();
    float* out_data = out.mutable_data_ptr<float>();
    over_rows(shape.rows, 4 * shape.width, [&](std::int64_t begin, std::int64_t end) {
      kernels::gated_backward_cpu(shape, dy_data, input_data, out_data, nullptr, begin, end);
    });
    return {out.to(gate_up.scalar_type()), at::Tensor()};
  }

 private:
  static kernels::GatedShape shape_of(const at::Tensor& gate_up, std::int64_t function) {
    return {gate_up.size(0), gate_up.size(1) / 2, static_cast<kernels::GateFunction>(function)};
  }
};

}  // namespace

at::Tensor rms_norm(const at::Tensor& x, const NormWeight& norm, at::ScalarType dtype) {
  return AddRmsNorm::apply(x, std::optional<at::Tensor>(), effective_weight(norm), norm.epsilon, dtype,
                           rounding_of(norm))[0];
}

std::pair<at::Tensor, at::Tensor> add_rms_norm(const at::Tensor& x, const at::Tensor& residual, const NormWeight& norm,
                                               at::ScalarType dtype) {
  const variable_list out = AddRmsNorm::apply(x, std::optional<at::Tensor>(residual), effective_weight(norm),
                                              norm.epsilon, dtype, rounding_of(norm));
  return {out[0], out[1]};
}

at::Tensor gated_activation(const at::Tensor& gate_up, Activation activation) {
  const auto function = activation == Activation::silu ? kernels::GateFunction::silu : kernels::GateFunction::gelu_tanh;
  return GatedActivation::apply(gate_up, static_cast<std::int64_t>(function));
}

}  // namespace polyclinic
