// Any bytes are a ShARe pipe file of a short note, for both years.
#include <cstddef>
#include <cstdint>

#include "fuzz/task_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const polyclinic::TaskFile files;
  files.put("train/n.text", "Severe ab\xC3\xA9 pain of the knee.\nNo fever.\n");
  files.put("train/n.pipe", {reinterpret_cast<const char*>(data), size});
  files.read("semeval2014t7");
  files.read("semeval2015t14");
  return 0;
}
