#include "model/fused_cuda.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>

#include "model/cuda_bridge.h"

namespace polyclinic {

NormForward norm_forward_cuda(const at::Tensor& x, const at::Tensor& residual, const at::Tensor& weight,
                              const kernels::RmsNormShape& shape, at::ScalarType dtype) {
  const at::Tensor input = x.contiguous();
  const bool adds = residual.defined();
  const at::Tensor stream = adds ? residual.contiguous() : input;
  NormForward out{adds ? at::empty_like(stream) : input, at::empty(x.sizes(), x.options().dtype(dtype)),
                  at::empty({shape.rows}, x.options().dtype(at::kFloat))};
  kernels::rms_norm_forward_cuda(shape, {element_type(out.y), element_type(stream)}, input.const_data_ptr(),
                                 adds ? stream.const_data_ptr() : nullptr, weight.const_data_ptr<float>(),
                                 adds ? out.h.mutable_data_ptr() : nullptr, out.y.mutable_data_ptr(),
                                 out.inverse_rms.mutable_data_ptr<float>(), cuda_stream());
  return out;
}

at::Tensor norm_backward_cuda(const at::Tensor& dy, const at::Tensor& dh, const at::Tensor& h, const at::Tensor& weight,
                              const at::Tensor& inverse_rms, const kernels::RmsNormShape& shape) {
  const at::Tensor gradient = dy.contiguous();
  const at::Tensor residual = dh.defined() ? dh.contiguous() : dh;
  at::Tensor out = at::empty_like(h);
  kernels::rms_norm_backward_cuda(shape, {element_type(gradient), element_type(h)}, gradient.const_data_ptr(),
                                  residual.defined() ? residual.const_data_ptr() : nullptr, h.const_data_ptr(),
                                  weight.const_data_ptr<float>(), inverse_rms.const_data_ptr<float>(),
                                  out.mutable_data_ptr(), cuda_stream());
  return out;
}

at::Tensor gated_forward_cuda(const at::Tensor& gate_up, const kernels::GatedShape& shape) {
  at::Tensor y = at::empty({shape.rows, shape.width}, gate_up.options());
  kernels::gated_forward_cuda(shape, element_type(gate_up), gate_up.const_data_ptr(), y.mutable_data_ptr(),
                              cuda_stream());
  return y;
}

at::Tensor gated_backward_cuda(const at::Tensor& dy, at::Tensor gate_up, const kernels::GatedShape& shape) {
  const at::Tensor gradient = dy.contiguous();
  void* data = gate_up.mutable_data_ptr();
  kernels::gated_backward_cuda(shape, element_type(gate_up), gradient.const_data_ptr(), data, data, nullptr,
                               cuda_stream());
  return gate_up;
}

void rotate_cuda(at::Tensor& rows, const at::Tensor& cosine, const at::Tensor& sine,
                 const kernels::RotaryShape& shape) {
  kernels::rotary_cuda(shape, element_type(rows), rows.mutable_data_ptr(), cosine.const_data_ptr<float>(),
                       sine.const_data_ptr<float>(), cuda_stream());
}

}  // namespace polyclinic
