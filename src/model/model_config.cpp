#include "model/model_config.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/concat.h"
#include "core/error.h"
#include "core/files.h"
#include "model/config_keys.h"
#include "model/registry.h"

namespace polyclinic {
namespace {

using nlohmann::json;

std::string known_architectures() {
  std::string names;
  for (const FamilyTraits* family : model_families()) {
    names += concat(names.empty() ? "" : ", ", family->architecture);
  }
  return names;
}

const FamilyTraits& find_family(const ConfigKeys& keys) {
  const std::string mend = concat("the families are ", known_architectures());
  if (keys.has("architectures")) {
    const json& names = keys.at("architectures");
    if (!names.is_array() || names.empty() || !names[0].is_string()) {
      keys.refuse("architectures", "must be a list with one name");
    }
    const auto name = names[0].get<std::string>();
    for (const FamilyTraits* family : model_families()) {
      if (family->architecture == name) return *family;
    }
    keys.refuse("architectures", concat("'", name, "' is not built"), mend);
  }
  const std::string type = keys.text("model_type");
  for (const FamilyTraits* family : model_families()) {
    if (family->model_type == type) return *family;
  }
  keys.refuse("model_type", concat("'", type, "' is not built"), mend);
}

void read_shape(const ConfigKeys& keys, ModelConfig& config) {
  config.hidden = keys.positive("hidden_size");
  config.layers = keys.positive("num_hidden_layers");
  config.heads = keys.positive("num_attention_heads");
  config.kv_heads = keys.positive("num_key_value_heads", config.heads);
  config.intermediate = keys.positive("intermediate_size");
  config.vocabulary = keys.positive("vocab_size");
  config.max_positions = keys.positive("max_position_embeddings");
  if (config.layers > 4096) keys.refuse("num_hidden_layers", concat("is ", config.layers, "; at most 4096"));
  if (config.heads % config.kv_heads != 0) {
    keys.refuse("num_key_value_heads",
                concat("is ", config.kv_heads, ", which does not divide the ", config.heads, " attention heads"));
  }
  if (!keys.has("head_dim") && config.hidden % config.heads != 0) {
    keys.refuse("hidden_size", concat("is ", config.hidden, ", no multiple of the ", config.heads, " attention heads"));
  }
  config.head_dim = keys.positive("head_dim", config.hidden / config.heads);
  if (config.head_dim % 2 != 0) keys.refuse("head_dim", "must be even: rotary embedding turns pairs");
  config.tied_embeddings = keys.boolean("tie_word_embeddings", config.family->tied_by_default);
  config.norm_epsilon = keys.number("rms_norm_eps");
  if (config.norm_epsilon <= 0.0) keys.refuse("rms_norm_eps", "must be positive");
}

void read_activation(const ConfigKeys& keys, ModelConfig& config) {
  const std::string key(config.family->activation_key);
  const std::string name = keys.text(key);
  if (name == "silu" || name == "swish") {
    config.activation = Activation::silu;
  } else if (name == "gelu_pytorch_tanh") {
    config.activation = Activation::gelu_tanh;
  } else {
    keys.refuse(key, concat("'", name, "' is not built"), "silu and gelu_pytorch_tanh are");
  }
}

RotaryScaling read_llama3_scaling(const ConfigKeys& rope, std::int64_t max_positions) {
  RotaryScaling scaling;
  scaling.factor = rope.number("factor");
  scaling.low_frequency_factor = rope.number("low_freq_factor");
  scaling.high_frequency_factor = rope.number("high_freq_factor");
  scaling.original_positions = rope.positive("original_max_position_embeddings", max_positions);
  if (scaling.factor < 1.0) rope.refuse("factor", "must be at least 1");
  if (scaling.low_frequency_factor <= 0.0) rope.refuse("low_freq_factor", "must be positive");
  if (scaling.high_frequency_factor <= scaling.low_frequency_factor) {
    rope.refuse("high_freq_factor", "must exceed low_freq_factor");
  }
  return scaling;
}

// transformers 5: everything in rope_parameters. transformers 4: rope_theta beside rope_scaling.
void read_rotary(const ConfigKeys& keys, ModelConfig& config) {
  config.rope_theta = keys.number("rope_theta", 10000.0);
  if (keys.number("partial_rotary_factor", 1.0) != 1.0) {
    keys.refuse("partial_rotary_factor", "partial rotary embedding is not built");
  }
  for (const char* key : {"rope_parameters", "rope_scaling"}) {
    if (!keys.has(key)) continue;
    const ConfigKeys rope = keys.nested(key);
    config.rope_theta = rope.number("rope_theta", config.rope_theta);
    if (rope.number("partial_rotary_factor", 1.0) != 1.0) {
      rope.refuse("partial_rotary_factor", "partial rotary embedding is not built");
    }
    const char* type_key = rope.has("rope_type") ? "rope_type" : "type";
    const std::string type = rope.text(type_key, "default");
    if (type == "llama3") {
      config.rope_scaling = read_llama3_scaling(rope, config.max_positions);
    } else if (type != "default") {
      rope.refuse(type_key, concat("rotary scaling '", type, "' is not built (only default and llama3 are)"),
                  "take a variant of the model with a short context, e.g. Phi-3-mini-4k instead of 128k");
    }
    break;
  }
  if (config.rope_theta <= 0.0) keys.refuse("rope_theta", "must be positive");
}

void refuse_unbuilt(const ConfigKeys& keys) {
  for (const char* key : {"attention_bias", "mlp_bias", "use_bidirectional_attention"}) {
    if (keys.boolean(key, false)) keys.refuse(key, "is true, which is not built");
  }
  if (keys.has("quantization_config")) {
    keys.refuse("quantization_config", "the checkpoint is already quantised",
                "give the unquantised weights; NF4 is made while loading");
  }
}

json rotary_json(const ModelConfig& config) {
  json rope = {{"rope_theta", config.rope_theta}, {"rope_type", "default"}};
  if (config.rope_scaling) {
    rope["rope_type"] = "llama3";
    rope["factor"] = config.rope_scaling->factor;
    rope["low_freq_factor"] = config.rope_scaling->low_frequency_factor;
    rope["high_freq_factor"] = config.rope_scaling->high_frequency_factor;
    rope["original_max_position_embeddings"] = config.rope_scaling->original_positions;
  }
  return rope;
}

void add_window_keys(const ModelConfig& config, json& out) {
  std::int64_t window = 0;
  json types = json::array();
  for (const std::int64_t layer : config.layer_window) {
    window = std::max(window, layer);
    types.push_back(layer > 0 ? "sliding_attention" : "full_attention");
  }
  if (config.family == &llama_family) return;
  out["sliding_window"] = window > 0 ? json(window) : json(nullptr);
  if (config.family == &gemma2_family) out["layer_types"] = types;
}

}  // namespace

ModelConfig parse_model_config(std::string_view text, const std::filesystem::path& file) {
  json root;
  try {
    root = json::parse(text);
  } catch (const json::exception& error) {
    throw InputError(concat("is not valid JSON: ", error.what()), {.file = file.string()});
  }
  if (!root.is_object()) throw InputError("must hold a JSON object", {.file = file.string()});
  const ConfigKeys keys(root, file);
  ModelConfig config;
  config.family = &find_family(keys);
  read_shape(keys, config);
  read_activation(keys, config);
  read_rotary(keys, config);
  refuse_unbuilt(keys);
  config.layer_window.assign(static_cast<std::size_t>(config.layers), 0);
  config.attention_scale = 1.0 / std::sqrt(static_cast<double>(config.head_dim));
  if (config.family->read != nullptr) config.family->read(keys, config);
  return config;
}

ModelConfig read_model_config(const std::filesystem::path& file) { return parse_model_config(read_file(file), file); }

std::string write_model_config(const ModelConfig& config, std::string_view dtype) {
  json out = {{"architectures", {config.family->architecture}},
              {"model_type", config.family->model_type},
              {"hidden_size", config.hidden},
              {"num_hidden_layers", config.layers},
              {"num_attention_heads", config.heads},
              {"num_key_value_heads", config.kv_heads},
              {"head_dim", config.head_dim},
              {"intermediate_size", config.intermediate},
              {"vocab_size", config.vocabulary},
              {"max_position_embeddings", config.max_positions},
              {"tie_word_embeddings", config.tied_embeddings},
              {"rms_norm_eps", config.norm_epsilon},
              {"rope_parameters", rotary_json(config)},
              {"dtype", dtype}};
  out[std::string(config.family->activation_key)] =
      config.activation == Activation::silu ? "silu" : "gelu_pytorch_tanh";
  add_window_keys(config, out);
  if (config.family == &gemma2_family) {
    out["attn_logit_softcapping"] = config.attention_softcap > 0 ? json(config.attention_softcap) : json(nullptr);
    out["final_logit_softcapping"] = config.final_softcap > 0 ? json(config.final_softcap) : json(nullptr);
    // A whole number where it is one, as in the published files.
    const double scalar = 1.0 / (config.attention_scale * config.attention_scale);
    const double rounded = std::round(scalar);
    out["query_pre_attn_scalar"] =
        std::abs(scalar - rounded) < 1e-9 * scalar ? json(static_cast<std::int64_t>(rounded)) : json(scalar);
  }
  return out.dump(2) + "\n";
}

std::int64_t linear_parameter_count(const ModelConfig& config) {
  const std::int64_t attention = config.hidden * (2 * config.query_width() + 2 * config.key_width());
  return config.layers * (attention + 3 * config.hidden * config.intermediate);
}

std::int64_t parameter_count(const ModelConfig& config) {
  const std::int64_t embeddings = config.vocabulary * config.hidden * (config.tied_embeddings ? 1 : 2);
  const std::int64_t norms = config.hidden * (config.layers * (config.family->output_norms ? 4 : 2) + 1);
  return linear_parameter_count(config) + embeddings + norms;
}

}  // namespace polyclinic
