#include "bench/shapes.h"

#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include "model/published_shapes.h"

namespace polyclinic {
namespace {

// Name on the hub of a configs/model file; empty for another name.
std::string_view hub_name(const std::string& model) {
  if (model == "llama8b") return "meta-llama/Llama-3.1-8B";
  if (model == "mistral7b") return "mistralai/Mistral-7B-v0.3";
  if (model == "phi3mini") return "microsoft/Phi-3-mini-4k-instruct";
  if (model == "gemma2b") return "google/gemma-2-2b";
  return "";
}

class DeviceRandom final : public WeightSource {
 public:
  DeviceRandom(const ModelConfig& config, at::TensorOptions options) : config_(config), options_(options) {}
  std::vector<std::string> names() const override { return {}; }
  bool contains(const std::string& name) const override { return name != "embed_tokens.weight"; }
  std::filesystem::path where(const std::string&) const override { return "random weights"; }
  at::Tensor read(const std::string& name) const override {
    if (name.find("norm") != std::string::npos) {
      return at::zeros({config_.hidden}, options_).add_(config_.family->unit_offset_norm ? 0.0 : 1.0);
    }
    const auto [rows, columns] = shape_of(name);
    return at::randn({rows, columns}, options_).mul_(0.02);
  }

 private:
  std::pair<std::int64_t, std::int64_t> shape_of(const std::string& name) const {
    const auto holds = [&](const char* part) { return name.find(part) != std::string::npos; };
    const std::int64_t h = config_.hidden, q = config_.query_width(), k = config_.key_width();
    if (holds("embed_tokens") || holds("lm_head")) return {config_.vocabulary, h};
    if (holds("qkv_proj")) return {q + 2 * k, h};
    if (holds("q_proj")) return {q, h};
    if (holds("k_proj") || holds("v_proj")) return {k, h};
    if (holds("o_proj")) return {h, q};
    if (holds("gate_up_proj")) return {2 * config_.intermediate, h};
    if (holds("down_proj")) return {h, config_.intermediate};
    return {config_.intermediate, h};
  }
  ModelConfig config_;
  at::TensorOptions options_;
};

}  // namespace

Trunk bench_trunk(const std::string& model, std::int64_t layers, const TrunkOptions& options) {
  std::optional<ModelConfig> config = published_config(hub_name(model));
  if (!config) return Trunk::load(model, options);
  if (layers > 0) {
    config->layers = layers;
    config->layer_window.resize(static_cast<std::size_t>(layers));
  }
  return Trunk::from_source(
      *config, std::make_shared<DeviceRandom>(*config, at::TensorOptions().dtype(options.dtype).device(options.device)),
      options);
}

}  // namespace polyclinic
