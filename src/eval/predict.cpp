#include "eval/predict.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <numeric>

namespace polyclinic {
namespace {

constexpr std::size_t group_size = 512;  // examples encoded at a time

// `gold`: of the dev split, for a head that tunes; else nothing.
void predict_group(Network& network, std::size_t part, const Tokenizer& tokenizer, std::int64_t max_tokens,
                   Example* first, std::size_t count, const Example* gold, const std::function<void()>& before_pack) {
  Head& head = *network.parts()[part].head;
  HeadCounts ignored;
  std::vector<std::unique_ptr<HeadExample>> encoded;
  std::vector<std::vector<HeadOutput>> outputs(count);
  std::vector<PartSequence> sequences;
  std::vector<std::size_t> owner;
  for (std::size_t e = 0; e < count; ++e) {
    encoded.push_back(head.encode(first[e], tokenizer, false, ignored));
    outputs[e].resize(encoded.back()->sequences.size());
    for (std::size_t s = 0; s < outputs[e].size(); ++s) {
      sequences.push_back({part, encoded.back().get(), s});
      owner.push_back(e);
    }
  }
  std::vector<std::size_t> order(sequences.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return sequences[a].tokens().token_ids.size() > sequences[b].tokens().token_ids.size();
  });
  std::vector<PartSequence> sorted;
  for (const std::size_t i : order) sorted.push_back(sequences[i]);
  const std::int64_t longest = sorted.empty() ? 0 : network.trunk_tokens(sorted.front());
  for (const PackTensors& pack : network.packs(sorted, std::max(max_tokens, longest))) {
    if (before_pack) before_pack();
    const PartBatch batch = network.batch(part, network.hidden(pack, std::nullopt), pack, sorted);
    std::vector<HeadOutput> found = head.predict(batch);
    for (std::size_t row = 0; row < found.size(); ++row) {
      outputs[owner[order[batch.items[row]]]][batch.rows[row].sequence] = std::move(found[row]);
    }
  }
  if (gold != nullptr && count > 0) {
    std::vector<TuningExample> dev;
    for (std::size_t e = 0; e < count; ++e) dev.push_back({gold + e, encoded[e].get(), &outputs[e]});
    head.tune(dev);
  }
  for (std::size_t e = 0; e < count; ++e) head.decode(*encoded[e], outputs[e], first[e]);
}

}  // namespace

void predict_part(Network& network, std::size_t part, const Tokenizer& tokenizer, std::int64_t max_tokens,
                  std::vector<Example>& examples, const std::function<void()>& before_pack) {
  const at::NoGradGuard no_gradients;
  for (std::size_t begin = 0; begin < examples.size(); begin += group_size) {
    predict_group(network, part, tokenizer, max_tokens, examples.data() + begin,
                  std::min(group_size, examples.size() - begin), nullptr, before_pack);
  }
}

void tune_and_predict_part(Network& network, std::size_t part, const Tokenizer& tokenizer, std::int64_t max_tokens,
                           const std::vector<Example>& dev, std::vector<Example>& examples) {
  if (!network.parts()[part].head->tunes()) return predict_part(network, part, tokenizer, max_tokens, examples);
  const at::NoGradGuard no_gradients;
  predict_group(network, part, tokenizer, max_tokens, examples.data(), examples.size(), dev.data(), {});
}

}  // namespace polyclinic
