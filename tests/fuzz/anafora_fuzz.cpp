// Any bytes are an Anafora file; what is accepted is written and read again.
#include <cstddef>
#include <cstdint>
#include <string>

#include "core/error.h"
#include "tasks/anafora.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace polyclinic;
  try {
    const AnaforaData anafora = parse_anafora(std::string(reinterpret_cast<const char*>(data), size), "fuzz.xml");
    anafora.self_referential();
    for (const AnaforaAnnotation& annotation : anafora.annotations) anafora_spans(annotation.span.value_or(""));
    parse_anafora(anafora_text(anafora), "again.xml");
  } catch (const InputError&) {
  }
  return 0;
}
