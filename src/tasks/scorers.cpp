#include <algorithm>

#include "core/concat.h"
#include "core/error.h"
#include "tasks/nearest_name.h"
#include "tasks/scorer.h"

namespace polyclinic {

// One line a scorer: its declaration here, its file beside this one.
Scorer biosses_scorer();
Scorer brat_scorer();
Scorer chemprot_scorer();
Scorer conll_scorer();
Scorer ddi_scorer();
Scorer gad_scorer();
Scorer hoc_scorer();
Scorer measeval_scorer();
Scorer n2c2_2018_t2_scorer();
Scorer pubmedqa_scorer();
Scorer semeval2014t7_scorer();
Scorer semeval2015t14_scorer();
Scorer semeval2016t12_scorer();
Scorer semeval2017t3_scorer();
Scorer semeval2021t6_persuasion_scorer();
Scorer semeval2021t6_scorer();

const std::vector<Scorer>& scorers() {
  static const std::vector<Scorer> list = {
      biosses_scorer(),
      brat_scorer(),
      chemprot_scorer(),
      conll_scorer(),
      ddi_scorer(),
      gad_scorer(),
      hoc_scorer(),
      measeval_scorer(),
      n2c2_2018_t2_scorer(),
      pubmedqa_scorer(),
      semeval2014t7_scorer(),
      semeval2015t14_scorer(),
      semeval2016t12_scorer(),
      semeval2017t3_scorer(),
      semeval2021t6_persuasion_scorer(),
      semeval2021t6_scorer(),
  };
  return list;
}

const Scorer& find_scorer(std::string_view task) {
  std::vector<std::string> names;
  for (const Scorer& scorer : scorers()) {
    if (scorer.task == task) return scorer;
    names.push_back(scorer.task);
  }
  throw InputError(concat("no scorer for the task '", task, "'"), {}, did_you_mean(task, names));
}

ScoreReport score(std::string_view task, const std::filesystem::path& gold, const std::filesystem::path& predicted,
                  ScoreOptions options) {
  const Scorer& scorer = find_scorer(task);
  std::vector<std::string> names;
  for (const ScoreOption& option : scorer.options) names.push_back(option.name);
  for (const auto& [name, value] : options) {
    const auto known = std::find(names.begin(), names.end(), name);
    if (known == names.end()) {
      throw InputError(concat("the scorer of ", task, " has no option '", name, "'"), {}, did_you_mean(name, names));
    }
    const ScoreOption& option = scorer.options[static_cast<std::size_t>(known - names.begin())];
    if (!option.choices.empty() &&
        std::find(option.choices.begin(), option.choices.end(), value) == option.choices.end()) {
      throw InputError(concat("option ", name, " of ", task, " cannot be '", value, "'"), {},
                       did_you_mean(value, option.choices));
    }
  }
  for (const ScoreOption& option : scorer.options) options.emplace(option.name, option.fallback);
  return scorer.score(gold, predicted, options);
}

}  // namespace polyclinic
