#include "model/weight_source.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "core/concat.h"
#include "core/error.h"
#include "core/files.h"
#include "model/pickle_archive.h"
#include "model/safetensors.h"

namespace polyclinic {
namespace {

using nlohmann::json;
using std::filesystem::path;

std::string shape_text(at::IntArrayRef shape) {
  std::string out = "[";
  for (const std::int64_t size : shape) out += concat(out.size() > 1 ? ", " : "", size);
  return out + "]";
}

std::unique_ptr<WeightSource> open_file(const path& file) {
  if (file.extension() == ".bin") return std::make_unique<PickleArchive>(file);
  return std::make_unique<SafetensorsFile>(file);
}

// Several files and the index that says which tensor lies where.
class ShardedWeights final : public WeightSource {
 public:
  explicit ShardedWeights(const path& index) : index_(index) {
    const json root = parse(index);
    if (!root.is_object() || !root.contains("weight_map") || !root.at("weight_map").is_object()) {
      throw InputError("has no weight_map", {.file = index.string()});
    }
    for (const auto& [name, value] : root.at("weight_map").items()) place(name, value);
    if (names_.empty()) throw InputError("names no tensors", {.file = index.string(), .key = "weight_map"});
  }
  std::vector<std::string> names() const override {
    std::vector<std::string> out;
    for (const auto& [name, shard] : names_) out.push_back(name);
    return out;
  }
  bool contains(const std::string& name) const override { return names_.contains(name); }
  at::Tensor read(const std::string& name) const override {
    const auto found = names_.find(name);
    if (found == names_.end()) throw InputError("names no such tensor", {.file = index_.string(), .key = name});
    return shards_.at(found->second)->read(name);
  }
  path where(const std::string& name) const override {
    const auto found = names_.find(name);
    return found == names_.end() ? index_ : shards_.at(found->second)->where(name);
  }

 private:
  static json parse(const path& index) {
    try {
      return json::parse(read_file(index));
    } catch (const json::exception& error) {
      throw InputError(concat("is not valid JSON: ", error.what()), {.file = index.string()});
    }
  }
  void place(const std::string& name, const json& value) {
    const Where at{.file = index_.string(), .key = name};
    if (!value.is_string()) throw InputError("must name a file", at);
    const auto file = value.get<std::string>();
    if (file.empty() || path(file) != path(file).filename()) {
      throw InputError(concat("names '", file, "', which is not a plain file name in this folder"), at);
    }
    if (!shards_.contains(file)) shards_.emplace(file, open_file(index_.parent_path() / file));
    if (!shards_.at(file)->contains(name)) throw InputError(concat("is not in ", file), at);
    names_.emplace(name, file);
  }

  path index_;
  std::map<std::string, std::string> names_;  // tensor -> shard
  std::map<std::string, std::unique_ptr<WeightSource>> shards_;
};

}  // namespace

at::Tensor read_shaped(const WeightSource& source, const std::string& name, const std::vector<std::int64_t>& shape) {
  at::Tensor tensor = source.read(name);
  if (tensor.sizes() != at::IntArrayRef(shape)) {
    throw InputError(concat("has shape ", shape_text(tensor.sizes()), "; config.json needs ", shape_text(shape)),
                     {.file = source.where(name).string(), .key = name});
  }
  if (!at::isFloatingType(tensor.scalar_type())) {
    throw InputError("is not a tensor of floating-point numbers", {.file = source.where(name).string(), .key = name});
  }
  return tensor;
}

std::unique_ptr<WeightSource> open_weights(const path& folder) {
  if (!std::filesystem::is_directory(folder)) throw InputError("is not a folder", {.file = folder.string()});
  std::string looked_for;
  for (const char* name :
       {"model.safetensors.index.json", "model.safetensors", "pytorch_model.bin.index.json", "pytorch_model.bin"}) {
    const path file = folder / name;
    looked_for += concat(looked_for.empty() ? "" : ", ", name);
    if (!std::filesystem::exists(file)) continue;
    if (file.extension() == ".json") return std::make_unique<ShardedWeights>(file);
    return open_file(file);
  }
  throw InputError(
      concat("holds no weights; looked for ", looked_for), {.file = folder.string()},
      std::filesystem::exists(folder / "consolidated.safetensors")
          ? "consolidated.safetensors has other tensor names: get the model-*.safetensors of the same model"
          : "");
}

}  // namespace polyclinic
