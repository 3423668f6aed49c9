// Any bytes are a file of JSON lines, for each task that reads one.
#include <cstddef>
#include <cstdint>

#include "fuzz/task_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const polyclinic::TaskFile files;
  files.put("train.jsonl", {reinterpret_cast<const char*>(data), size});
  for (const char* task : {"pubmedqa", "gad", "biosses"}) files.read(task);
  return 0;
}
