#pragma once
// The shape of a decoder, read from an HF config.json (the layouts of transformers 4 and 5). Free of torch, so that the
// planner may use it without loading anything.
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace polyclinic {

enum class Activation : std::uint8_t { silu, gelu_tanh };

// Llama 3.1's rescaling of the rotary frequencies; it acts at every length.
struct RotaryScaling {
  double factor = 1.0;
  double low_frequency_factor = 1.0;
  double high_frequency_factor = 4.0;
  std::int64_t original_positions = 8192;
};

struct ModelConfig;
class ConfigKeys;

// What sets one family apart; src/model/registry.cpp lists them. The trunk is one for all.
struct FamilyTraits {
  std::string_view architecture;  // "LlamaForCausalLM"
  std::string_view model_type;    // "llama"
  std::string_view activation_key = "hidden_act";
  bool tied_by_default = false;
  bool fused_projections = false;  // checkpoint holds qkv_proj and gate_up_proj (rows q, k, v and gate, up)
  bool unit_offset_norm = false;   // weights w act as 1 + w and the product is rounded last (Gemma)
  bool output_norms = false;       // norms also on the outputs of attention and MLP (Gemma-2)
  bool scaled_embedding = false;   // embeddings times sqrt(hidden)
  // Keys that only this family has; may be null.
  void (*read)(const ConfigKeys& keys, ModelConfig& config) = nullptr;
};

struct ModelConfig {
  const FamilyTraits* family = nullptr;
  std::int64_t hidden = 0;
  std::int64_t layers = 0;
  std::int64_t heads = 0;
  std::int64_t kv_heads = 0;
  std::int64_t head_dim = 0;
  std::int64_t intermediate = 0;
  std::int64_t vocabulary = 0;
  std::int64_t max_positions = 0;
  bool tied_embeddings = false;
  double norm_epsilon = 1e-5;
  double rope_theta = 10000.0;
  std::optional<RotaryScaling> rope_scaling;
  Activation activation = Activation::silu;
  double attention_scale = 0.0;            // multiplies q k^T
  double attention_softcap = 0.0;          // 0: none
  double final_softcap = 0.0;              // 0: none
  std::vector<std::int64_t> layer_window;  // one a layer; 0: none, else positions at distance >= window are masked

  std::int64_t query_width() const { return heads * head_dim; }
  std::int64_t key_width() const { return kv_heads * head_dim; }
};

// Reads `file` (a config.json). InputError with file and key when a key is missing, of a wrong type, out of range, or
// asks for what is not built (biases, quantised checkpoints, rotary kinds other than default and llama3).
ModelConfig read_model_config(const std::filesystem::path& file);
ModelConfig parse_model_config(std::string_view json, const std::filesystem::path& file);

// config.json in the layout of transformers 5; read_model_config gives `config` back.
std::string write_model_config(const ModelConfig& config, std::string_view dtype);

// Parameters of the whole model (a tied vocabulary head counts once), and of the blocks' linears alone.
std::int64_t parameter_count(const ModelConfig& config);
std::int64_t linear_parameter_count(const ModelConfig& config);

}  // namespace polyclinic
