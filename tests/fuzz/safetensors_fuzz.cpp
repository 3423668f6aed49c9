// Any bytes are a safetensors file, or one clear refusal; what is accepted lies inside the file.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/error.h"
#include "model/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const auto header = polyclinic::parse_safetensors({reinterpret_cast<const char*>(data), size}, "fuzz.safetensors");
    for (const auto& [name, entry] : header.tensors) {
      if (entry.begin > entry.end || entry.end > size) std::abort();
    }
  } catch (const polyclinic::InputError&) {
  }
  return 0;
}
