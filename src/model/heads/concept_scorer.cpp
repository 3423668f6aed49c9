#include "model/heads/concept_scorer.h"

#include <ATen/ops/argmax.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/gather.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "core/concat.h"
#include "core/error.h"
#include "data/labels/layer_labels.h"
#include "model/upload.h"
#include "tasks/code_points.h"

namespace polyclinic {
namespace {

constexpr std::uint32_t kBuckets = 4096;
constexpr std::size_t kMost = 16;  // named candidates of a mention
constexpr float kOut = -1e30F;

std::string words_of(const CodePoints& text, const Mention& mention) {
  std::string out;
  for (const Span& fragment : mention.fragments) out += concat(out.empty() ? "" : " ", text.slice(fragment));
  return out;
}

std::string canonical(const std::string& concept_id) {
  std::string upper = concept_id;
  for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return upper == "CUI-LESS" ? kNoConcept : upper;
}

std::vector<std::uint32_t> buckets(std::string_view name) {
  std::vector<std::uint32_t> out;
  for (const std::uint32_t trigram : name_trigrams(name)) out.push_back(trigram * 2654435761u >> 20);  // Fibonacci
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}
static_assert(kBuckets == 1u << 12, "buckets() keeps 12 bits");

}  // namespace

void ConceptScorer::prepare(const std::vector<Example>& training) {
  learn(training);
  if (seen_.empty()) {
    throw InputError("no mention has a concept in the training data", {}, "this head needs annotated concepts");
  }
}

void ConceptScorer::learn(const std::vector<Example>& training) {
  seen_.clear();
  for (const Example& example : training) {
    const CodePoints text(example.text);
    for (const Mention& mention : example.mentions) {
      if (mention.concept_id.empty()) continue;
      ++seen_[normalised_name(words_of(text, mention))][canonical(mention.concept_id)];
    }
  }
  build();
}

// The terminology file and training's names in one index.
void ConceptScorer::build() {
  terminology_ = Terminology();
  if (!path_.empty()) terminology_.read_mrconso(path_);
  const std::map<std::string, Counts> ordered(seen_.begin(), seen_.end());
  for (const auto& [name, counts] : ordered) {
    const std::map<std::string, int> concepts(counts.begin(), counts.end());
    for (const auto& [concept_id, count] : concepts) {
      if (concept_id != kNoConcept) terminology_.add(concept_id, name);
    }
  }
  terminology_.finish();
}

nlohmann::json ConceptScorer::inventory() const {
  nlohmann::json names = nlohmann::json::object();
  for (const auto& [name, counts] : seen_) {
    for (const auto& [concept_id, count] : counts) names[name][concept_id] = count;
  }
  return {{"names", names}, {"terminology", concat(terminology_.content())}};
}

void ConceptScorer::restore(const nlohmann::json& inventory) {
  seen_.clear();
  for (const auto& [name, counts] : inventory.at("names").items()) {
    for (const auto& [concept_id, count] : counts.items()) seen_[name][concept_id] = count.get<int>();
  }
  build();
  if (inventory.at("terminology") != concat(terminology_.content())) {
    throw FailedError("the terminology is not the one that the run was trained with",
                      {path_, 0, 0, "task.data.terminology"}, "name the file of training");
  }
}

std::vector<HeadParameter> ConceptScorer::parameters() const {
  const std::int64_t states = kMentionStates * hidden_size_;
  return {{"concept.trigrams", {kBuckets, width()}, 0.02},
          {"concept.none", {1, width()}, 0.02},
          {"concept.query", {width(), states}, 1 / std::sqrt(static_cast<double>(states))},
          {"concept.bias", {width()}, 0},
          {"concept.features", {1, kConceptFeatures}, 0}};
}

// Features: is a name; share of the name's training mentions with this concept; some training mention has it; equal to
// a listed name; similarity; is CUI-less beside an equal listed name; is CUI-less beside a name never seen.
std::vector<ConceptCandidate> ConceptScorer::candidates(const std::string& name, const Counts& seen) const {
  float total = 0;
  for (const auto& [concept_id, count] : seen) total += static_cast<float>(count);
  const auto share = [&](const std::string& concept_id) {
    const auto found = seen.find(concept_id);
    return found == seen.end() || total == 0 ? 0.0F : static_cast<float>(found->second) / total;
  };
  std::vector<ConceptCandidate> out(1);
  bool exact = false;
  for (const Terminology::Candidate& near : terminology_.candidates(name, kMost)) {
    const std::string& concept_id = terminology_.concept_of(near.name);
    const float own = share(concept_id);
    // A name that only this document's own mentions gave to the concept is not known to it.
    const auto given = seen_.find(name);
    const bool hidden = near.exact && own == 0 && given != seen_.end() && given->second.contains(concept_id) &&
                        !terminology_.listed(near.name);
    if (hidden) continue;
    exact |= near.exact;
    out.push_back({concept_id,
                   buckets(terminology_.name(near.name)),
                   {1, own, own > 0 ? 1.0F : 0.0F, near.exact ? 1.0F : 0.0F, near.similarity, 0, 0},
                   4 * own + 4 * near.similarity + (near.exact ? 2.0F : 0.0F)});
  }
  const float none = share(kNoConcept);
  out[0] = {kNoConcept,
            {},
            {0, none, none > 0 ? 1.0F : 0.0F, 0, 0, exact ? 1.0F : 0.0F, total == 0 ? 1.0F : 0.0F},
            4 * none + 4};
  return out;
}

std::vector<WindowConcepts> ConceptScorer::place(const Example& example, const MentionExample& encoded, bool with_gold,
                                                 HeadCounts& counts) const {
  const CodePoints text(example.text);
  std::vector<std::string> names;
  std::unordered_map<std::string, Counts> own;  // what this document says itself
  for (const Mention& mention : example.mentions) {
    names.push_back(normalised_name(words_of(text, mention)));
    if (with_gold && !mention.concept_id.empty()) ++own[names.back()][canonical(mention.concept_id)];
  }
  std::vector<WindowConcepts> out(encoded.windows.size());
  for (std::size_t m = 0; m < example.mentions.size(); ++m) {
    const bool has_gold = with_gold && !example.mentions[m].concept_id.empty();
    counts.gold += has_gold;
    if (!encoded.owners[m]) {
      counts.lost += has_gold;
      continue;
    }
    Counts seen;
    if (const auto found = seen_.find(names[m]); found != seen_.end()) seen = found->second;
    for (const auto& [concept_id, count] : own[names[m]]) {
      if ((seen[concept_id] -= count) <= 0) seen.erase(concept_id);
    }
    WindowConcepts& window = out[*encoded.owners[m]];
    window.mentions.push_back(encoded.placed(*encoded.owners[m], m));
    window.candidates.push_back(candidates(names[m], seen));
    window.gold.push_back(-1);
    if (!has_gold) continue;
    const auto& list = window.candidates.back();
    const auto at = std::find_if(list.begin(), list.end(), [&](const ConceptCandidate& c) {
      return c.concept_id == canonical(example.mentions[m].concept_id);
    });
    if (at != list.end()) window.gold.back() = at - list.begin();
    counts.lost += at == list.end();
  }
  return out;
}

namespace {

// All candidates of a batch, their names and trigrams each once.
struct CandidateTable {
  std::size_t mentions = 0, most = 0;
  std::vector<std::int64_t> buckets;     // distinct ones
  std::vector<float> mean;               // [names, buckets]
  std::vector<std::int64_t> name_of;     // [mentions, most]; row 0 of the embeddings is CUI-less
  std::vector<float> features, offsets;  // [mentions * most, features], [mentions, most]
  std::size_t names = 0;

  explicit CandidateTable(const std::vector<ConceptScorer::Item>& items) {
    std::map<std::uint32_t, std::size_t> column;
    std::map<std::vector<std::uint32_t>, std::size_t> row;
    for_each(items, [&](const ConceptCandidate& candidate, std::size_t, std::size_t at) {
      most = std::max(most, at + 1);
      mentions += at == 0;
      for (const std::uint32_t bucket : candidate.trigrams) column.emplace(bucket, 0);
      row.emplace(candidate.trigrams, 0);
    });
    for (auto& [bucket, at] : column) at = buckets.size(), buckets.push_back(bucket);
    row.erase(std::vector<std::uint32_t>());
    for (auto& [trigrams, at] : row) {
      at = ++names;
      mean.resize(names * buckets.size());
      float* const own = mean.data() + (names - 1) * buckets.size();
      for (const std::uint32_t bucket : trigrams) own[column.at(bucket)] = 1 / static_cast<float>(trigrams.size());
    }
    name_of.resize(mentions * most);
    features.resize(mentions * most * static_cast<std::size_t>(kConceptFeatures));
    offsets.assign(mentions * most, kOut);
    for_each(items, [&](const ConceptCandidate& candidate, std::size_t mention, std::size_t at) {
      const std::size_t place = mention * most + at;
      name_of[place] = candidate.trigrams.empty() ? 0 : static_cast<std::int64_t>(row.at(candidate.trigrams));
      offsets[place] = candidate.prior;
      std::copy(candidate.features.begin(), candidate.features.end(),
                features.begin() + static_cast<std::ptrdiff_t>(place * candidate.features.size()));
    });
  }
  template <typename Take>
  static void for_each(const std::vector<ConceptScorer::Item>& items, Take take) {
    std::size_t mention = 0;
    for (const ConceptScorer::Item& item : items) {
      for (const auto& list : item.window->candidates) {
        for (std::size_t at = 0; at < list.size(); ++at) take(list[at], mention, at);
        ++mention;
      }
    }
  }
};

}  // namespace

at::Tensor ConceptScorer::scores(const std::vector<Item>& items) const {
  const CandidateTable table(items);
  std::vector<at::Tensor> states;
  for (const Item& item : items) {
    if (!item.window->mentions.empty()) states.push_back(mention_states(item.hidden, item.window->mentions));
  }
  const at::TensorOptions to = items.front().hidden.options();
  const auto count = static_cast<std::int64_t>(table.mentions), most = static_cast<std::int64_t>(table.most);
  at::Tensor names = weights_[1];
  if (table.names > 0) {  // each bucket once, so that the gradient adds nothing twice
    const at::Tensor rows = at::index_select(weights_[0], 0, upload(at::tensor(table.buckets), to.device()));
    const at::Tensor mean = upload(at::tensor(table.mean).view({static_cast<std::int64_t>(table.names), -1}), to);
    names = at::cat({names, at::mm(mean, rows)});
  }
  const at::Tensor queries = at::linear(at::cat(states), weights_[2], weights_[3]);
  const at::Tensor all = at::mm(queries, names.t());  // [mentions, 1 + names]
  const at::Tensor index = upload(at::tensor(table.name_of).view({count, most}), to.device());
  const at::Tensor known = upload(at::tensor(table.features).view({count * most, kConceptFeatures}), to);
  const at::Tensor offsets = upload(at::tensor(table.offsets).view({count, most}), to);
  return at::gather(all, 1, index).add(at::linear(known, weights_[4]).mul(10).view({count, most})).add(offsets);
}

HeadLoss ConceptScorer::loss(const std::vector<Item>& items) const {
  HeadLoss result;
  std::vector<std::int64_t> targets;
  for (const Item& item : items) {
    for (const std::int64_t gold : item.window->gold) {
      targets.push_back(gold < 0 ? ignored_label : gold);
      result.units += gold >= 0;
    }
  }
  if (result.units == 0) {
    result.sum = items.front().hidden.sum().mul(0);
    return result;
  }
  const at::Tensor all = scores(items);
  result.sum =
      at::cross_entropy_loss(all, upload(at::tensor(targets), all.device()), {}, at::Reduction::Sum, ignored_label);
  return result;
}

std::vector<HeadOutput> ConceptScorer::predict(const std::vector<Item>& items) const {
  std::vector<HeadOutput> out(items.size());
  const auto has_mentions = [](const Item& item) { return !item.window->mentions.empty(); };
  if (std::none_of(items.begin(), items.end(), has_mentions)) return out;
  const at::Tensor best = at::argmax(scores(items), 1).to(at::kCPU).contiguous();
  const std::int64_t* row = best.const_data_ptr<std::int64_t>();
  for (std::size_t i = 0; i < items.size(); ++i) {
    for (std::size_t m = 0; m < items[i].window->mentions.size(); ++m) {
      out[i].labels.push_back(static_cast<std::int32_t>(*row++));
    }
  }
  return out;
}

void ConceptScorer::decode(const WindowConcepts& window, const HeadOutput& output, Example& into) const {
  for (std::size_t m = 0; m < window.mentions.size(); ++m) {
    into.mentions[window.mentions[m].mention].concept_id =
        window.candidates[m][static_cast<std::size_t>(output.labels[m])].concept_id;
  }
}

std::optional<std::string> ConceptScorer::look_up(std::string_view words) const {
  const std::string name = normalised_name(words);
  if (name.empty()) return std::nullopt;
  const auto near = terminology_.candidates(name, 1);
  if (near.empty() || (!near.front().exact && near.front().similarity < 0.7F)) return std::nullopt;
  return terminology_.concept_of(near.front().name);
}

}  // namespace polyclinic
