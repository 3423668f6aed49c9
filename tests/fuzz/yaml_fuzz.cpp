// Any bytes are a tree, or one clear refusal; a tree can be printed, resolved and checked against the schema.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "config/compose.h"
#include "config/schema.h"
#include "config/yaml_read.h"
#include "config/yaml_write.h"
#include "core/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const polyclinic::NodePtr tree =
        polyclinic::read_yaml(std::string_view(reinterpret_cast<const char*>(data), size), "fuzz.yaml");
    polyclinic::write_yaml(*tree);
    const polyclinic::NodePtr plain = polyclinic::resolved(*tree, nullptr, 0);
    polyclinic::decode_study(*plain);
  } catch (const polyclinic::InputError&) {
  }
  return 0;
}
