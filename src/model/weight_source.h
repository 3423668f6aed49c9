#pragma once
// Named tensors of a checkpoint, whatever its file format.
#include <ATen/core/Tensor.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace polyclinic {

class WeightSource {
 public:
  virtual ~WeightSource() = default;
  virtual std::vector<std::string> names() const = 0;  // sorted
  virtual bool contains(const std::string& name) const = 0;
  // On the CPU, in the stored dtype. May look into mapped memory that the tensor keeps alive; treat it as constant.
  // InputError when there is no such tensor.
  virtual at::Tensor read(const std::string& name) const = 0;
  // The file or folder to name in a complaint about `name`.
  virtual std::filesystem::path where(const std::string& name) const = 0;
};

// Reads `name` and checks its shape. InputError names the file, the tensor and both shapes.
at::Tensor read_shaped(const WeightSource& source, const std::string& name, const std::vector<std::int64_t>& shape);

// The weights of an HF model folder: model.safetensors.index.json, model.safetensors, pytorch_model.bin.index.json or
// pytorch_model.bin, the first that is there. Mistral's consolidated.safetensors (other names, same weights) is never
// read. InputError says which files were looked for.
std::unique_ptr<WeightSource> open_weights(const std::filesystem::path& folder);

}  // namespace polyclinic
