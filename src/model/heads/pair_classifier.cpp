#include "model/heads/pair_classifier.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "core/concat.h"
#include "core/name_hash.h"
#include "core/random.h"
#include "model/upload.h"

namespace polyclinic {
namespace {

constexpr float kFloor = 0.05F;                                     // probabilities below it are not kept
constexpr double kOut = -1e30;                                      // logit of a label that a pair cannot have
constexpr std::size_t kDistances[] = {1, 5, 15, 40, 80, 160, 320};  // characters between, upper ends of buckets
constexpr std::size_t kBuckets = std::size(kDistances) + 1;

std::size_t bucket(std::size_t characters) {
  return static_cast<std::size_t>(std::upper_bound(std::begin(kDistances), std::end(kDistances), characters) -
                                  std::begin(kDistances));
}

at::Tensor matrix(const std::vector<float>& values, std::size_t rows, const at::TensorOptions& to) {
  return upload(at::tensor(values).view({static_cast<std::int64_t>(rows), -1}), to);
}

}  // namespace

nlohmann::json PairClassifier::inventory() const {
  nlohmann::json labels = nlohmann::json::array(), rules = nlohmann::json::array();
  for (const PairLabel& label : rules_.labels) labels.push_back({{"type", label.type}, {"forward", label.forward}});
  for (const PairRule& rule : rules_.rules) {
    rules.push_back({{"first", rule.first},
                     {"second", rule.second},
                     {"labels", rule.labels},
                     {"characters", rule.characters},
                     {"sentences", rule.sentences}});
  }
  return {{"labels", labels}, {"pairs", rules}, {"threshold", threshold_}};
}

void PairClassifier::restore(const nlohmann::json& inventory) {
  rules_ = {};
  inventory.at("threshold").get_to(threshold_);
  for (const auto& label : inventory.at("labels")) {
    rules_.labels.push_back({label.at("type").get<std::string>(), label.at("forward").get<bool>()});
  }
  for (const auto& rule : inventory.at("pairs")) {
    rules_.rules.push_back({rule.at("first").get<std::string>(), rule.at("second").get<std::string>(),
                            rule.at("labels").get<std::vector<std::size_t>>(), rule.at("characters").get<std::size_t>(),
                            rule.at("sentences").get<std::size_t>()});
  }
}

std::int64_t PairClassifier::features() const { return static_cast<std::int64_t>(rules_.rules.size() + kBuckets); }

std::vector<HeadParameter> PairClassifier::parameters() const {
  const std::int64_t d = options_.hidden_size, labels = static_cast<std::int64_t>(rules_.labels.size());
  const double by_states = 1 / std::sqrt(static_cast<double>(kMentionStates * d));
  return {{"pair.first", {width(), kMentionStates * d}, by_states},
          {"pair.second", {width(), kMentionStates * d}, by_states},
          {"pair.between", {width(), d}, by_states},
          {"pair.features", {width(), features()}, 0.02},
          {"pair.bias", {width()}, 0},
          {"pair.output", {1 + labels, width()}, 0.02},
          {"pair.output_bias", {1 + labels}, 0}};
}

std::vector<WindowPairs> PairClassifier::place(const Example& example, const MentionExample& encoded, bool with_gold,
                                               HeadCounts& counts) const {
  const PairCandidates candidates = pair_candidates(example, rules_);
  std::vector<WindowPairs> out(encoded.windows.size());
  std::vector<std::map<std::size_t, std::size_t>> place_of(out.size());  // mention -> index into the window's mentions
  std::vector<std::vector<std::size_t>> kept(out.size());                // candidates of each window
  std::size_t lost = candidates.outside;
  for (std::size_t c = 0; c < candidates.pairs.size(); ++c) {
    const PairCandidate& pair = candidates.pairs[c];
    const auto &a = encoded.hulls[pair.first], &b = encoded.hulls[pair.second];
    const auto owner =
        a && b ? owner_of(encoded.windows, {std::min(a->first, b->first), std::max(a->last, b->last)}) : std::nullopt;
    if (owner) kept[*owner].push_back(c);
    if (!owner) lost += pair.labels.size();
  }
  for (std::size_t w = 0; w < out.size(); ++w) {
    if (with_gold) {
      const auto is_negative = [&](std::size_t c) { return candidates.pairs[c].labels.empty(); };
      std::vector<std::size_t> negatives;
      std::copy_if(kept[w].begin(), kept[w].end(), std::back_inserter(negatives), is_negative);
      const std::size_t wanted =
          std::max(options_.fewest_negatives, options_.negatives_per_positive * (kept[w].size() - negatives.size()));
      if (negatives.size() > wanted) {
        RandomStream(name_hash(example.id), w).shuffle(negatives);
        const std::set<std::size_t> dropped(negatives.begin() + static_cast<std::ptrdiff_t>(wanted), negatives.end());
        std::erase_if(kept[w], [&](std::size_t c) { return dropped.contains(c); });
      }
    }
    const auto place_mention = [&](std::size_t mention) {
      const auto [at, fresh] = place_of[w].emplace(mention, out[w].mentions.size());
      if (fresh) out[w].mentions.push_back(encoded.placed(w, mention));
      return at->second;
    };
    for (const std::size_t c : kept[w]) {
      const PairCandidate& pair = candidates.pairs[c];
      const TokenRange between{encoded.hulls[pair.first]->last,
                               std::max(encoded.hulls[pair.first]->last, encoded.hulls[pair.second]->first)};
      out[w].pairs.push_back({place_mention(pair.first),
                              place_mention(pair.second),
                              pair.rule,
                              bucket(pair.characters),
                              {encoded.row(w, between.first), encoded.row(w, between.last)},
                              with_gold ? pair.labels : std::vector<std::size_t>()});
    }
  }
  if (with_gold) {
    counts.gold += static_cast<std::int64_t>(candidates.relations);
    counts.lost += static_cast<std::int64_t>(lost);
  }
  return out;
}

at::Tensor PairClassifier::logits(const std::vector<Item>& items) const {
  std::size_t pairs = 0, mentions = 0;
  for (const Item& item : items) pairs += item.window->pairs.size(), mentions += item.window->mentions.size();
  const auto wide = static_cast<std::size_t>(features());
  std::vector<float> first(pairs * mentions), second(pairs * mentions), known(pairs * wide);
  std::vector<at::Tensor> states, between;
  std::size_t pair_at = 0, mention_at = 0;
  for (const Item& item : items) {
    std::vector<std::vector<TokenRange>> gaps;
    for (const WindowPair& pair : item.window->pairs) {
      first[pair_at * mentions + mention_at + pair.first] = 1;
      second[pair_at * mentions + mention_at + pair.second] = 1;
      known[pair_at * wide + pair.rule] = 1;
      known[pair_at * wide + rules_.rules.size() + pair.distance] = 1;
      gaps.push_back({pair.between});
      ++pair_at;
    }
    if (gaps.empty()) continue;
    states.push_back(mention_states(item.hidden, item.window->mentions));
    between.push_back(mean_rows(item.hidden, gaps));
    mention_at += item.window->mentions.size();
  }
  const at::TensorOptions to = items.front().hidden.options();
  const at::Tensor all = at::cat(states);
  const at::Tensor z = at::mm(matrix(first, pairs, to), at::linear(all, weights_[0]))
                           .add(at::mm(matrix(second, pairs, to), at::linear(all, weights_[1])))
                           .add(at::linear(at::cat(between), weights_[2]))
                           .add(at::linear(matrix(known, pairs, to), weights_[3], weights_[4]));
  return at::linear(at::gelu(z), weights_[5], weights_[6]).add(allowed(items, to));
}

// 0 where a pair may have a label, kOut elsewhere.
at::Tensor PairClassifier::allowed(const std::vector<Item>& items, const at::TensorOptions& to) const {
  const std::size_t columns = 1 + rules_.labels.size();
  std::vector<float> values;
  for (const Item& item : items) {
    for (const WindowPair& pair : item.window->pairs) {
      values.resize(values.size() + columns, static_cast<float>(kOut));
      float* const row = values.data() + values.size() - columns;
      row[0] = 0;
      for (const std::size_t label : rules_.rules[pair.rule].labels) row[1 + label] = 0;
    }
  }
  return matrix(values, values.size() / columns, to);
}

HeadLoss PairClassifier::loss(const std::vector<Item>& items) const {
  const std::size_t columns = 1 + rules_.labels.size();
  std::vector<float> positive;
  for (const Item& item : items) {
    for (const WindowPair& pair : item.window->pairs) {
      positive.resize(positive.size() + columns);
      for (const std::size_t label : pair.labels) positive[positive.size() - columns + 1 + label] = 1;
    }
  }
  HeadLoss result;
  result.units = static_cast<std::int64_t>(positive.size() / columns);
  if (result.units == 0) {
    result.sum = items.front().hidden.sum().mul(0);
    return result;
  }
  const at::Tensor scores = logits(items);
  const at::Tensor is_positive = matrix(positive, positive.size() / columns, scores.options());
  std::vector<float> negative(positive.size());
  for (std::size_t i = 0; i < positive.size(); ++i) negative[i] = positive[i] == 0 && i % columns > 0 ? 1 : 0;
  const at::Tensor is_negative = matrix(negative, positive.size() / columns, scores.options());
  // Each positive label against "none", and "none" against the negative labels.
  const at::Tensor above = at::log_softmax(scores.add(is_negative.mul(kOut)), -1).mul(is_positive);
  const at::Tensor none = at::log_softmax(scores.add(is_positive.mul(kOut)), -1).narrow(1, 0, 1);
  result.sum = above.sum().add(none.sum()).neg();
  return result;
}

std::vector<HeadOutput> PairClassifier::predict(const std::vector<Item>& items) const {
  std::vector<HeadOutput> out(items.size());
  std::size_t pairs = 0;
  for (const Item& item : items) pairs += item.window->pairs.size();
  if (pairs == 0) return out;
  const at::Tensor scores = logits(items).to(at::kCPU, at::kFloat).contiguous();
  const float* row = scores.const_data_ptr<float>();
  for (std::size_t i = 0; i < items.size(); ++i) {
    for (std::size_t p = 0; p < items[i].window->pairs.size(); ++p, row += scores.size(1)) {
      for (const std::size_t label : rules_.rules[items[i].window->pairs[p].rule].labels) {
        const float probability = 1 / (1 + std::exp(row[0] - row[1 + label]));
        if (probability < kFloor) continue;
        out[i].labels.push_back(static_cast<std::int32_t>(p));
        out[i].labels.push_back(static_cast<std::int32_t>(label));
        out[i].scores.push_back(probability);
      }
    }
  }
  return out;
}

Relation PairClassifier::relation(const WindowPairs& window, const HeadOutput& output, std::size_t decision) const {
  const WindowPair& pair = window.pairs[static_cast<std::size_t>(output.labels[2 * decision])];
  const PairLabel& label = rules_.labels[static_cast<std::size_t>(output.labels[2 * decision + 1])];
  const std::size_t first = window.mentions[pair.first].mention, second = window.mentions[pair.second].mention;
  return {"", label.type, label.forward ? first : second, label.forward ? second : first};
}

void PairClassifier::decode(const WindowPairs& window, const HeadOutput& output, Example& into) const {
  for (std::size_t i = 0; i < output.scores.size(); ++i) {
    if (output.scores[i] > threshold_) into.relations.push_back(relation(window, output, i));
  }
}

void PairClassifier::judge(const Example& gold, const std::vector<WindowPairs>& windows,
                           const std::vector<HeadOutput>& outputs, ThresholdSearch& search) const {
  std::map<std::pair<std::string, std::vector<Span>>, std::size_t> numbers;
  std::vector<std::size_t> given;  // of each gold mention, its number among the given ones
  for (const Mention& mention : gold.mentions) {
    given.push_back(numbers.emplace(std::pair(mention.type, mention.fragments), numbers.size()).first->second);
  }
  std::set<std::tuple<std::string, std::size_t, std::size_t>> relations;
  for (const Relation& r : gold.relations) relations.emplace(r.type, given[r.source], given[r.target]);
  std::int64_t missed = static_cast<std::int64_t>(relations.size());
  for (std::size_t w = 0; w < outputs.size(); ++w) {
    for (std::size_t i = 0; i < outputs[w].scores.size(); ++i) {
      const Relation found = relation(windows[w], outputs[w], i);
      const bool right = relations.contains({found.type, found.source, found.target});
      search.add(outputs[w].scores[i], right);
      missed -= right;
    }
  }
  search.add_missed(missed);
}

void finish_relations(Example& example) {
  const auto key = [](const Relation& r) { return std::tie(r.source, r.target, r.type); };
  std::vector<Relation>& relations = example.relations;
  std::sort(relations.begin(), relations.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
  const auto same = [&](const auto& a, const auto& b) { return key(a) == key(b); };
  relations.erase(std::unique(relations.begin(), relations.end(), same), relations.end());
  for (std::size_t i = 0; i < relations.size(); ++i) relations[i].id = concat("R", i + 1);
}

}  // namespace polyclinic
