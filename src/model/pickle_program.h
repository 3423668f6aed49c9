#pragma once
// A restricted interpreter of Python's pickle programs (reference: the opcode list of CPython's pickletools). It can
// build a dict of tensors and nothing else: every opcode and every global that torch's state dicts have no need of is
// refused by name, so no code of the file's author ever runs.
#include <ATen/core/ScalarType.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace polyclinic {

// Where a tensor's elements lie: an archive member and strides in elements, all checked to be non-negative.
struct PickledTensor {
  at::ScalarType dtype = at::kFloat;
  std::string storage;             // key of the storage: member <root>/data/<key>
  std::int64_t storage_count = 0;  // elements of the storage
  std::int64_t offset = 0;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;
};

// `program`: the bytes of data.pkl. InputError, with `file` named, for anything but a dict from names to tensors.
std::map<std::string, PickledTensor> run_pickle(std::string_view program, const std::filesystem::path& file);

}  // namespace polyclinic
