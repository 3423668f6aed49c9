// The slots of SemEval-2015 Task 14 for mentions that the example holds already: each slot's value as a choice
// (ValueClassifier), its cue as a span of the window (CuePointer), and the body location as the concept of its cue's
// words. A slot is an attribute; its cue is the attribute "<slot>.span", "begin-end" in code points, fragments with
// commas between. A cue in pieces is learnt as one span from its first to its last token; several body locations as the
// first of them. What is lost by that is counted.
#include <algorithm>
#include <set>

#include "core/concat.h"
#include "core/error.h"
#include "model/heads/concept_scorer.h"
#include "model/heads/cue_pointer.h"
#include "model/heads/value_classifier.h"
#include "tasks/code_points.h"
#include "tasks/official_text.h"
#include "tasks/semeval2015t14.h"

namespace polyclinic {
namespace {

constexpr const char* kSpan = ".span";
constexpr const char* kNone = "null";
constexpr const char* kMarked = "marked";  // any body location

struct SlotsExample : MentionExample {
  std::vector<WindowValues> values;  // of each window
  std::vector<WindowCues> cues;      // a question for each decision of `values`, in its order
};

bool is_slot(const std::string& name) { return !name.ends_with(kSpan); }

// From the first begin to the last end of "10-14,20-22"; nothing for "null" and what is no span.
std::optional<Span> hull_of(const std::string& cue) {
  const auto first = python_int(std::string_view(cue).substr(0, cue.find('-')));
  const std::size_t dash = cue.rfind('-');
  if (!first || dash == std::string::npos) return std::nullopt;
  const auto last = python_int(std::string_view(cue).substr(dash + 1));
  if (!last || *first < 0 || *last <= *first) return std::nullopt;
  return Span{static_cast<std::size_t>(*first), static_cast<std::size_t>(*last)};
}

std::string attribute(const Mention& mention, const std::string& name) {
  const auto found = mention.attributes.find(name);
  return found == mention.attributes.end() ? "" : found->second;
}

// Value and cue of the first body location; "" and "" when there is none.
std::pair<std::string, std::string> first_location(const Mention& mention) {
  const std::string values = attribute(mention, kBodyLocation);
  const std::string cues = attribute(mention, concat(kBodyLocation, kSpan));
  const auto locations = split_blanks(values), places = split_blanks(cues);
  if (locations.empty() || locations.front() == kNone) return {};
  return {std::string(locations.front()), places.empty() ? "" : std::string(places.front())};
}

// The example with body locations as a choice: "null" or "marked"; the cue of the first one.
Example with_choices(const Example& example) {
  Example out = example;
  for (Mention& mention : out.mentions) {
    const auto [value, cue] = first_location(mention);
    mention.attributes[kBodyLocation] = value.empty() ? kNone : kMarked;
    if (!cue.empty()) mention.attributes[concat(kBodyLocation, kSpan)] = cue;
  }
  return out;
}

class SlotsHead : public Head {
 public:
  explicit SlotsHead(const HeadOptions& options)
      : options_(options),
        values_(options.hidden_size, is_slot),
        cues_(options.hidden_size),
        locations_(options.hidden_size, options.terminology) {}

  void prepare(const std::vector<Example>& training) override;
  nlohmann::json inventory() const override {
    return {{"values", values_.inventory()}, {"locations", locations_.inventory()}};
  }
  void restore(const nlohmann::json& inventory) override {
    values_.restore(inventory.at("values"));
    locations_.restore(inventory.at("locations"));
    name_cues();
  }

  std::vector<HeadParameter> parameters() const override {
    std::vector<HeadParameter> out = values_.parameters();
    for (HeadParameter& parameter : cues_.parameters()) out.push_back(std::move(parameter));
    return out;
  }
  void bind(std::vector<at::Tensor> tensors) override {
    const auto middle = tensors.begin() + static_cast<std::ptrdiff_t>(values_.parameters().size());
    values_.bind({tensors.begin(), middle});
    cues_.bind({middle, tensors.end()});
  }

  std::unique_ptr<HeadExample> encode(const Example& example, const Tokenizer& tokenizer, bool with_gold,
                                      HeadCounts& counts) const override;
  HeadLoss loss(const HeadBatch& batch) const override {
    const HeadLoss values = values_.loss(window_items<ValueClassifier::Item>(batch, &SlotsExample::values));
    const HeadLoss cues = cues_.loss(window_items<CuePointer::Item>(batch, &SlotsExample::cues));
    return {values.sum.add(cues.sum), values.units + cues.units};
  }
  // labels: of each decision the value, then of each decision first and last row of its cue.
  std::vector<HeadOutput> predict(const HeadBatch& batch) const override {
    const auto values = values_.predict(window_items<ValueClassifier::Item>(batch, &SlotsExample::values));
    const auto cues = cues_.predict(window_items<CuePointer::Item>(batch, &SlotsExample::cues));
    std::vector<HeadOutput> out(batch.rows.size());
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i].labels = values[i];
      out[i].labels.insert(out[i].labels.end(), cues[i].begin(), cues[i].end());
    }
    return out;
  }
  void decode(const HeadExample& base, const std::vector<HeadOutput>& outputs, Example& into) const override;

 private:
  void name_cues() {
    std::vector<std::string> names;
    for (const AttributeChoice& choice : values_.choices()) names.push_back(choice.name);
    cues_.set_names(std::move(names));
  }
  void add_cue(const Example& example, SlotsExample& encoded, std::size_t window, std::size_t decision, bool with_gold,
               HeadCounts& counts) const;
  void decode_slot(const SlotsExample& encoded, std::size_t window, std::size_t decision, TokenRange cue,
                   const CodePoints& text, Example& into) const;

  HeadOptions options_;
  ValueClassifier values_;
  CuePointer cues_;
  ConceptScorer locations_;  // its lists alone: names of body locations
};

void SlotsHead::prepare(const std::vector<Example>& training) {
  std::vector<Example> choices, places;
  for (const Example& example : training) {
    choices.push_back(with_choices(example));
    // The words of each body location's cue, as mentions with its concept.
    Example place;
    place.text = example.text;
    for (const Mention& mention : example.mentions) {
      const auto [value, cue] = first_location(mention);
      const auto hull = hull_of(cue);
      if (hull) place.mentions.push_back({"", "", {*hull}, {}, value});
    }
    if (!place.mentions.empty()) places.push_back(std::move(place));
  }
  values_.prepare(choices);
  if (values_.empty()) {
    throw InputError("every slot has one value alone in the training data", {}, "the head slots needs marked slots");
  }
  locations_.learn(places);
  name_cues();
}

std::unique_ptr<HeadExample> SlotsHead::encode(const Example& example, const Tokenizer& tokenizer, bool with_gold,
                                               HeadCounts& counts) const {
  auto encoded = std::make_unique<SlotsExample>();
  encode_mentions(example, tokenizer, options_.window, *encoded);
  const Example choices = with_gold ? with_choices(example) : example;
  encoded->values = values_.place(choices, *encoded, with_gold, counts);
  for (std::size_t w = 0; w < encoded->windows.size(); ++w) {
    const WindowValues& values = encoded->values[w];
    const TokenRange& window = encoded->windows[w];
    encoded->cues.push_back({values.mentions, {encoded->row(w, window.first), encoded->row(w, window.last)}, {}});
    for (std::size_t d = 0; d < values.decisions.size(); ++d) add_cue(choices, *encoded, w, d, with_gold, counts);
    if (!with_gold) continue;
    for (const auto& decision : values.decisions) encoded->units[w] += decision.value >= 0;
    for (const auto& question : encoded->cues[w].questions) encoded->units[w] += question.gold.size() > 0;
  }
  return encoded;
}

// A cue that the window does not hold, or that its tokens do not give back, is lost.
void SlotsHead::add_cue(const Example& example, SlotsExample& encoded, std::size_t window, std::size_t decision,
                        bool with_gold, HeadCounts& counts) const {
  const WindowValues::Decision& asked = encoded.values[window].decisions[decision];
  WindowCues::Question question{asked.mention, asked.choice, {}};
  const Mention& mention = example.mentions[encoded.values[window].mentions[asked.mention].mention];
  const std::string cue = attribute(mention, concat(values_.choices()[asked.choice].name, kSpan));
  if (with_gold && !cue.empty() && cue != kNone) {
    ++counts.gold;
    const auto hull = hull_of(cue);
    const auto tokens = hull ? encoded.text->tokens_of(*hull) : std::nullopt;
    const TokenRange& own = encoded.windows[window];
    const bool held = tokens && tokens->first >= own.first && tokens->last <= own.last;
    if (held) question.gold = {encoded.row(window, tokens->first), encoded.row(window, tokens->last)};
    const bool given_back = held && encoded.text->span_of(*tokens) == *hull && cue.find(',') == std::string::npos;
    counts.lost += !given_back;
  }
  encoded.cues[window].questions.push_back(question);
}

void SlotsHead::decode(const HeadExample& base, const std::vector<HeadOutput>& outputs, Example& into) const {
  const auto& encoded = static_cast<const SlotsExample&>(base);
  const CodePoints text(into.text);
  for (Mention& mention : into.mentions) mention.attributes.clear();
  values_.clear(into);
  for (std::size_t w = 0; w < outputs.size(); ++w) {
    const std::size_t decisions = encoded.values[w].decisions.size();
    values_.decode(encoded.values[w], outputs[w].labels.data(), into);
    const std::size_t shift = encoded.windows[w].first;
    for (std::size_t d = 0; d < decisions; ++d) {
      const auto row = [&](std::size_t at) {
        return static_cast<std::size_t>(outputs[w].labels[decisions + 2 * d + at]) - encoded.prefix + shift;
      };
      decode_slot(encoded, w, d, {row(0), row(1) + 1}, text, into);
    }
  }
}

// A slot with its usual value has no cue. A body location is the concept of its cue's words; without one it is null.
void SlotsHead::decode_slot(const SlotsExample& encoded, std::size_t window, std::size_t decision, TokenRange cue,
                            const CodePoints& text, Example& into) const {
  const WindowValues::Decision& asked = encoded.values[window].decisions[decision];
  const std::string& name = values_.choices()[asked.choice].name;
  Mention& mention = into.mentions[encoded.values[window].mentions[asked.mention].mention];
  const Span span = encoded.text->span_of(cue);
  std::string& value = mention.attributes[name];
  bool marked = span.begin < span.end;
  if (name == kBodyLocation) {
    const auto concept_id =
        value == kMarked && marked ? locations_.look_up(text.slice(span)) : std::optional<std::string>();
    value = concept_id.value_or(kNone);
    marked = concept_id.has_value();
  } else {
    for (const ShareSlot& slot : share_slots()) marked &= slot.name != name || value != slot.fallback;
  }
  if (marked) mention.attributes[concat(name, kSpan)] = concat(span.begin, "-", span.end);
}

}  // namespace

HeadDefinition slots_head() {
  return {"slots", "attributes of disorders with their cues, and the body location's concept",
          [](const HeadOptions& options) -> std::unique_ptr<Head> { return std::make_unique<SlotsHead>(options); }};
}

}  // namespace polyclinic
