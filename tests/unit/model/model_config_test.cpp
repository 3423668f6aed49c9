#include "model/model_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/error.h"
#include "core/files.h"
#include "model/registry.h"

namespace polyclinic {
namespace {

using testing::HasSubstr;

// The published configurations, the keys that matter (reference: each model's config.json on its hub page).
const char* const gemma_2_2b = R"({"architectures": ["Gemma2ForCausalLM"], "attention_bias": false,
  "attn_logit_softcapping": 50.0, "final_logit_softcapping": 30.0, "head_dim": 256, "hidden_act": "gelu_pytorch_tanh",
  "hidden_activation": "gelu_pytorch_tanh", "hidden_size": 2304, "intermediate_size": 9216,
  "max_position_embeddings": 8192, "model_type": "gemma2", "num_attention_heads": 8, "num_hidden_layers": 26,
  "num_key_value_heads": 4, "query_pre_attn_scalar": 256, "rms_norm_eps": 1e-06, "rope_theta": 10000.0,
  "sliding_window": 4096, "torch_dtype": "float32", "vocab_size": 256000})";
const char* const phi_3_mini = R"({"architectures": ["Phi3ForCausalLM"], "hidden_act": "silu", "hidden_size": 3072,
  "intermediate_size": 8192, "max_position_embeddings": 4096, "model_type": "phi3", "num_attention_heads": 32,
  "num_hidden_layers": 32, "num_key_value_heads": 32, "rms_norm_eps": 1e-05, "rope_scaling": null,
  "rope_theta": 10000.0, "sliding_window": 2047, "tie_word_embeddings": false, "vocab_size": 32064})";
const char* const llama_3_2_3b = R"({"architectures": ["LlamaForCausalLM"], "attention_bias": false, "head_dim": 128,
  "hidden_act": "silu", "hidden_size": 3072, "intermediate_size": 8192, "max_position_embeddings": 131072,
  "mlp_bias": false, "model_type": "llama", "num_attention_heads": 24, "num_hidden_layers": 28,
  "num_key_value_heads": 8, "rms_norm_eps": 1e-05, "rope_scaling": {"factor": 32.0, "high_freq_factor": 4.0,
  "low_freq_factor": 1.0, "original_max_position_embeddings": 8192, "rope_type": "llama3"}, "rope_theta": 500000.0,
  "tie_word_embeddings": true, "vocab_size": 128256})";
const char* const llama_3_1_8b = R"({"architectures": ["LlamaForCausalLM"], "hidden_act": "silu", "hidden_size": 4096,
  "intermediate_size": 14336, "max_position_embeddings": 131072, "model_type": "llama", "num_attention_heads": 32,
  "num_hidden_layers": 32, "num_key_value_heads": 8, "rms_norm_eps": 1e-05, "rope_parameters": {"factor": 8.0,
  "high_freq_factor": 4.0, "low_freq_factor": 1.0, "original_max_position_embeddings": 8192, "rope_type": "llama3",
  "rope_theta": 500000.0}, "tie_word_embeddings": false, "vocab_size": 128256})";
const char* const mistral_v0_3 = R"({"architectures": ["MistralForCausalLM"], "hidden_act": "silu", "hidden_size": 4096,
  "intermediate_size": 14336, "max_position_embeddings": 32768, "model_type": "mistral", "num_attention_heads": 32,
  "num_hidden_layers": 32, "num_key_value_heads": 8, "rms_norm_eps": 1e-05, "rope_theta": 1000000.0,
  "sliding_window": null, "tie_word_embeddings": false, "vocab_size": 32768})";
const char* const biomistral = R"({"architectures": ["MistralForCausalLM"], "hidden_act": "silu", "hidden_size": 4096,
  "intermediate_size": 14336, "max_position_embeddings": 32768, "model_type": "mistral", "num_attention_heads": 32,
  "num_hidden_layers": 32, "num_key_value_heads": 8, "rms_norm_eps": 1e-05, "rope_theta": 10000.0,
  "sliding_window": 4096, "vocab_size": 32000})";

ModelConfig parse(const std::string& text) { return parse_model_config(text, "m/config.json"); }

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

void expect_refused(const std::string& text, const std::string& key, const std::string& word) {
  try {
    parse(text);
    ADD_FAILURE() << "accepted: " << key;
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("m/config.json")) << key;
    EXPECT_THAT(error.what(), HasSubstr(key));
    EXPECT_THAT(error.what(), HasSubstr(word));
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
  }
}

// Totals as published (the parameter counts of the model cards, exact).
TEST(ModelConfig, ParameterCountsOfTheSixModels) {
  EXPECT_EQ(parameter_count(parse(gemma_2_2b)), 2'614'341'888);
  EXPECT_EQ(parameter_count(parse(phi_3_mini)), 3'821'079'552);
  EXPECT_EQ(parameter_count(parse(llama_3_2_3b)), 3'212'749'824);
  EXPECT_EQ(parameter_count(parse(llama_3_1_8b)), 8'030'261'248);
  EXPECT_EQ(parameter_count(parse(mistral_v0_3)), 7'248'023'552);
  EXPECT_EQ(parameter_count(parse(biomistral)), 7'241'732'096);
  EXPECT_EQ(linear_parameter_count(parse(gemma_2_2b)), 2'024'275'968);
  EXPECT_EQ(linear_parameter_count(parse(phi_3_mini)), 3'623'878'656);
  EXPECT_EQ(linear_parameter_count(parse(llama_3_2_3b)), 2'818'572'288);
  EXPECT_EQ(linear_parameter_count(parse(mistral_v0_3)), 6'979'321'856);
}

TEST(ModelConfig, Gemma2) {
  const ModelConfig config = parse(gemma_2_2b);
  EXPECT_EQ(config.query_width(), 2048);
  EXPECT_TRUE(config.tied_embeddings);  // by the family's default
  EXPECT_DOUBLE_EQ(config.attention_scale, 1.0 / 16.0);
  EXPECT_DOUBLE_EQ(config.attention_softcap, 50.0);
  EXPECT_DOUBLE_EQ(config.final_softcap, 30.0);
  EXPECT_EQ(config.activation, Activation::gelu_tanh);
  EXPECT_EQ(config.layer_window[0], 4096);
  EXPECT_EQ(config.layer_window[1], 0);
  EXPECT_EQ(config.layer_window[24], 4096);
}

TEST(ModelConfig, WindowsOfPhi3AndMistral) {
  EXPECT_EQ(parse(phi_3_mini).layer_window, std::vector<std::int64_t>(32, 2047));
  EXPECT_EQ(parse(mistral_v0_3).layer_window, std::vector<std::int64_t>(32, 0));
  EXPECT_EQ(parse(biomistral).layer_window, std::vector<std::int64_t>(32, 4096));
  EXPECT_FALSE(parse(biomistral).tied_embeddings);
}

TEST(ModelConfig, BothLayoutsOfRotaryScaling) {
  const ModelConfig old_layout = parse(llama_3_2_3b);
  ASSERT_TRUE(old_layout.rope_scaling.has_value());
  EXPECT_DOUBLE_EQ(old_layout.rope_scaling->factor, 32.0);
  EXPECT_DOUBLE_EQ(old_layout.rope_theta, 500000.0);
  const ModelConfig new_layout = parse(llama_3_1_8b);
  ASSERT_TRUE(new_layout.rope_scaling.has_value());
  EXPECT_DOUBLE_EQ(new_layout.rope_scaling->factor, 8.0);
  EXPECT_EQ(new_layout.rope_scaling->original_positions, 8192);
  EXPECT_DOUBLE_EQ(new_layout.rope_theta, 500000.0);
}

TEST(ModelConfig, WrittenAndReadAgain) {
  for (const char* text : {gemma_2_2b, phi_3_mini, llama_3_2_3b, llama_3_1_8b, mistral_v0_3, biomistral}) {
    const ModelConfig config = parse(text);
    const ModelConfig again = parse(write_model_config(config, "float32"));
    EXPECT_EQ(again.family, config.family);
    EXPECT_EQ(again.layer_window, config.layer_window);
    EXPECT_EQ(again.head_dim, config.head_dim);
    EXPECT_EQ(again.tied_embeddings, config.tied_embeddings);
    EXPECT_DOUBLE_EQ(again.attention_scale, config.attention_scale);
    EXPECT_DOUBLE_EQ(again.attention_softcap, config.attention_softcap);
    EXPECT_DOUBLE_EQ(again.rope_theta, config.rope_theta);
    EXPECT_EQ(again.rope_scaling.has_value(), config.rope_scaling.has_value());
    EXPECT_EQ(parameter_count(again), parameter_count(config));
  }
}

TEST(ModelConfig, OddKeysAreRefusedWithFileAndKey) {
  const std::string phi = phi_3_mini;
  expect_refused("{", "config.json", "JSON");
  expect_refused("[]", "config.json", "object");
  expect_refused("{}", "model_type", "missing");
  expect_refused(replaced(phi, "Phi3ForCausalLM", "GPT2LMHeadModel"), "architectures", "GPT2LMHeadModel");
  expect_refused(replaced(phi, "\"hidden_size\": 3072,", ""), "hidden_size", "missing");
  expect_refused(replaced(phi, "\"hidden_size\": 3072", "\"hidden_size\": \"3072\""), "hidden_size", "string");
  expect_refused(replaced(phi, "\"hidden_size\": 3072", "\"hidden_size\": 3071"), "hidden_size", "multiple");
  expect_refused(replaced(phi, "\"hidden_size\": 3072", "\"hidden_size\": -3072"), "hidden_size", "-3072");
  expect_refused(replaced(phi, "\"hidden_size\": 3072", "\"hidden_size\": 18446744073709551615"), "hidden_size",
                 "large");
  expect_refused(replaced(phi, "\"num_key_value_heads\": 32", "\"num_key_value_heads\": 5"), "num_key_value_heads",
                 "divide");
  expect_refused(replaced(phi, "\"silu\"", "\"relu\""), "hidden_act", "relu");
  expect_refused(replaced(phi, "\"rms_norm_eps\": 1e-05", "\"rms_norm_eps\": 0"), "rms_norm_eps", "positive");
  expect_refused(replaced(phi, "\"rope_scaling\": null", R"("rope_scaling": {"type": "su", "short_factor": [1]})"),
                 "rope_scaling.type", "'su' is not built");
  expect_refused(replaced(phi, "\"rope_scaling\": null", R"("rope_parameters": {"rope_type": "longrope"})"),
                 "rope_parameters.rope_type", "longrope");
  expect_refused(replaced(phi, "\"rope_scaling\": null", "\"attention_bias\": true"), "attention_bias", "not built");
  expect_refused(replaced(phi, "\"rope_scaling\": null", "\"quantization_config\": {}"), "quantization_config",
                 "quantised");
  expect_refused(replaced(phi, "\"rope_scaling\": null", "\"partial_rotary_factor\": 0.75"), "partial_rotary_factor",
                 "not built");
  expect_refused(replaced(gemma_2_2b, "\"attn_logit_softcapping\": 50.0", "\"attn_logit_softcapping\": -1"),
                 "attn_logit_softcapping", "positive");
  expect_refused(replaced(gemma_2_2b, "\"sliding_window\": 4096", "\"sliding_window\": 4096, \"layer_types\": []"),
                 "layer_types", "26");
}

TEST(ModelConfig, ReadsTheReferenceFolders) {
  for (const char* name : {"llama", "llama_tied", "mistral", "gemma2", "phi3"}) {
    const std::filesystem::path folder = std::filesystem::path(POLYCLINIC_SOURCE_DIR) / "tests/parity/model" / name;
    const ModelConfig config = read_model_config(folder / "config.json");
    EXPECT_EQ(config.hidden, 32) << name;
    EXPECT_EQ(config.layers, 2) << name;
  }
}

}  // namespace
}  // namespace polyclinic
