// Any bytes are a MeasEval table, or a file of the persuasion task.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/error.h"
#include "tasks/measeval_table.h"
#include "tasks/persuasion.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace polyclinic;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  Diagnostics diagnostics(Diagnostics::Mode::collect);
  try {
    const auto rows = read_measeval_rows(bytes, "fuzz.tsv", diagnostics);
    check_measeval_rows(rows, diagnostics);
    for (const MeasEvalRow& row : rows) {
      measeval_link(row);
      measeval_unit(row);
      measeval_modifiers(row);
    }
  } catch (const InputError&) {
  }
  for (const bool spans : {false, true}) {
    try {
      write_persuasion(read_persuasion(bytes, "fuzz.json", spans, diagnostics));
    } catch (const InputError&) {
    }
  }
  return 0;
}
