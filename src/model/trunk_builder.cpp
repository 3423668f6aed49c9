// Builds a trunk from named tensors and takes it apart again.
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/isfinite.h>

#include <functional>

#include "core/concat.h"
#include "core/error.h"
#include "core/files.h"
#include "core/random.h"
#include "model/host_copy.h"
#include "model/nf4_weight.h"
#include "model/safetensors.h"
#include "model/trunk.h"

namespace polyclinic {
namespace {

// A part of a merged projection under its HF name, and its rows.
struct NamedRows {
  std::string name;
  std::int64_t rows;
};

std::vector<NamedRows> attention_parts(const ModelConfig& config) {
  return {{"q_proj", config.query_width()}, {"k_proj", config.key_width()}, {"v_proj", config.key_width()}};
}

std::vector<NamedRows> mlp_parts(const ModelConfig& config) {
  return {{"gate_proj", config.intermediate}, {"up_proj", config.intermediate}};
}

std::vector<ProjectionPart> slices(const std::vector<NamedRows>& parts) {
  std::vector<ProjectionPart> out;
  std::int64_t row = 0;
  for (const NamedRows& part : parts) {
    out.push_back({part.name, row, row + part.rows});
    row += part.rows;
  }
  return out;
}

// Normal numbers for linears and embeddings, neutral norms. The stream of a tensor is its name, so that the order of
// reading does not matter.
class RandomWeights final : public WeightSource {
 public:
  RandomWeights(const ModelConfig& config, std::uint64_t seed)
      : seed_(seed), neutral_(config.family->unit_offset_norm ? 0.0 : 1.0) {
    const std::int64_t h = config.hidden;
    add("model.embed_tokens.weight", {config.vocabulary, h});
    if (!config.tied_embeddings) add("lm_head.weight", {config.vocabulary, h});
    add("model.norm.weight", {h});
    for (std::int64_t i = 0; i < config.layers; ++i) add_layer(config, concat("model.layers.", i, "."));
  }
  std::vector<std::string> names() const override {
    std::vector<std::string> out;
    for (const auto& [name, shape] : shapes_) out.push_back(name);
    return out;
  }
  bool contains(const std::string& name) const override { return shapes_.contains(name); }
  std::filesystem::path where(const std::string&) const override { return "random weights"; }
  at::Tensor read(const std::string& name) const override {
    const std::vector<std::int64_t>& shape = shapes_.at(name);
    at::Tensor out = at::empty(shape, at::TensorOptions().dtype(at::kFloat));
    if (shape.size() == 1) return out.fill_(neutral_);
    std::uint64_t stream = 0;
    for (const char c : name) stream = mix({stream, static_cast<std::uint64_t>(c)});
    RandomStream random(seed_, stream);
    auto* data = out.mutable_data_ptr<float>();
    for (std::int64_t i = 0; i < out.numel(); ++i) data[i] = static_cast<float>(0.02 * random.normal());
    return out;
  }

 private:
  void add(const std::string& name, std::vector<std::int64_t> shape) { shapes_.emplace(name, std::move(shape)); }
  void add_layer(const ModelConfig& config, const std::string& at) {
    const std::int64_t h = config.hidden;
    const std::vector<const char*> norms =
        config.family->output_norms
            ? std::vector<const char*>{"input_layernorm", "post_attention_layernorm", "pre_feedforward_layernorm",
                                       "post_feedforward_layernorm"}
            : std::vector<const char*>{"input_layernorm", "post_attention_layernorm"};
    for (const char* norm : norms) add(concat(at, norm, ".weight"), {h});
    if (config.family->fused_projections) {
      add(at + "self_attn.qkv_proj.weight", {config.query_width() + 2 * config.key_width(), h});
      add(at + "mlp.gate_up_proj.weight", {2 * config.intermediate, h});
    } else {
      for (const NamedRows& part : attention_parts(config))
        add(concat(at, "self_attn.", part.name, ".weight"), {part.rows, h});
      for (const NamedRows& part : mlp_parts(config)) add(concat(at, "mlp.", part.name, ".weight"), {part.rows, h});
    }
    add(at + "self_attn.o_proj.weight", {h, config.query_width()});
    add(at + "mlp.down_proj.weight", {h, config.intermediate});
  }

  std::uint64_t seed_;
  double neutral_;
  std::map<std::string, std::vector<std::int64_t>> shapes_;
};

std::string find_prefix(const WeightSource& source) {
  for (const char* prefix : {"model.", ""}) {
    if (source.contains(concat(prefix, "embed_tokens.weight"))) return prefix;
  }
  const std::vector<std::string> names = source.names();
  throw InputError(
      concat("holds no embed_tokens.weight", names.empty() ? "" : concat("; its first tensor is ", names.front())),
      {.file = source.where("").string()}, "take the model folder that HF transformers loads");
}

}  // namespace

class TrunkBuilder {
 public:
  TrunkBuilder(const ModelConfig& config, std::shared_ptr<const WeightSource> source, const TrunkOptions& options)
      : trunk_(config, options), source_(std::move(source)) {
    if (options.trainable && options.dtype != at::kFloat) {
      throw InputError("a base is pre-trained in float32", {.key = "dtype"});
    }
    if (options.trainable && options.nf4) throw InputError("an NF4 base cannot be trained", {.key = "nf4"});
    trunk_.prefix_ = find_prefix(*source_);
  }

  Trunk build() {
    const ModelConfig& config = trunk_.config_;
    const bool on_host = trunk_.options_.recomputed_blocks > 0 && !trunk_.options_.trainable;
    trunk_.embedding_ = leaf(tensor(trunk_.prefix_ + "embed_tokens.weight", {config.vocabulary, config.hidden},
                                    on_host ? at::Device(at::kCPU) : trunk_.options_.device));
    trunk_.final_norm_ = norm(trunk_.prefix_ + "norm.weight");
    trunk_.frequencies_ = rotary_frequencies(config).to(trunk_.options_.device);
    for (std::int64_t i = 0; i < config.layers; ++i) {
      decoded_ = i < trunk_.options_.decoded_blocks;
      trunk_.layers_.push_back(layer(i));
    }
    trunk_.source_ = source_;
    if (config.tied_embeddings && !on_host) {
      trunk_.head_ = trunk_.embedding_;
    } else if (trunk_.options_.trainable) {
      trunk_.head_ = leaf(read_head());
    }
    return std::move(trunk_);
  }

  static at::Tensor head(const Trunk& trunk) {
    TrunkBuilder reader(trunk.config_, trunk.source_, trunk.options_);
    return reader.read_head();
  }

 private:
  at::Tensor read_head() { return tensor("lm_head.weight", {trunk_.config_.vocabulary, trunk_.config_.hidden}); }

  // In the trunk's dtype on its device.
  at::Tensor tensor(const std::string& name, const std::vector<std::int64_t>& shape) const {
    return tensor(name, shape, trunk_.options_.device);
  }
  at::Tensor tensor(const std::string& name, const std::vector<std::int64_t>& shape, at::Device device) const {
    const at::Tensor stored = read_shaped(*source_, name, shape);
    at::Tensor out = copy_->to(stored.contiguous(), device).to(trunk_.options_.dtype);
    check_range(name, stored, out);
    return out;
  }
  // The same into a place of its shape, without a copy beside it.
  void read_into(at::Tensor out, const std::string& name) const {
    const at::Tensor stored = read_shaped(*source_, name, out.sizes().vec());
    out.copy_(copy_->to(stored.contiguous(), out.device()));
    check_range(name, stored, out);
  }
  void check_range(const std::string& name, const at::Tensor& stored, const at::Tensor& out) const {
    if (out.scalar_type() == at::kHalf && stored.scalar_type() != at::kHalf && !at::isfinite(out).all().item<bool>()) {
      throw InputError("has values beyond float16's range", {.file = source_->where(name).string(), .key = name},
                       "load the model in bfloat16 or float32");
    }
  }
  at::Tensor leaf(const at::Tensor& weight) const {
    // A parameter owns its memory: the stored one may be a mapped file.
    return trunk_.options_.trainable ? weight.clone().set_requires_grad(true) : weight;
  }

  NormWeight norm(const std::string& name) const {
    at::Tensor weight = read_shaped(*source_, name, {trunk_.config_.hidden}).to(at::kFloat).to(trunk_.options_.device);
    const bool offset = trunk_.config_.family->unit_offset_norm;
    const auto rounding = offset ? kernels::NormRounding::after_weight : kernels::NormRounding::before_weight;
    if (trunk_.options_.trainable) return {leaf(weight), offset, trunk_.config_.norm_epsilon, rounding};
    return {offset ? weight.add(1.0) : weight, false, trunk_.config_.norm_epsilon, rounding};
  }

  Projection linear(const std::string& block, const std::vector<NamedRows>& parts, const std::string& fused,
                    std::int64_t columns) const {
    std::int64_t rows = 0;
    for (const NamedRows& part : parts) rows += part.rows;
    const std::vector<NamedRows> stored = fused.empty() ? parts : std::vector<NamedRows>{{fused, rows}};
    const auto name = [&](const std::string& part) { return concat(trunk_.prefix_, block, ".", part, ".weight"); };
    at::Tensor weight;
    if (stored.size() == 1 && !trunk_.options_.nf4) {
      weight = tensor(name(stored[0].name), {rows, columns});
    } else {
      weight = room(rows, columns);
      for (const ProjectionPart& part : slices(stored)) {
        read_into(weight.narrow(0, part.row_begin, part.row_end - part.row_begin), name(part.name));
      }
    }
    // Adapters name modules as the whole HF model does, whatever prefix this checkpoint has.
    return {"model." + block, slices(parts), keep(weight)};
  }

  // Where a weight is put together. Those that become NF4 share one room: the C library's allocator would keep that of
  // each.
  at::Tensor room(std::int64_t rows, std::int64_t columns) const {
    const auto options = at::TensorOptions().dtype(trunk_.options_.dtype).device(trunk_.options_.device);
    if (!trunk_.options_.nf4) return at::empty({rows, columns}, options);
    if (!room_.defined() || room_.numel() < rows * columns) room_ = at::empty({rows * columns}, options);
    return room_.narrow(0, 0, rows * columns).view({rows, columns});
  }

  std::unique_ptr<FrozenWeight> keep(const at::Tensor& weight) const {
    if (trunk_.options_.trainable) return make_trainable_weight(leaf(weight));
    if (trunk_.options_.nf4) {
      std::unique_ptr<FrozenWeight> quantised = make_nf4_weight(weight, decode_buffer_);
      return decoded_ ? make_dense_weight(quantised->dense(trunk_.options_.dtype)) : std::move(quantised);
    }
    return make_dense_weight(weight);
  }

  std::unique_ptr<TrunkLayer> layer(std::int64_t index) const {
    const ModelConfig& config = trunk_.config_;
    const FamilyTraits& family = *config.family;
    const std::string at = concat("layers.", index);
    const std::string norms = concat(trunk_.prefix_, at, ".");
    const auto optional_norm = [&](const char* name) {
      return family.output_norms ? norm(norms + name) : NormWeight{};
    };
    AttentionSpec attention{.heads = config.heads,
                            .kv_heads = config.kv_heads,
                            .head_dim = config.head_dim,
                            .scale = config.attention_scale,
                            .softcap = config.attention_softcap,
                            .window = config.layer_window[static_cast<std::size_t>(index)],
                            .causal = trunk_.options_.attention == AttentionDirection::causal};
    return std::make_unique<TrunkLayer>(TrunkLayer{
        .input_norm = norm(norms + "input_layernorm.weight"),
        .attention_output_norm = optional_norm("post_attention_layernorm.weight"),
        .mlp_norm =
            norm(norms + (family.output_norms ? "pre_feedforward_layernorm" : "post_attention_layernorm") + ".weight"),
        .mlp_output_norm = optional_norm("post_feedforward_layernorm.weight"),
        .query_key_value = linear(at + ".self_attn", attention_parts(config),
                                  family.fused_projections ? "qkv_proj" : "", config.hidden),
        .attention_output = linear(at + ".self_attn", {{"o_proj", config.hidden}}, "", config.query_width()),
        .gate_up =
            linear(at + ".mlp", mlp_parts(config), family.fused_projections ? "gate_up_proj" : "", config.hidden),
        .down = linear(at + ".mlp", {{"down_proj", config.hidden}}, "", config.intermediate),
        .attention = attention});
  }

  Trunk trunk_;
  std::shared_ptr<const WeightSource> source_;
  std::unique_ptr<HostCopy> copy_ = std::make_unique<HostCopy>();
  mutable at::Tensor room_;
  bool decoded_ = false;  // the block at hand stays decoded
  std::shared_ptr<DecodeBuffer> decode_buffer_ = std::make_shared<DecodeBuffer>();
};

Trunk Trunk::from_source(const ModelConfig& config, std::shared_ptr<const WeightSource> source,
                         const TrunkOptions& options) {
  return TrunkBuilder(config, std::move(source), options).build();
}

Trunk Trunk::load(const std::filesystem::path& folder, const TrunkOptions& options) {
  const ModelConfig config = read_model_config(folder / "config.json");
  return from_source(config, open_weights(folder), options);
}

Trunk Trunk::random(const ModelConfig& config, const TrunkOptions& options, std::uint64_t seed) {
  return from_source(config, std::make_shared<RandomWeights>(config, seed), options);
}

at::Tensor Trunk::vocabulary_head() const {
  if (!head_.defined()) {
    head_ = config_.tied_embeddings ? embedding_.to(options_.device) : TrunkBuilder::head(*this);
  }
  return head_;
}

namespace {

template <typename Visit>
void for_each_norm(const TrunkLayer& layer, bool output_norms, const Visit& visit) {
  visit("input_layernorm", layer.input_norm);
  if (output_norms) {
    visit("post_attention_layernorm", layer.attention_output_norm);
    visit("pre_feedforward_layernorm", layer.mlp_norm);
    visit("post_feedforward_layernorm", layer.mlp_output_norm);
  } else {
    visit("post_attention_layernorm", layer.mlp_norm);
  }
}

void add_projection(const Projection& linear, const std::string& fused, at::ScalarType dtype,
                    std::map<std::string, at::Tensor>& out) {
  const at::Tensor weight = linear.weight().dense(dtype);
  if (!fused.empty()) {
    out.emplace(concat(linear.path(), ".", fused, ".weight"), weight);
    return;
  }
  for (const ProjectionPart& part : linear.parts()) {
    out.emplace(concat(linear.path(), ".", part.name, ".weight"),
                weight.narrow(0, part.row_begin, part.row_end - part.row_begin));
  }
}

}  // namespace

std::vector<at::Tensor> Trunk::parameters() const {
  std::vector<at::Tensor> out;
  if (!options_.trainable) return out;
  out.push_back(embedding_);
  if (!config_.tied_embeddings) out.push_back(head_);
  out.push_back(final_norm_.weight);
  for (const auto& layer : layers_) {
    for_each_norm(*layer, config_.family->output_norms,
                  [&](const char*, const NormWeight& norm) { out.push_back(norm.weight); });
    for (const Projection* linear :
         {&layer->query_key_value, &layer->attention_output, &layer->gate_up, &layer->down}) {
      out.push_back(linear->weight().parameter());
    }
  }
  return out;
}

std::map<std::string, at::Tensor> Trunk::named_weights() const {
  std::map<std::string, at::Tensor> out;
  // A frozen (1 + w) norm holds 1 + w.
  const double offset = config_.family->unit_offset_norm && !options_.trainable ? -1.0 : 0.0;
  const auto add_norm = [&](const std::string& name, const NormWeight& norm) {
    out.emplace(name, norm.weight.detach().add(offset).to(options_.dtype));
  };
  out.emplace("model.embed_tokens.weight", embedding_.detach());
  if (!config_.tied_embeddings) out.emplace("lm_head.weight", vocabulary_head().detach());
  add_norm("model.norm.weight", final_norm_);
  const bool fused = config_.family->fused_projections;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const TrunkLayer& layer = *layers_[i];
    for_each_norm(layer, config_.family->output_norms, [&](const char* name, const NormWeight& norm) {
      add_norm(concat("model.layers.", i, ".", name, ".weight"), norm);
    });
    add_projection(layer.query_key_value, fused ? "qkv_proj" : "", options_.dtype, out);
    add_projection(layer.attention_output, "", options_.dtype, out);
    add_projection(layer.gate_up, fused ? "gate_up_proj" : "", options_.dtype, out);
    add_projection(layer.down, "", options_.dtype, out);
  }
  return out;
}

void write_model_folder(const Trunk& trunk, const std::filesystem::path& folder) {
  const at::ScalarType dtype = trunk.options().dtype;
  const char* name = dtype == at::kHalf ? "float16" : dtype == at::kBFloat16 ? "bfloat16" : "float32";
  write_safetensors(folder / "model.safetensors", trunk.named_weights(), {{"format", "pt"}});
  write_file_atomic(folder / "config.json", write_model_config(trunk.config(), name));
}

}  // namespace polyclinic
