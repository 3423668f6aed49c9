#pragma once
// The decoder without its vocabulary head: one trunk for every family (FamilyTraits says what differs). It takes packs
// only. Base weights are frozen; a gradient flows only above the lowest adapter.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "model/attention.h"
#include "model/fused_operations.h"
#include "model/host_streams.h"
#include "model/model_config.h"
#include "model/pack_tensors.h"
#include "model/projection.h"
#include "model/weight_source.h"

namespace polyclinic {

enum class AttentionDirection : std::uint8_t { causal, bidirectional };

struct TrunkOptions {
  at::Device device = at::Device(at::kCPU);
  at::ScalarType dtype = at::kFloat;  // float32, float16 or bfloat16: weights and activations
  AttentionDirection attention = AttentionDirection::causal;
  // So many of the first blocks keep only the residual stream before them and run again in the backward pass, their
  // MLPs in chunks of rows; a frozen embedding table then stays in the host's memory.
  std::int64_t recomputed_blocks = 0;
  std::int64_t recompute_rows = 1024;  // the MLP runs in two chunks of a pack, of at least so many rows
  bool residual_fp32 = false;          // the residual stream in fp32 (Gemma-2 in fp16 leaves fp16's range)
  bool nf4 = false;                    // linears in NF4, quantised while loading; the rest stays in dtype
  std::int64_t decoded_blocks = 0;     // NF4: so many of the first blocks stay decoded (same bits, dtype's memory)
  std::int64_t host_streams = 0;       // CUDA: so many of the first recomputed blocks keep their stream on the host
  bool compose_attention = false;      // CUDA: attention as on cards without flash attention (tests of the T4's path)
  bool trainable = false;              // all weights are parameters (pre-training a base): dtype must be float32

  bool operator==(const TrunkOptions&) const = default;
};

// One decoder block. Norms that a family lacks are undefined.
struct TrunkLayer {
  NormWeight input_norm;             // before attention
  NormWeight attention_output_norm;  // Gemma-2: on attention's output
  NormWeight mlp_norm;               // before the MLP
  NormWeight mlp_output_norm;        // Gemma-2: on the MLP's output
  Projection query_key_value, attention_output, gate_up, down;
  AttentionSpec attention;
};

class Trunk {
 public:
  // Reads config.json and the weights of an HF model folder. InputError names file and tensor.
  static Trunk load(const std::filesystem::path& folder, const TrunkOptions& options);
  // Normal weights (deviation 0.02, norms neutral) from RandomStream(seed, tensor).
  static Trunk random(const ModelConfig& config, const TrunkOptions& options, std::uint64_t seed);
  // From any named tensors in HF's layout.
  static Trunk from_source(const ModelConfig& config, std::shared_ptr<const WeightSource> source,
                           const TrunkOptions& options);

  // Another trunk over the same weights, to carry adapters of its own: runs that train side by side hold their base
  // once. This one must carry none, and must not be NF4, whose weights are decoded into one buffer.
  Trunk sharing() const;

  // -> hidden states after the final norm, [T, hidden] in options().dtype.
  at::Tensor forward(const PackTensors& pack) const;
  // The same from input embeddings [T, hidden] (already scaled).
  at::Tensor forward_embedded(const at::Tensor& embeddings, const PackTensors& pack) const;
  // Token embeddings, scaled where the family scales them, in the residual stream's dtype.
  at::Tensor embed(const at::Tensor& token_ids) const;

  // Every linear of every block: adapters attach to these by path and part name.
  std::vector<Projection*> projections();
  const ModelConfig& config() const { return config_; }
  const TrunkOptions& options() const { return options_; }
  const at::Tensor& token_embedding() const { return embedding_; }  // [vocabulary, hidden]
  // The vocabulary head [vocabulary, hidden]: the embedding where tied, else read on the first call (scoring only).
  at::Tensor vocabulary_head() const;

  // Weights that train (empty unless options().trainable), in a fixed order.
  std::vector<at::Tensor> parameters() const;
  // All weights under HF's names, merged projections taken apart as the family's checkpoints have them.
  std::map<std::string, at::Tensor> named_weights() const;
  std::int64_t weight_bytes() const;  // on the device

 private:
  Trunk(ModelConfig config, TrunkOptions options) : config_(std::move(config)), options_(options) {}
  // The two halves of a block; the second needs no other rows than its own. `input`: the norm of `stream`.
  std::pair<at::Tensor, at::Tensor> attend(std::size_t layer, const at::Tensor& stream, const at::Tensor& input,
                                           const PackTensors& pack,
                                           const std::shared_ptr<const AttentionContext>& context) const;
  at::Tensor feed_forward(std::size_t layer, const at::Tensor& input, const PackTensors& pack,
                          std::int64_t first_row = 0) const;
  at::Tensor recomputed(at::Tensor stream, std::int64_t blocks, const PackTensors& pack,
                        const std::shared_ptr<const AttentionContext>& context) const;
  friend class RecomputedLayer;
  friend class TrunkBuilder;

  ModelConfig config_;
  TrunkOptions options_;
  at::Tensor embedding_;
  mutable at::Tensor head_;
  std::vector<std::unique_ptr<TrunkLayer>> layers_;
  NormWeight final_norm_;
  at::Tensor frequencies_;
  std::shared_ptr<const WeightSource> source_;  // kept for the vocabulary head
  std::string prefix_;                          // "model." or empty, as the checkpoint names its tensors
  mutable std::shared_ptr<HostStreams> host_streams_;
};

// Writes an HF model folder: config.json and model.safetensors, in the trunk's dtype.
void write_model_folder(const Trunk& trunk, const std::filesystem::path& folder);

}  // namespace polyclinic
