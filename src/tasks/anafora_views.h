#pragma once
// What anaforatools compares: for each view of the annotations (a type, its spans, a property, a property's value) the
// set of keys of each side. `bethard/anaforatools`, anafora/evaluate.py and select.py.
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tasks/anafora.h"

namespace polyclinic {

// TYPE, TYPE:PROPERTY or TYPE:PROPERTY:VALUE, each part "*" for any.
using AnaforaPattern = std::vector<std::string>;

class AnaforaSelect {
 public:
  std::optional<std::set<AnaforaPattern>> include, exclude;
  bool included(const AnaforaPattern& name) const { return !include || matches(*include, name); }
  bool excluded(const AnaforaPattern& name) const { return exclude && matches(*exclude, name); }
  bool operator()(const AnaforaPattern& name) const { return included(name) && !excluded(name); }

 private:
  static bool matches(const std::set<AnaforaPattern>& patterns, const AnaforaPattern& name);
};

struct AnaforaKey {
  std::string whole;               // equal exactly when anaforatools' keys are equal
  std::vector<std::string> spans;  // of a relation's arguments, or of an entity's pieces
  OptionalText value;              // of the one property of the view, for closure
  auto operator<=>(const AnaforaKey& other) const { return whole <=> other.whole; }
  bool operator==(const AnaforaKey& other) const { return whole == other.whole; }
};

// Which anaforatools: `current` (1.1, commit d52c23d) or `2016` (commit a4b48fc, in use for the task). They differ in
// annotations without a property (counted in its view by `current` alone), in whole annotations (2016 compares every
// property and parentsType) and in what an exclude of TYPE:*:* does to TYPE:PROPERTY.
enum class AnaforaVersion { current, of_2016 };

struct AnaforaViewPair {
  std::set<AnaforaKey> reference, predicted;
};
// By the view's name, its parts apart.
using AnaforaViews = std::map<AnaforaPattern, AnaforaViewPair>;

// `predicted` may be null: nothing predicted. `for_closure`: fills AnaforaKey::spans. InputError where anaforatools
// raises (a span that is no numbers).
AnaforaViews anafora_views(const AnaforaData& reference, const AnaforaData* predicted, const AnaforaSelect& select,
                           AnaforaVersion version, bool for_closure = false);

}  // namespace polyclinic
