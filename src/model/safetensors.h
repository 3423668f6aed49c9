#pragma once
// The safetensors format: 8 bytes little-endian header length, a JSON header, then the tensors without gaps
// (reference: the format section of the safetensors README). Reading maps the file; writing is whole or not at all.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/weight_source.h"

namespace polyclinic {

// One tensor of a header. Offsets count from the start of the file.
struct SafetensorsEntry {
  at::ScalarType dtype = at::kFloat;
  std::vector<std::int64_t> shape;
  std::size_t begin = 0;
  std::size_t end = 0;
};

struct SafetensorsHeader {
  std::map<std::string, SafetensorsEntry> tensors;
  std::map<std::string, std::string> metadata;
};

// `bytes`: the whole file. InputError (one line, `file` named) for every malformed header: too short, length over
// 100 MB or past the end, no JSON object, duplicate or non-UTF-8 names, unknown dtype, wrong shape, offsets that leave
// the file, overlap or leave a gap, or a size that shape and dtype do not give.
SafetensorsHeader parse_safetensors(std::string_view bytes, const std::filesystem::path& file);

// One file.
class SafetensorsFile : public WeightSource {
 public:
  explicit SafetensorsFile(const std::filesystem::path& file);
  ~SafetensorsFile() override;
  std::vector<std::string> names() const override;
  bool contains(const std::string& name) const override;
  at::Tensor read(const std::string& name) const override;
  std::filesystem::path where(const std::string& name) const override;
  const SafetensorsHeader& header() const;

 private:
  struct Content;
  std::shared_ptr<const Content> content_;  // tensors keep it alive
};

// All tensors of a file, each in memory of its own (adapters, checkpoints, reference data).
std::map<std::string, at::Tensor> read_safetensors(const std::filesystem::path& file);

// Writes CPU or device tensors with string metadata, atomically. Non-contiguous tensors are copied first.
void write_safetensors(const std::filesystem::path& file, const std::map<std::string, at::Tensor>& tensors,
                       const std::map<std::string, std::string>& metadata = {});

}  // namespace polyclinic
