// Any bytes are a config.json, or one clear refusal; what is accepted is written and read again, and can be counted.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/error.h"
#include "model/model_config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace polyclinic;
  try {
    const ModelConfig config = parse_model_config({reinterpret_cast<const char*>(data), size}, "fuzz.json");
    parameter_count(config);
    linear_parameter_count(config);
    parse_model_config(write_model_config(config, "float32"), "again.json");
  } catch (const InputError&) {
  }
  return 0;
}
