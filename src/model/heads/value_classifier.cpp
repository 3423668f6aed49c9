#include "model/heads/value_classifier.h"

#include <ATen/ops/argmax.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "data/labels/layer_labels.h"
#include "model/upload.h"

namespace polyclinic {
namespace {

constexpr float kOut = -1e30F;

std::optional<std::string> value_of(const Mention& mention, const std::string& name) {
  const auto found = mention.attributes.find(name);
  return found == mention.attributes.end() ? std::nullopt : std::optional(found->second);
}

nlohmann::json as_json(const std::vector<AttributeChoice>& choices) {
  nlohmann::json out = nlohmann::json::array();
  for (const AttributeChoice& choice : choices) {
    nlohmann::json values = nlohmann::json::array();
    for (const auto& value : choice.values) values.push_back(value ? nlohmann::json(*value) : nlohmann::json());
    out.push_back({{"type", choice.type}, {"name", choice.name}, {"values", values}});
  }
  return out;
}

std::vector<AttributeChoice> from_json(const nlohmann::json& list) {
  std::vector<AttributeChoice> out;
  for (const auto& entry : list) {
    AttributeChoice choice{entry.at("type").get<std::string>(), entry.at("name").get<std::string>(), {}};
    for (const auto& value : entry.at("values")) {
      choice.values.push_back(value.is_null() ? std::nullopt : std::optional(value.get<std::string>()));
    }
    out.push_back(std::move(choice));
  }
  return out;
}

}  // namespace

void ValueClassifier::prepare(const std::vector<Example>& training) {
  std::map<std::string, std::set<std::string>> names;  // of each type
  for (const Example& example : training) {
    for (const Mention& mention : example.mentions) {
      for (const auto& [name, value] : mention.attributes) {
        if (wanted_(name)) names[mention.type].insert(name);
      }
    }
  }
  std::map<std::pair<std::string, std::string>, std::set<std::optional<std::string>>> values;
  for (const Example& example : training) {
    for (const Mention& mention : example.mentions) {
      for (const std::string& name : names[mention.type]) values[{mention.type, name}].insert(value_of(mention, name));
    }
  }
  for (const auto& [key, found] : values) {
    if (found.size() > most_) continue;
    (found.size() == 1 ? constants_ : choices_).push_back({key.first, key.second, {found.begin(), found.end()}});
  }
  number_rows();
}

void ValueClassifier::number_rows() {
  begins_.clear();
  rows_ = 0;
  for (const AttributeChoice& choice : choices_) {
    begins_.push_back(rows_);
    rows_ += static_cast<std::int64_t>(choice.values.size());
  }
}

nlohmann::json ValueClassifier::inventory() const {
  return {{"choices", as_json(choices_)}, {"constants", as_json(constants_)}};
}

void ValueClassifier::restore(const nlohmann::json& inventory) {
  choices_ = from_json(inventory.at("choices"));
  constants_ = from_json(inventory.at("constants"));
  number_rows();
}

std::vector<HeadParameter> ValueClassifier::parameters() const {
  if (empty()) return {};
  const std::int64_t states = kMentionStates * hidden_size_;
  return {{"value.states", {width(), states}, 1 / std::sqrt(static_cast<double>(states))},
          {"value.bias", {width()}, 0},
          {"value.output", {rows_, width()}, 0.02},
          {"value.output_bias", {rows_}, 0}};
}

std::vector<WindowValues> ValueClassifier::place(const Example& example, const MentionExample& encoded, bool with_gold,
                                                 HeadCounts& counts) const {
  std::vector<WindowValues> out(encoded.windows.size());
  for (std::size_t m = 0; m < example.mentions.size(); ++m) {
    const Mention& mention = example.mentions[m];
    const auto owner = encoded.owners[m];
    bool placed = false;
    for (std::size_t c = 0; c < choices_.size(); ++c) {
      if (choices_[c].type != mention.type) continue;
      WindowValues::Decision decision{0, c, -1};
      if (with_gold) {
        const auto& values = choices_[c].values;
        const auto at = std::find(values.begin(), values.end(), value_of(mention, choices_[c].name));
        if (at != values.end()) decision.value = at - values.begin();
        ++counts.gold;
        counts.lost += !owner || at == values.end();
      }
      if (!owner) continue;
      if (!placed) out[*owner].mentions.push_back(encoded.placed(*owner, m));
      placed = true;
      decision.mention = out[*owner].mentions.size() - 1;
      out[*owner].decisions.push_back(decision);
    }
  }
  return out;
}

at::Tensor ValueClassifier::logits(const std::vector<Item>& items) const {
  std::size_t decisions = 0, mentions = 0;
  for (const Item& item : items) {
    decisions += item.window->decisions.size(), mentions += item.window->mentions.size();
  }
  const auto columns = static_cast<std::size_t>(rows_);
  std::vector<float> select(decisions * mentions), mask(decisions * columns, kOut);
  std::vector<at::Tensor> states;
  std::size_t at = 0, first = 0;
  for (const Item& item : items) {
    for (const WindowValues::Decision& decision : item.window->decisions) {
      select[at * mentions + first + decision.mention] = 1;
      const auto begin = static_cast<std::size_t>(begins_[decision.choice]);
      std::fill_n(mask.begin() + static_cast<std::ptrdiff_t>(at * columns + begin),
                  choices_[decision.choice].values.size(), 0.0F);
      ++at;
    }
    if (!item.window->mentions.empty()) states.push_back(mention_states(item.hidden, item.window->mentions));
    first += item.window->mentions.size();
  }
  const at::TensorOptions to = items.front().hidden.options();
  const auto matrix = [&](const std::vector<float>& values) {
    return upload(at::tensor(values).view({static_cast<std::int64_t>(decisions), -1}), to);
  };
  const at::Tensor z = at::gelu(at::linear(at::cat(states), weights_[0], weights_[1]));
  return at::mm(matrix(select), at::linear(z, weights_[2], weights_[3])).add(matrix(mask));
}

HeadLoss ValueClassifier::loss(const std::vector<Item>& items) const {
  HeadLoss result;
  std::vector<std::int64_t> targets;
  for (const Item& item : items) {
    for (const WindowValues::Decision& decision : item.window->decisions) {
      targets.push_back(decision.value < 0 ? ignored_label : begins_[decision.choice] + decision.value);
      result.units += decision.value >= 0;
    }
  }
  if (result.units == 0) {
    result.sum = items.front().hidden.sum().mul(0);
    return result;
  }
  const at::Tensor scores = logits(items);
  result.sum = at::cross_entropy_loss(scores, upload(at::tensor(targets), scores.device()), {}, at::Reduction::Sum,
                                      ignored_label);
  return result;
}

std::vector<std::vector<std::int32_t>> ValueClassifier::predict(const std::vector<Item>& items) const {
  std::vector<std::vector<std::int32_t>> out(items.size());
  std::size_t decisions = 0;
  for (const Item& item : items) decisions += item.window->decisions.size();
  if (decisions == 0) return out;
  const at::Tensor best = at::argmax(logits(items), 1).to(at::kCPU).contiguous();
  const std::int64_t* row = best.const_data_ptr<std::int64_t>();
  for (std::size_t i = 0; i < items.size(); ++i) {
    for (const WindowValues::Decision& decision : items[i].window->decisions) {
      out[i].push_back(static_cast<std::int32_t>(*row++ - begins_[decision.choice]));
    }
  }
  return out;
}

void ValueClassifier::clear(Example& example) const {
  for (Mention& mention : example.mentions) {
    for (const AttributeChoice& choice : choices_) {
      if (choice.type == mention.type) mention.attributes.erase(choice.name);
    }
    for (const AttributeChoice& constant : constants_) {
      if (constant.type != mention.type) continue;
      mention.attributes.erase(constant.name);
      if (constant.values.front()) mention.attributes[constant.name] = *constant.values.front();
    }
  }
}

void ValueClassifier::decode(const WindowValues& window, const std::int32_t* values, Example& into) const {
  for (const WindowValues::Decision& decision : window.decisions) {
    const AttributeChoice& choice = choices_[decision.choice];
    const auto& value = choice.values[static_cast<std::size_t>(*values++)];
    Mention& mention = into.mentions[window.mentions[decision.mention].mention];
    if (value) mention.attributes[choice.name] = *value;
  }
}

}  // namespace polyclinic
