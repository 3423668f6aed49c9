#pragma once
// pytorch_model.bin as torch.save has written it since 1.6: a zip archive with one pickle program and one member a
// storage. The program is run by the restricted interpreter of pickle_program.h.
#include <ATen/core/Tensor.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "model/weight_source.h"

namespace polyclinic {

class PickleArchive : public WeightSource {
 public:
  explicit PickleArchive(const std::filesystem::path& file);  // InputError when it is not a plain state dict
  ~PickleArchive() override;
  std::vector<std::string> names() const override;
  bool contains(const std::string& name) const override;
  at::Tensor read(const std::string& name) const override;
  std::filesystem::path where(const std::string& name) const override;

 private:
  struct Content;
  std::shared_ptr<const Content> content_;  // tensors keep it alive
};

}  // namespace polyclinic
