#include "train/memory_model.h"

#include <algorithm>
#include <map>
#include <set>

namespace polyclinic {
namespace {

// Linears of one merged projection, and one route's ranks in it.
struct Merged {
  std::int64_t inputs = 0, outputs = 0, rank = 0, parts = 0, separate = 0;
};

std::map<std::int64_t, Merged> merged_of(const AdapterPlan& plan, const std::vector<LinearShape>& linears,
                                         const std::vector<std::size_t>& slots) {
  std::map<std::int64_t, Merged> out;
  for (const LinearShape& linear : linears) {
    std::int64_t rank = 0;
    for (const std::size_t slot : slots) rank += plan.slots[slot].rank_of(linear.path, linear.part);
    Merged& merged = out[linear.projection];
    merged.inputs = linear.inputs;
    merged.outputs += linear.outputs;
    merged.rank += rank;
    merged.separate += linear.outputs * rank;
    ++merged.parts;
  }
  return out;
}

double linear_bytes(double parameters, const MemorySettings& s) {
  return s.nf4 ? parameters * (0.5 + 1.0 / 64 + 4.0 / (64 * 256)) : parameters * static_cast<double>(s.element);
}

// What one token keeps in one block, in the order of the forward pass.
struct Kept {
  double attention = 0, mlp = 0;
};

Kept kept_in_a_block(const ModelConfig& m, const AdapterMemory& adapters, const MemorySettings& s) {
  const auto h = static_cast<double>(m.hidden), q = static_cast<double>(m.query_width()),
             k = static_cast<double>(m.key_width()), i = static_cast<double>(m.intermediate);
  const auto e = static_cast<double>(s.element), stream = static_cast<double>(s.stream_element);
  const double output_norm = m.family->output_norms ? e * h + 4 : 0;
  Kept out;
  out.attention = e * (h + q + 2 * k + q) + (s.composed_attention ? 0 : 4 * static_cast<double>(m.heads)) +
                  (stream * h + 4) + output_norm +
                  e * static_cast<double>(adapters.codes) / static_cast<double>(m.layers);
  out.mlp = e * (h + 3 * i) + (stream * h + 4) + output_norm;
  return out;
}

// The padded squares of the composed attention's backward pass.
double composed_squares(const ModelConfig& m, const MemorySettings& s) {
  constexpr double most_scores = std::int64_t{1} << 28;  // model/attention_cuda.cpp
  const auto longest = static_cast<double>(s.longest), e = static_cast<double>(s.element),
             tokens = static_cast<double>(s.tokens);
  const double square = static_cast<double>(m.heads) * longest * longest;
  const double sequences = std::max(1.0, std::min(tokens / longest, most_scores / square));
  const auto q = static_cast<double>(m.query_width()), k = static_cast<double>(m.key_width());
  const double squares = sequences * e * (2 * square + longest * (3 * q + 3 * k));
  return squares + 2 * tokens * e * (q + 2 * k);
}

// What the attention's backward pass adds to all tokens.
double attention_transient(const ModelConfig& m, const MemorySettings& s) {
  if (s.composed_attention) return composed_squares(m, s);
  const auto q = static_cast<double>(m.query_width()), k = static_cast<double>(m.key_width());
  const double grouped = m.heads == m.kv_heads ? 0 : 2 * q;  // flash attention's gradients of k and v by query head
  const double sums = 4 * q;                                 // those of q are summed in fp32
  return static_cast<double>(s.tokens) * (static_cast<double>(s.element) * (q + 2 * (q + 2 * k) + grouped) + sums);
}

double head_transient(const ModelConfig& m, const MemorySettings& s) {
  const auto h = static_cast<double>(m.hidden), e = static_cast<double>(s.element),
             tokens = static_cast<double>(s.tokens);
  if (!s.language_head) return tokens * (8 + e) * h;     // hidden states and their gradient in fp32
  constexpr double most_logits = std::int64_t{1} << 27;  // model/language_model.cpp
  return e * std::min(most_logits, tokens * static_cast<double>(m.vocabulary)) + 2 * tokens * e * h;
}

// What a block that is not computed again adds to what all of them keep, at the most.
double whole_transient(const ModelConfig& m, const Kept& block, const MemorySettings& s) {
  const auto h = static_cast<double>(m.hidden), e = static_cast<double>(s.element),
             tokens = static_cast<double>(s.tokens), stream = static_cast<double>(s.stream_element) * h;
  const double mlp = tokens * (e * static_cast<double>(m.intermediate) + stream + e * h);
  return std::max(mlp, attention_transient(m, s) - tokens * (block.mlp - e * h));  // the block's MLP is gone by then
}

// A block that is computed again: its first half with the gradients of both of its outputs, and one chunk of its MLP or
// the attention's backward pass.
double recomputed_transient(const ModelConfig& m, const Kept& block, const MemorySettings& s) {
  const auto h = static_cast<double>(m.hidden), e = static_cast<double>(s.element),
             tokens = static_cast<double>(s.tokens), stream = static_cast<double>(s.stream_element) * h;
  const double rows = std::min(tokens, std::max(tokens / 2, static_cast<double>(s.recompute_rows)));
  const double mlp = rows * (block.mlp + e * (static_cast<double>(m.intermediate) + 2 * h));
  return tokens * (block.attention + stream + e * h) + std::max(mlp, attention_transient(m, s) + tokens * stream);
}

// The first blocks are computed again one by one, when the later ones have given up what they kept.
void activations(const ModelConfig& m, const Kept& block, const MemorySettings& s, MemoryEstimate& out) {
  const auto tokens = static_cast<double>(s.tokens);
  const auto recomputed = static_cast<double>(std::min(s.recomputed_blocks, m.layers));
  const double stream = static_cast<double>(s.stream_element * m.hidden);
  const double whole = tokens * (static_cast<double>(m.layers) - recomputed) * (block.attention + block.mlp);
  const auto on_host = static_cast<double>(std::min(s.host_streams, std::min(s.recomputed_blocks, m.layers)));
  out.activations = whole + tokens * (recomputed + 1 - on_host) * stream;
  out.transient = head_transient(m, s);
  if (whole > 0) out.transient = std::max(out.transient, whole_transient(m, block, s));
  if (recomputed > 0) out.transient = std::max(out.transient, recomputed_transient(m, block, s) - whole);
}

}  // namespace

AdapterMemory adapter_memory(const AdapterPlan& plan, const std::vector<LinearShape>& linears) {
  AdapterMemory out;
  for (const SlotSpec& slot : plan.slots) {
    std::int64_t count = 0;
    for (const LinearShape& linear : linears) {
      count += slot.rank_of(linear.path, linear.part) * (linear.inputs + linear.outputs);
    }
    out.parameters += count;
    if (slot.per_task_gradients) out.apart += count * plan.tasks;
  }
  std::set<std::vector<std::size_t>> stacks;
  for (const Route& route : plan.routes) stacks.insert(route.slots);
  for (const std::vector<std::size_t>& slots : stacks) {
    std::int64_t codes = 0;
    for (const auto& [projection, merged] : merged_of(plan, linears, slots)) {
      codes += merged.rank;
      out.copies += merged.inputs * merged.rank;
      out.copies += merged.parts > 1 && !plan.fused() ? merged.outputs * merged.rank : merged.separate;
    }
    out.codes = std::max(out.codes, codes);
  }
  return out;
}

MemoryEstimate estimate_memory(const ModelConfig& m, const AdapterMemory& adapters, const MemorySettings& s) {
  const auto h = static_cast<double>(m.hidden), e = static_cast<double>(s.element),
             layers = static_cast<double>(m.layers);
  const double embedding = static_cast<double>(m.vocabulary) * h * e;
  MemoryEstimate out;
  out.weights = linear_bytes(static_cast<double>(linear_parameter_count(m)), s) +
                4 * layers * h * (m.family->output_norms ? 4 : 2);
  // With recompute the table of embeddings stays with the host; a head that is tied to it is then a copy.
  if (s.recomputed_blocks == 0) out.weights += embedding;
  if (s.language_head && (s.recomputed_blocks > 0 || !m.tied_embeddings)) out.weights += embedding;
  if (s.nf4) {
    const double decoded = static_cast<double>(std::min(s.decoded_blocks, m.layers)) / layers;
    const auto linears = static_cast<double>(linear_parameter_count(m));
    out.weights += decoded * (linears * e - linear_bytes(linears, s));
    const std::int64_t qkv = m.query_width() + 2 * m.key_width();
    out.weights += static_cast<double>((std::max(2 * m.intermediate, qkv) + std::max(m.intermediate, m.query_width())) *
                                       m.hidden) *
                   e;
  }
  out.trained = 16 * static_cast<double>(adapters.parameters) + 4 * static_cast<double>(adapters.apart) +
                e * static_cast<double>(adapters.copies);
  activations(m, kept_in_a_block(m, adapters, s), s, out);
  out.workspace = 0.1 * (std::int64_t{1} << 30);
  return out;
}

}  // namespace polyclinic
