#pragma once
// Types of the elements that our kernels take. Arithmetic inside a kernel is fp32 whatever the element type.
#include <cstdint>

namespace polyclinic::kernels {

enum class ElementType : std::uint8_t { float32, float16, bfloat16 };

}  // namespace polyclinic::kernels
