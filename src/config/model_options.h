#pragma once
// The `model` node: one base model. How options are declared: study.h.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/limits.h"

namespace polyclinic {

struct QuantizationOptions {
  bool enabled = false;
  std::int64_t bits = 4;
  std::string quant_type = "nf4";
  std::string compute_dtype = "float16";
  bool double_quant = true;
};
template <class V>
void describe(V& v, QuantizationOptions& o) {
  v.field("enabled", o.enabled, "hold the frozen base in few bits (QLoRA)", anything());
  v.field("bits", o.bits, "bits a weight", between(4, 4));
  v.field("quant_type", o.quant_type, "code book of the quantised weights", one_of({"nf4"}));
  v.field("compute_dtype", o.compute_dtype, "type that products are computed in",
          one_of({"float16", "bfloat16", "float32"}));
  v.field("double_quant", o.double_quant, "quantise the scales too (blocks of 256)", anything());
}

struct LoraOptions {
  std::int64_t rank = 16;
  double alpha = 32;
  double dropout = 0.05;
  std::vector<std::string> target_modules = {"q_proj", "k_proj", "v_proj", "o_proj"};
};
template <class V>
void describe(V& v, LoraOptions& o) {
  v.field("rank", o.rank, "rank of an adapter slot that names no rank of its own", between(1, 4096));
  v.field("alpha", o.alpha, "scale: a slot's output is multiplied by alpha / rank", above(0));
  v.field("dropout", o.dropout, "dropout on the adapter's input", from_to_below(0, 1));
  v.field("target_modules", o.target_modules, "linear layers that carry adapters",
          one_of({"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}));
}

struct ModelTrainingOptions {
  std::int64_t max_batch_size_t4 = 4;
  bool gradient_checkpointing = false;
  bool flash_attention = true;
};
template <class V>
void describe(V& v, ModelTrainingOptions& o) {
  v.field("max_batch_size_t4", o.max_batch_size_t4, "sequences of a micro-batch known to fit a 16 GB T4", at_least(1));
  v.field("gradient_checkpointing", o.gradient_checkpointing, "recompute the trunk in the backward pass", anything());
  v.field("flash_attention", o.flash_attention, "use the fused attention kernel where there is one", anything());
}

struct UnslothOptions {
  bool compatible = false;
  std::vector<std::string> use_for;
};
template <class V>
void describe(V& v, UnslothOptions& o) {
  v.field("compatible", o.compatible, "the published notebook of Unsloth can train this model", anything());
  v.field("use_for", o.use_for, "strategies that such a notebook can run; a note, our own engine runs all",
          one_of({"S1", "S2"}));
}

struct ModelOptions {
  std::string name;
  std::string short_name;
  std::optional<double> params;
  std::optional<std::string> path;
  std::string dtype = "auto";
  std::string attention = "causal";
  QuantizationOptions quantization;
  LoraOptions lora;
  ModelTrainingOptions training;
  UnslothOptions unsloth;
};
template <class V>
void describe(V& v, ModelOptions& o) {
  v.field("name", o.name, "name on the Hugging Face hub", anything());
  v.field("short_name", o.short_name, "name in tables and run folders", anything());
  v.field("params", o.params, "parameters of the base model", above(0));
  v.field("path", o.path, "folder with config.json, *.safetensors and tokenizer.json", anything());
  v.field("dtype", o.dtype, "type of the frozen weights; auto: as stored, float16 where bfloat16 is slow",
          one_of({"auto", "float32", "float16", "bfloat16"}));
  v.field("attention", o.attention, "mask of the trunk", one_of({"causal", "bidirectional"}));
  v.group("quantization", o.quantization, "the frozen base in few bits");
  v.group("lora", o.lora, "adapters");
  v.group("training", o.training, "what this model needs when it trains");
  v.group("unsloth", o.unsloth, "a note for users of Unsloth");
}

}  // namespace polyclinic
