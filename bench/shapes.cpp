#include "bench/shapes.h"

#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include <map>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/files.h"

namespace polyclinic {
namespace {

nlohmann::json shape(const char* kind, const char* architecture, std::int64_t hidden, std::int64_t layers,
                     std::int64_t heads, std::int64_t kv_heads, std::int64_t intermediate, std::int64_t vocabulary,
                     double theta, double epsilon) {
  return {{"model_type", kind},
          {"architectures", {architecture}},
          {"hidden_size", hidden},
          {"num_hidden_layers", layers},
          {"num_attention_heads", heads},
          {"num_key_value_heads", kv_heads},
          {"intermediate_size", intermediate},
          {"vocab_size", vocabulary},
          {"rope_theta", theta},
          {"rms_norm_eps", epsilon},
          {"hidden_act", "silu"},
          {"max_position_embeddings", 4096},
          {"tie_word_embeddings", false}};
}

// Shapes of the published configurations.
nlohmann::json config_of(const std::string& model) {
  if (model == "llama8b") return shape("llama", "LlamaForCausalLM", 4096, 32, 32, 8, 14336, 128256, 5e5, 1e-5);
  if (model == "mistral7b") {
    auto out = shape("mistral", "MistralForCausalLM", 4096, 32, 32, 8, 14336, 32768, 1e6, 1e-5);
    out["sliding_window"] = nullptr;
    return out;
  }
  if (model == "phi3mini") {
    auto out = shape("phi3", "Phi3ForCausalLM", 3072, 32, 32, 32, 8192, 32064, 1e4, 1e-5);
    out["sliding_window"] = 2047;
    out["original_max_position_embeddings"] = 4096;
    return out;
  }
  if (model == "gemma2b") {
    auto out = shape("gemma2", "Gemma2ForCausalLM", 2304, 26, 8, 4, 9216, 256000, 1e4, 1e-6);
    out.update({{"head_dim", 256},
                {"query_pre_attn_scalar", 256},
                {"sliding_window", 4096},
                {"attn_logit_softcapping", 50.0},
                {"final_logit_softcapping", 30.0},
                {"hidden_activation", "gelu_pytorch_tanh"},
                {"tie_word_embeddings", true}});
    return out;
  }
  return {};
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
  nlohmann::json config = config_of(model);
  if (config.is_null()) return Trunk::load(model, options);
  if (layers > 0) config["num_hidden_layers"] = layers;
  const ModelConfig parsed = parse_model_config(config.dump(), model);
  return Trunk::from_source(
      parsed, std::make_shared<DeviceRandom>(parsed, at::TensorOptions().dtype(options.dtype).device(options.device)),
      options);
}

}  // namespace polyclinic
