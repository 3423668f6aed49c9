#include "model/published_shapes.h"

#include <array>

namespace polyclinic {
namespace {

struct Published {
  std::string_view name;
  std::string_view json;  // the keys that decide a shape
};

constexpr std::array<Published, 6> kPublished{{
    {"google/gemma-2-2b",
     R"({"architectures":["Gemma2ForCausalLM"],"model_type":"gemma2","hidden_size":2304,"num_hidden_layers":26,
"num_attention_heads":8,"num_key_value_heads":4,"head_dim":256,"intermediate_size":9216,"vocab_size":256000,
"max_position_embeddings":8192,"rms_norm_eps":1e-06,"rope_theta":10000.0,"sliding_window":4096,
"attn_logit_softcapping":50.0,"final_logit_softcapping":30.0,"query_pre_attn_scalar":256,
"hidden_act":"gelu_pytorch_tanh","hidden_activation":"gelu_pytorch_tanh","tie_word_embeddings":true})"},
    {"microsoft/Phi-3-mini-4k-instruct",
     R"({"architectures":["Phi3ForCausalLM"],"model_type":"phi3","hidden_size":3072,"num_hidden_layers":32,
"num_attention_heads":32,"num_key_value_heads":32,"intermediate_size":8192,"vocab_size":32064,
"max_position_embeddings":4096,"original_max_position_embeddings":4096,"rms_norm_eps":1e-05,"rope_theta":10000.0,
"sliding_window":2047,"hidden_act":"silu","tie_word_embeddings":false})"},
    {"meta-llama/Llama-3.2-3B",
     R"({"architectures":["LlamaForCausalLM"],"model_type":"llama","hidden_size":3072,"num_hidden_layers":28,
"num_attention_heads":24,"num_key_value_heads":8,"head_dim":128,"intermediate_size":8192,"vocab_size":128256,
"max_position_embeddings":131072,"rms_norm_eps":1e-05,"rope_theta":500000.0,"rope_scaling":{"rope_type":"llama3",
"factor":32.0,"low_freq_factor":1.0,"high_freq_factor":4.0,"original_max_position_embeddings":8192},
"hidden_act":"silu","tie_word_embeddings":true})"},
    {"mistralai/Mistral-7B-v0.3",
     R"({"architectures":["MistralForCausalLM"],"model_type":"mistral","hidden_size":4096,"num_hidden_layers":32,
"num_attention_heads":32,"num_key_value_heads":8,"intermediate_size":14336,"vocab_size":32768,
"max_position_embeddings":32768,"rms_norm_eps":1e-05,"rope_theta":1000000.0,"sliding_window":null,
"hidden_act":"silu","tie_word_embeddings":false})"},
    {"meta-llama/Llama-3.1-8B",
     R"({"architectures":["LlamaForCausalLM"],"model_type":"llama","hidden_size":4096,"num_hidden_layers":32,
"num_attention_heads":32,"num_key_value_heads":8,"intermediate_size":14336,"vocab_size":128256,
"max_position_embeddings":131072,"rms_norm_eps":1e-05,"rope_theta":500000.0,"rope_scaling":{"rope_type":"llama3",
"factor":8.0,"low_freq_factor":1.0,"high_freq_factor":4.0,"original_max_position_embeddings":8192},
"hidden_act":"silu","tie_word_embeddings":false})"},
    {"BioMistral/BioMistral-7B",
     R"({"architectures":["MistralForCausalLM"],"model_type":"mistral","hidden_size":4096,"num_hidden_layers":32,
"num_attention_heads":32,"num_key_value_heads":8,"intermediate_size":14336,"vocab_size":32000,
"max_position_embeddings":32768,"rms_norm_eps":1e-05,"rope_theta":10000.0,"sliding_window":4096,
"hidden_act":"silu","tie_word_embeddings":false})"},
}};

}  // namespace

const std::vector<std::string_view>& published_models() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> out;
    for (const Published& model : kPublished) out.push_back(model.name);
    return out;
  }();
  return names;
}

std::optional<ModelConfig> published_config(std::string_view name) {
  for (const Published& model : kPublished) {
    if (model.name == name) return parse_model_config(model.json, "the published config.json");
  }
  return std::nullopt;
}

}  // namespace polyclinic
