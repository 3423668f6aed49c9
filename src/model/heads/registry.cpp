#include "core/concat.h"
#include "core/error.h"
#include "model/heads/head.h"
#include "tasks/nearest_name.h"

namespace polyclinic {

// One line a head: its declaration here, its file beside this one.
HeadDefinition classification_head();
HeadDefinition multilabel_head();
HeadDefinition multilabel_span_head();
HeadDefinition ner_head();
HeadDefinition normalisation_head();
HeadDefinition ranking_head();
HeadDefinition regression_head();
HeadDefinition relation_head();
HeadDefinition slots_head();
HeadDefinition temporal_head();

const std::vector<HeadDefinition>& heads() {
  static const std::vector<HeadDefinition> list = {
      classification_head(), multilabel_head(), multilabel_span_head(), ner_head(),   normalisation_head(),
      ranking_head(),        regression_head(), relation_head(),        slots_head(), temporal_head(),
  };
  return list;
}

std::unique_ptr<Head> make_head(const std::string& name, const HeadOptions& options) {
  std::vector<std::string> names;
  for (const HeadDefinition& head : heads()) {
    if (head.name == name) return head.make(options);
    names.push_back(head.name);
  }
  throw InputError(concat("there is no head '", name, "'"), {"", 0, 0, "task.head"}, did_you_mean(name, names));
}

}  // namespace polyclinic
