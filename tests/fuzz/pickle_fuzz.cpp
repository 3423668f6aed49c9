// Any bytes are a torch archive, and a pickle program; each gives tensors inside their storages, or one clear refusal.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

#include "core/error.h"
#include "model/pickle_program.h"
#include "model/zip_archive.h"

namespace {

using namespace polyclinic;

void check(const PickledTensor& tensor) {
  // In 128 bits, which no product of checked sizes overflows.
  __int128 last = tensor.offset;
  for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
    if (tensor.shape[i] < 0 || tensor.strides.at(i) < 0) std::abort();
    if (tensor.shape[i] == 0) return;
    last += static_cast<__int128>(tensor.shape[i] - 1) * tensor.strides[i];
  }
  if (tensor.offset < 0 || last >= tensor.storage_count) std::abort();
}

void program(std::string_view bytes) {
  try {
    for (const auto& [name, tensor] : run_pickle(bytes, "fuzz.bin")) check(tensor);
  } catch (const InputError&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  program(bytes);
  try {
    for (const auto& [name, member] : parse_zip(bytes, "fuzz.bin")) program(member);
  } catch (const InputError&) {
  }
  return 0;
}
