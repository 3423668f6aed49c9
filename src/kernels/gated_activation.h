#pragma once
// SwiGLU and GeGLU (Shazeer, 2020) on a merged projection: y = f(gate) * up, f = SiLU or the tanh form of GELU.
#include <cstdint>

#include "kernels/element_type.h"

namespace polyclinic::kernels {

enum class GateFunction : std::uint8_t { silu, gelu_tanh };

struct GatedShape {
  std::int64_t rows = 0;
  std::int64_t width = 0;  // columns of y; gate_up has 2 * width, gate first. CUDA: a multiple of 8
  GateFunction function = GateFunction::silu;
};

// gate_up [rows, 2 width] -> y [rows, width]. Rows [begin, end).
void gated_forward_cpu(const GatedShape& shape, const float* gate_up, float* y, std::int64_t begin, std::int64_t end);
// dy [rows, width] -> dgate_up [rows, 2 width]; y (may be null) [rows, width] is made again on the way.
void gated_backward_cpu(const GatedShape& shape, const float* dy, const float* gate_up, float* dgate_up, float* y,
                        std::int64_t begin, std::int64_t end);

void gated_forward_cuda(const GatedShape& shape, ElementType type, const void* gate_up, void* y, void* stream);
// `dgate_up` may be `gate_up`.
void gated_backward_cuda(const GatedShape& shape, ElementType type, const void* dy, const void* gate_up, void* dgate_up,
                         void* y, void* stream);

}  // namespace polyclinic::kernels
