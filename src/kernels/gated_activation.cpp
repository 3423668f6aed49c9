#include "kernels/gated_activation.h"

#include <cmath>

namespace polyclinic::kernels {

namespace {
struct ValueAndSlope {
  float value, slope;
};

ValueAndSlope silu(float x) {
  const float s = 1.0F / (1.0F + std::exp(-x));
  return {x * s, s * (1.0F + x * (1.0F - s))};
}

ValueAndSlope gelu_tanh(float x) {
  const float k = 0.7978845608028654F, c = 0.044715F;  // k = sqrt(2 / pi)
  const float t = std::tanh(k * (x + c * x * x * x));
  return {0.5F * x * (1.0F + t), 0.5F * (1.0F + t) + 0.5F * x * (1.0F - t * t) * k * (1.0F + 3.0F * c * x * x)};
}

template <ValueAndSlope (*f)(float)>
void forward(const GatedShape& shape, const float* gate_up, float* y, std::int64_t begin, std::int64_t end) {
  for (std::int64_t row = begin; row < end; ++row) {
    const float* gate = gate_up + row * 2 * shape.width;
    const float* up = gate + shape.width;
    for (std::int64_t i = 0; i < shape.width; ++i) y[row * shape.width + i] = f(gate[i]).value * up[i];
  }
}

template <ValueAndSlope (*f)(float)>
void backward(const GatedShape& shape, const float* dy, const float* gate_up, float* dgate_up, float* y,
              std::int64_t begin, std::int64_t end) {
  for (std::int64_t row = begin; row < end; ++row) {
    const float* gate = gate_up + row * 2 * shape.width;
    const float* up = gate + shape.width;
    float* dgate = dgate_up + row * 2 * shape.width;
    for (std::int64_t i = 0; i < shape.width; ++i) {
      const float g = dy[row * shape.width + i];
      const ValueAndSlope a = f(gate[i]);
      dgate[i] = g * up[i] * a.slope;
      dgate[shape.width + i] = g * a.value;
      if (y != nullptr) y[row * shape.width + i] = a.value * up[i];
    }
  }
}
}  // namespace

void gated_forward_cpu(const GatedShape& shape, const float* gate_up, float* y, std::int64_t begin, std::int64_t end) {
  if (shape.function == GateFunction::silu)
    forward<silu>(shape, gate_up, y, begin, end);
  else
    forward<gelu_tanh>(shape, gate_up, y, begin, end);
}

void gated_backward_cpu(const GatedShape& shape, const float* dy, const float* gate_up, float* dgate_up, float* y,
                        std::int64_t begin, std::int64_t end) {
  if (shape.function == GateFunction::silu)
    backward<silu>(shape, dy, gate_up, dgate_up, y, begin, end);
  else
    backward<gelu_tanh>(shape, dy, gate_up, dgate_up, y, begin, end);
}

}  // namespace polyclinic::kernels
