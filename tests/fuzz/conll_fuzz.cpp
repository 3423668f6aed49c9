// Any bytes are a file of words and tags.
#include <cstddef>
#include <cstdint>

#include "fuzz/task_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const polyclinic::TaskFile files;
  files.put("train.tsv", {reinterpret_cast<const char*>(data), size});
  files.read("bc5cdr");
  return 0;
}
