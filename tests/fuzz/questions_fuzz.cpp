// Any bytes are an XML file of SemEval-2017 Task 3, for each subtask.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/error.h"
#include "tasks/semeval2017t3.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace polyclinic;
  for (const char* subtask : {"A", "B", "C"}) {
    Diagnostics diagnostics(Diagnostics::Mode::collect);
    try {
      const auto examples =
          read_semeval2017t3({reinterpret_cast<const char*>(data), size}, "fuzz.xml", subtask, diagnostics);
      format_relevancy(examples);
      format_ranking(examples);
    } catch (const InputError&) {
    }
  }
  return 0;
}
