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

// What one token keeps in one block.
double kept_in_a_block(const ModelConfig& m, const AdapterMemory& adapters, const MemorySettings& s) {
  const auto h = static_cast<double>(m.hidden), q = static_cast<double>(m.query_width()),
             k = static_cast<double>(m.key_width()), i = static_cast<double>(m.intermediate);
  const auto e = static_cast<double>(s.element), stream = static_cast<double>(s.stream_element);
  const double attention = e * (h + q + 2 * k + q) + (s.composed_attention ? 0 : 4 * static_cast<double>(m.heads));
  const double mlp = e * (h + 3 * i);
  const double norms = 2 * (stream * h + 4) + (m.family->output_norms ? 2 * (e * h + 4) : 0);
  const double codes = e * static_cast<double>(adapters.codes) / static_cast<double>(m.layers);
  return attention + mlp + norms + codes;
}

// The padded squares of the composed attention's backward pass, less what the block has given up by then.
double composed_attention(const ModelConfig& m, const MemorySettings& s) {
  if (!s.composed_attention) return 0;
  constexpr double most_scores = std::int64_t{1} << 28;  // model/attention_cuda.cpp
  const auto longest = static_cast<double>(s.longest), e = static_cast<double>(s.element),
             tokens = static_cast<double>(s.tokens);
  const double square = static_cast<double>(m.heads) * longest * longest;
  const double sequences = std::max(1.0, std::min(tokens / longest, most_scores / square));
  const auto q = static_cast<double>(m.query_width()), k = static_cast<double>(m.key_width());
  const double squares = sequences * e * (2 * square + longest * (3 * q + 3 * k));
  const double freed = tokens * (3 * e * static_cast<double>(m.intermediate) +
                                 static_cast<double>(s.stream_element) * static_cast<double>(m.hidden));
  return std::max(0.0, squares + 2 * tokens * e * (q + 2 * k) - freed);
}

double transient_bytes(const ModelConfig& m, const MemorySettings& s) {
  const auto h = static_cast<double>(m.hidden), e = static_cast<double>(s.element),
             tokens = static_cast<double>(s.tokens);
  // The gated activation's gradient is the widest of a block.
  const double mlp =
      tokens * (2 * e * static_cast<double>(m.intermediate) + (static_cast<double>(s.stream_element) + e) * h);
  double head = tokens * (8 + e) * h;  // hidden states and their gradient in fp32
  if (s.language_head) head = (std::int64_t{1} << 26) * (4 + 2 * e) + 2 * tokens * e * h;  // model/language_model.cpp
  return std::max({mlp, head, composed_attention(m, s)});
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
             tokens = static_cast<double>(s.tokens), layers = static_cast<double>(m.layers);
  const double embedding = static_cast<double>(m.vocabulary) * h * e;
  MemoryEstimate out;
  out.weights = linear_bytes(static_cast<double>(linear_parameter_count(m)), s) + embedding +
                4 * layers * h * (m.family->output_norms ? 4 : 2);
  if (s.language_head && !m.tied_embeddings) out.weights += embedding;
  if (s.nf4) {
    const std::int64_t qkv = m.query_width() + 2 * m.key_width();
    out.weights += static_cast<double>(std::max(2 * m.intermediate, qkv) * m.hidden) * e;
  }
  out.trained = 16 * static_cast<double>(adapters.parameters) + 4 * static_cast<double>(adapters.apart) +
                e * static_cast<double>(adapters.copies);
  const double block = kept_in_a_block(m, adapters, s), stream = static_cast<double>(s.stream_element) * h;
  // The first blocks are computed again one by one, when the later ones have given up what they kept.
  const auto recomputed = static_cast<double>(std::min(s.recomputed_blocks, m.layers));
  const double whole = std::max(layers - recomputed, recomputed > 0 ? 1.0 : 0.0);
  out.activations = tokens * (recomputed * (stream + e * h) + whole * block + stream);
  out.transient = transient_bytes(m, s);
  out.workspace = 0.1 * (std::int64_t{1} << 30);
  return out;
}

}  // namespace polyclinic
