#include "tasks/anafora_views.h"

#include "core/concat.h"
#include "tasks/official_text.h"
#include "tasks/python3_text.h"

namespace polyclinic {

bool AnaforaSelect::matches(const std::set<AnaforaPattern>& patterns, const AnaforaPattern& name) {
  for (const AnaforaPattern& pattern : patterns) {
    if (pattern.size() > name.size() || pattern.empty()) continue;
    bool same = true;
    for (std::size_t i = 0; i < pattern.size(); ++i) same = same && (pattern[i] == "*" || pattern[i] == name[i]);
    if (same) return true;
  }
  return false;
}

namespace {

// No text of a file can be these.
const std::string kAnnotationValue = "\x01annotation", kNoValue = "\x01none";

// Appends a part with its length, so that joined keys stay apart.
void part(std::string& out, std::string_view text) { out += concat(text.size(), ":", text, ";"); }

// Each piece as anaforatools has it: a tuple of numbers, mostly two.
std::vector<std::string> entity_spans(const AnaforaAnnotation& entity) {
  std::vector<std::string> out;
  if (!entity.span) return out;
  for (const std::string_view piece : split(*entity.span, ';')) {
    std::string numbers;
    for (const std::string_view part : split(piece, ',')) {
      const std::optional<long long> number = python3_int(part);
      if (!number) {
        throw InputError(concat("the span '", *entity.span, "' of ", entity.id, " is no pair of numbers"), {},
                         "write start,end; pieces with semicolons between");
      }
      numbers += concat(numbers.empty() ? "" : ",", *number);
    }
    out.push_back(std::move(numbers));
  }
  return out;
}

std::string join(const std::vector<std::string>& spans, char bracket) {
  std::string out(1, bracket);
  for (const std::string& span : spans) out += span + ' ';
  return out;
}

class Keys {
 public:
  Keys(const AnaforaData& data, const AnaforaSelect& select, AnaforaVersion version, bool pieces)
      : data_(data), select_(select), version_(version), pieces_(pieces), places_(data.annotations.size()) {}

  const AnaforaData& data() const { return data_; }

  // Spans of an annotation as one text; of a relation the arguments in the order of the properties' names.
  std::string spans(const AnaforaAnnotation& annotation, std::vector<std::string>* pieces = nullptr) const {
    std::vector<std::string> parts;
    if (annotation.is_relation) {
      for (const auto& [name, value] : annotation.properties) {
        if (const AnaforaAnnotation* argument = data_.find(value)) parts.push_back(spans(*argument));
      }
      if (parts.size() == 1 && version_ == AnaforaVersion::current) {
        if (pieces != nullptr) spans(*first_argument(annotation), pieces);
        return parts[0];
      }
    } else {
      parts = entity_spans(annotation);
    }
    if (pieces != nullptr) *pieces = parts;
    return parts.empty() ? "" : join(parts, annotation.is_relation ? '[' : '(');
  }

  // The view's name: (), ("*"), (type), (type, property), (type, property, value); property "<span>": spans alone.
  AnaforaKey key(const AnaforaAnnotation& annotation, const AnaforaPattern& view) const {
    AnaforaKey out;
    const Place& known = place(annotation);
    if (pieces_) out.spans = known.pieces;
    out.whole = known.text;
    out.whole += '|';
    part(out.whole, annotation.type);
    if (view.size() == 1) {
      all_properties(annotation, view[0], out.whole);
    } else if (view[1] != "<span>" && annotation.type == view[0]) {
      one_property(annotation, view, out);
    }
    return out;
  }

  // 2016: an annotation with all its properties.
  std::string whole(const AnaforaAnnotation& annotation) const {
    std::string out = concat(spans(annotation), "|");
    part(out, annotation.type);
    part(out, annotation.parents_type.value_or(kNoValue));
    for (const auto& [name, value] : annotation.properties) {
      part(out, name);
      part(out, text_or_whole(value));
    }
    return out;
  }

  std::string text_or_whole(const OptionalText& value) const {
    const AnaforaAnnotation* other = data_.find(value);
    return other != nullptr ? kAnnotationValue + whole(*other) : value.value_or(kNoValue);
  }

 private:
  struct Place {
    std::string text;
    std::vector<std::string> pieces;
  };

  // Spans are asked for in every view, so they are kept.
  const Place& place(const AnaforaAnnotation& annotation) const {
    std::optional<Place>& known = places_[static_cast<std::size_t>(&annotation - data_.annotations.data())];
    if (!known) {
      Place made;
      made.text = spans(annotation, &made.pieces);
      known = std::move(made);
    }
    return *known;
  }

  bool selected(const AnaforaPattern& view) const {
    if (view != asked_) {
      asked_ = view;
      answer_ = select_({view[0], view[1], view.size() > 2 ? view[2] : "*"});
    }
    return answer_;
  }

  bool takes_property(const std::string& type, const std::string& name, const std::string& value) const {
    const auto [found, fresh] = taken_.try_emplace({type, name, value}, false);
    if (fresh) found->second = select_({type, name, value});
    return found->second;
  }

  const AnaforaAnnotation* first_argument(const AnaforaAnnotation& relation) const {
    for (const auto& [name, value] : relation.properties) {
      if (const AnaforaAnnotation* argument = data_.find(value)) return argument;
    }
    return nullptr;
  }

  std::string value_key(const OptionalText& value, const AnaforaPattern& view) const {
    const AnaforaAnnotation* other = data_.find(value);
    return other != nullptr ? kAnnotationValue + key(*other, view).whole : value.value_or(kNoValue);
  }

  void all_properties(const AnaforaAnnotation& annotation, const std::string& type, std::string& out) const {
    for (const auto& [name, value] : annotation.properties) {
      const AnaforaAnnotation* other = data_.find(value);
      if (!value && other == nullptr) continue;
      if (annotation.type == type && !takes_property(type, name, other != nullptr ? kAnnotationValue : *value))
        continue;
      if (other != nullptr && select_.excluded({other->type})) continue;
      part(out, name);
      part(out, value_key(value, {type}));
    }
  }

  void one_property(const AnaforaAnnotation& annotation, const AnaforaPattern& view, AnaforaKey& out) const {
    const auto found = annotation.properties.find(view[1]);
    if (found == annotation.properties.end()) return;
    if (!selected(view)) return;
    out.value = value_key(found->second, view);
    part(out.whole, view[1]);
    part(out.whole, *out.value);
  }

  const AnaforaData& data_;
  const AnaforaSelect& select_;
  AnaforaVersion version_;
  bool pieces_;
  mutable std::vector<std::optional<Place>> places_;
  mutable std::map<AnaforaPattern, bool> taken_;
  mutable AnaforaPattern asked_;
  mutable bool answer_ = false;
};

// --- current ---------------------------------------------------------------------------------------------------------

std::set<AnaforaPattern> view_names(const AnaforaData& data, const AnaforaSelect& select) {
  std::set<AnaforaPattern> out, seen;
  const auto add = [&](const AnaforaPattern& name) {
    if (seen.insert(name).second && select(name)) out.insert(name);
  };
  add({"*"});
  add({"*", "<span>"});
  for (const AnaforaAnnotation& annotation : data.annotations) {
    add({annotation.type});
    add({annotation.type, "<span>"});
    for (const auto& [name, value] : annotation.properties) {
      add({annotation.type, name});
      if (value && data.find(value) == nullptr) add({annotation.type, name, *value});
    }
  }
  return out;
}

// Does the view take annotations of this type at all?
bool takes_type(const std::string& type, const AnaforaPattern& view, const AnaforaSelect& select) {
  AnaforaPattern asked = {type};
  if (view.size() == 1) {
    asked.insert(asked.end(), {"*", "*"});
  } else {
    if (view[1] != "<span>") asked.push_back(view[1]);
    asked.push_back(view.size() > 2 ? view[2] : "*");
  }
  return select(asked) || select({type, "<span>"});
}

bool has_value(const AnaforaData& data, const AnaforaAnnotation& annotation, const AnaforaPattern& view) {
  if (view.size() < 3) return true;
  const auto found = annotation.properties.find(view[1]);
  return found != annotation.properties.end() && found->second == view[2] && data.find(found->second) == nullptr;
}

using ByType = std::map<std::string, std::vector<const AnaforaAnnotation*>>;

ByType by_type(const AnaforaData& data) {
  ByType out;
  for (const AnaforaAnnotation& annotation : data.annotations) out[annotation.type].push_back(&annotation);
  return out;
}

void fill(const Keys& maker, const ByType& types, const AnaforaPattern& view, const AnaforaSelect& select,
          std::set<AnaforaKey>& keys) {
  for (const auto& [type, annotations] : types) {
    if ((view[0] != "*" && view[0] != type) || !takes_type(type, view, select)) continue;
    for (const AnaforaAnnotation* annotation : annotations) {
      if (has_value(maker.data(), *annotation, view)) keys.insert(maker.key(*annotation, view));
    }
  }
}

// --- 2016 ------------------------------------------------------------------------------------------------------------

void fill_2016(const AnaforaData& data, const AnaforaSelect& select, AnaforaViews& views,
               std::set<AnaforaKey> AnaforaViewPair::*side) {
  const Keys maker(data, select, AnaforaVersion::of_2016, true);
  for (const AnaforaAnnotation& annotation : data.annotations) {
    const std::string& type = annotation.type;
    AnaforaKey place;
    place.whole = concat(maker.spans(annotation, &place.spans), "|");
    const auto add = [&](const AnaforaPattern& view, const AnaforaKey& key) { (views[view].*side).insert(key); };
    if (select({type})) {
      AnaforaKey key = place;
      key.whole = maker.whole(annotation);
      add({type}, key);
      add({"*"}, key);
    }
    if (select({type, "<span>"})) {
      add({type, "<span>"}, place);
      AnaforaKey typed = place;
      part(typed.whole, type);
      add({"*", "<span>"}, typed);
    }
    for (const auto& [name, value] : annotation.properties) {
      const bool plain = data.find(value) == nullptr;
      AnaforaKey key = place;
      key.value = plain ? value.value_or("<none>") : maker.text_or_whole(value);
      part(key.whole, *key.value);
      if (select({type, name})) add({type, name}, key);
      if (plain && select({type, name, *key.value})) add({type, name, *key.value}, key);
    }
  }
}

}  // namespace

AnaforaViews anafora_views(const AnaforaData& reference, const AnaforaData* predicted, const AnaforaSelect& select,
                           AnaforaVersion version, bool for_closure) {
  AnaforaViews views;
  if (version == AnaforaVersion::of_2016) {
    fill_2016(reference, select, views, &AnaforaViewPair::reference);
    if (predicted != nullptr) fill_2016(*predicted, select, views, &AnaforaViewPair::predicted);
    return views;
  }
  std::set<AnaforaPattern> names = view_names(reference, select);
  static const AnaforaData nothing;
  const AnaforaData& answer = predicted != nullptr ? *predicted : nothing;
  names.merge(view_names(answer, select));
  const Keys gold_keys(reference, select, version, for_closure), answer_keys(answer, select, version, for_closure);
  const ByType gold_types = by_type(reference), answer_types = by_type(answer);
  for (const AnaforaPattern& name : names) {
    AnaforaViewPair& pair = views[name];
    fill(gold_keys, gold_types, name, select, pair.reference);
    fill(answer_keys, answer_types, name, select, pair.predicted);
  }
  return views;
}

}  // namespace polyclinic
