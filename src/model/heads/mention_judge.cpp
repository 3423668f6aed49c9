#include "model/heads/mention_judge.h"

#include "core/error.h"

namespace polyclinic {
namespace {

struct JudgedExample : MentionExample {
  std::vector<WindowValues> values;  // of each window
  std::vector<WindowPairs> pairs;
};

std::vector<ValueClassifier::Item> value_items(const HeadBatch& batch) {
  return window_items<ValueClassifier::Item>(batch, &JudgedExample::values);
}
std::vector<PairClassifier::Item> pair_items(const HeadBatch& batch) {
  return window_items<PairClassifier::Item>(batch, &JudgedExample::pairs);
}

}  // namespace

// A corpus without links, or without attributes, trains the other half.
void MentionJudge::prepare(const std::vector<Example>& training) {
  values_.prepare(training);
  const auto has_links = [](const Example& example) { return !example.relations.empty(); };
  with_links_ = settings_.needs_links || std::any_of(training.begin(), training.end(), has_links);
  if (with_links_) pairs_.prepare(training);
  if (!with_links_ && values_.empty()) {
    throw InputError("no attribute and no link in the training data", {}, settings_.needs);
  }
}

nlohmann::json MentionJudge::inventory() const {
  nlohmann::json out = {{"values", values_.inventory()}};
  if (with_links_) out["links"] = pairs_.inventory();
  return out;
}

void MentionJudge::restore(const nlohmann::json& inventory) {
  values_.restore(inventory.at("values"));
  with_links_ = inventory.contains("links");
  if (with_links_) pairs_.restore(inventory.at("links"));
}

std::vector<HeadParameter> MentionJudge::parameters() const {
  std::vector<HeadParameter> out = values_.parameters();
  if (with_links_) {
    for (HeadParameter& parameter : pairs_.parameters()) out.push_back(std::move(parameter));
  }
  return out;
}

void MentionJudge::bind(std::vector<at::Tensor> tensors) {
  const auto middle = tensors.begin() + static_cast<std::ptrdiff_t>(values_.parameters().size());
  values_.bind({tensors.begin(), middle});
  pairs_.bind({middle, tensors.end()});
}

std::unique_ptr<HeadExample> MentionJudge::encode(const Example& example, const Tokenizer& tokenizer, bool with_gold,
                                                  HeadCounts& counts) const {
  auto encoded = std::make_unique<JudgedExample>();
  encode_mentions(example, tokenizer, options_.window, *encoded);
  encoded->values = values_.place(example, *encoded, with_gold, counts);
  encoded->pairs.resize(encoded->windows.size());
  if (with_links_) encoded->pairs = pairs_.place(example, *encoded, with_gold, counts);
  for (std::size_t w = 0; with_gold && w < encoded->windows.size(); ++w) {
    const auto& decisions = encoded->values[w].decisions;
    encoded->units[w] = std::count_if(decisions.begin(), decisions.end(), [](const auto& d) { return d.value >= 0; }) +
                        static_cast<std::int64_t>(encoded->pairs[w].pairs.size());
  }
  return encoded;
}

HeadLoss MentionJudge::loss(const HeadBatch& batch) const {
  HeadLoss result = values_.loss(value_items(batch));
  if (!with_links_) return result;
  const HeadLoss links = pairs_.loss(pair_items(batch));
  return {result.sum.add(links.sum), result.units + links.units};
}

std::vector<HeadOutput> MentionJudge::predict(const HeadBatch& batch) const {
  std::vector<HeadOutput> out(batch.rows.size());
  if (with_links_) out = pairs_.predict(pair_items(batch));
  const auto values = values_.predict(value_items(batch));
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i].labels.insert(out[i].labels.begin(), values[i].begin(), values[i].end());
  }
  return out;
}

HeadOutput MentionJudge::links_of(const HeadOutput& output, const WindowValues& values) {
  HeadOutput links = output;
  links.labels.erase(links.labels.begin(), links.labels.begin() + static_cast<std::ptrdiff_t>(values.decisions.size()));
  return links;
}

void MentionJudge::tune(const std::vector<TuningExample>& dev) {
  ThresholdSearch search;
  for (const TuningExample& example : dev) {
    const auto& encoded = static_cast<const JudgedExample&>(*example.encoded);
    std::vector<HeadOutput> links;
    for (std::size_t w = 0; w < example.outputs->size(); ++w) {
      links.push_back(links_of((*example.outputs)[w], encoded.values[w]));
    }
    pairs_.judge(*example.gold, encoded.pairs, links, search);
  }
  pairs_.set_threshold(search.best());
}

void MentionJudge::decode(const HeadExample& base, const std::vector<HeadOutput>& outputs, Example& into) const {
  const auto& encoded = static_cast<const JudgedExample&>(base);
  values_.clear(into);
  into.relations.clear();
  for (std::size_t w = 0; w < outputs.size(); ++w) {
    values_.decode(encoded.values[w], outputs[w].labels.data(), into);
    pairs_.decode(encoded.pairs[w], links_of(outputs[w], encoded.values[w]), into);
  }
  finish_relations(into);
}

}  // namespace polyclinic
