#include <cmath>
#include <nlohmann/json.hpp>

#include "core/concat.h"
#include "model/config_keys.h"
#include "model/registry.h"

namespace polyclinic {
namespace {

// Layers 0, 2, ... slide a window unless layer_types says which do.
void read_windows(const ConfigKeys& keys, ModelConfig& config) {
  if (!keys.has("sliding_window")) return;
  const std::int64_t window = keys.positive("sliding_window");
  const bool listed = keys.has("layer_types");
  if (listed && (!keys.at("layer_types").is_array() || keys.at("layer_types").size() != config.layer_window.size())) {
    keys.refuse("layer_types", concat("must list ", config.layers, " layers"));
  }
  for (std::size_t layer = 0; layer < config.layer_window.size(); ++layer) {
    bool slides = layer % 2 == 0;
    if (listed) {
      const nlohmann::json& type = keys.at("layer_types")[layer];
      slides = type == "sliding_attention";
      if (!slides && type != "full_attention") {
        keys.refuse("layer_types", concat("layer ", layer, " is neither sliding_attention nor full_attention"));
      }
    }
    config.layer_window[layer] = slides ? window : 0;
  }
}

double read_cap(const ConfigKeys& keys, const char* key) {
  const double cap = keys.number(key, 0.0);
  if (cap < 0.0 || (keys.has(key) && cap == 0.0)) keys.refuse(key, "must be positive, or null for no cap");
  return cap;
}

void read_gemma2(const ConfigKeys& keys, ModelConfig& config) {
  read_windows(keys, config);
  config.attention_softcap = read_cap(keys, "attn_logit_softcapping");
  config.final_softcap = read_cap(keys, "final_logit_softcapping");
  const double scalar = keys.number("query_pre_attn_scalar");
  if (scalar <= 0.0) keys.refuse("query_pre_attn_scalar", "must be positive");
  config.attention_scale = 1.0 / std::sqrt(scalar);
}

}  // namespace

const FamilyTraits gemma2_family = {.architecture = "Gemma2ForCausalLM",
                                    .model_type = "gemma2",
                                    .activation_key = "hidden_activation",
                                    .tied_by_default = true,
                                    .unit_offset_norm = true,
                                    .output_norms = true,
                                    .scaled_embedding = true,
                                    .read = read_gemma2};

}  // namespace polyclinic
