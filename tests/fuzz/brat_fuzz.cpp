// Any bytes are BRAT annotations of a short text; what is accepted is written and read again.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/error.h"
#include "tasks/brat.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace polyclinic;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string text = "Severe ab\xC3\xA9 pain of the knee.\nNo fever.\n";
  Diagnostics diagnostics(Diagnostics::Mode::collect);
  try {
    BratDocument document = parse_brat(bytes, "fuzz.ann", diagnostics);
    check_brat(document, text, "fuzz.ann", diagnostics);
    const Example example = brat_example(document, "fuzz", text);
    format_brat(brat_document(example));
    parse_brat(format_brat(document), "again.ann", diagnostics);
  } catch (const InputError&) {
  }
  return 0;
}
