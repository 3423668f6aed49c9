// Any line is an override, or one clear refusal; what is accepted can be written as a job's override and read again.
#include <cstddef>
#include <cstdint>
#include <string>

#include "config/interpolation.h"
#include "config/override.h"
#include "core/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string line(reinterpret_cast<const char*>(data), size);
  try {
    const polyclinic::Override override = polyclinic::parse_override(line);
    if (override.value && !override.is_sweep()) {
      polyclinic::to_node(*override.value, {});
      polyclinic::parse_override(override.key_element() + "=" + polyclinic::value_text(*override.value));
    }
  } catch (const polyclinic::InputError&) {
  }
  try {
    polyclinic::parse_interpolation(line);
  } catch (const polyclinic::InterpolationSyntaxError&) {
  }
  return 0;
}
