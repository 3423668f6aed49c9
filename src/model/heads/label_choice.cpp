#include "model/heads/label_choice.h"

#include <algorithm>
#include <set>

namespace polyclinic {

double ThresholdSearch::best() const {
  std::vector<std::pair<float, bool>> sorted = decisions_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  const auto gold =
      static_cast<double>(std::count_if(sorted.begin(), sorted.end(), [](auto& d) { return d.second; }) + missed_);
  double best = 0.5, best_f1 = 0, found = 0;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    found += sorted[i].second;
    const float next = i + 1 < sorted.size() ? sorted[i + 1].first : 0.0F;
    if (i + 1 < sorted.size() && next == sorted[i].first) continue;
    const double f1 = 2 * found / (static_cast<double>(i + 1) + gold);
    if (f1 <= best_f1) continue;
    best_f1 = f1;
    best = (static_cast<double>(sorted[i].first) + static_cast<double>(next)) / 2;
  }
  return best;
}

void LabelChoice::prepare(const std::vector<Example>& training) {
  std::set<std::string> names;
  for (const Example& example : training) names.insert(example.labels.begin(), example.labels.end());
  writes_none_ = names.erase("none") > 0;
  names_.assign(names.begin(), names.end());
}

nlohmann::json LabelChoice::inventory() const {
  return {{"labels", names_}, {"none", writes_none_}, {"threshold", threshold_}};
}

void LabelChoice::restore(const nlohmann::json& inventory) {
  inventory.at("labels").get_to(names_);
  inventory.at("none").get_to(writes_none_);
  inventory.at("threshold").get_to(threshold_);
}

std::vector<double> LabelChoice::targets(const std::vector<std::string>& labels, HeadCounts& counts) const {
  std::vector<double> out(names_.size(), 0.0);
  for (const std::string& label : labels) {
    if (label == "none" && writes_none_) continue;
    ++counts.gold;
    const auto at = std::lower_bound(names_.begin(), names_.end(), label);
    const bool known = at != names_.end() && *at == label;
    if (known) out[static_cast<std::size_t>(at - names_.begin())] = 1;
    counts.lost += !known;
  }
  return out;
}

std::vector<std::string> LabelChoice::decode(const std::vector<float>& probabilities) const {
  std::vector<std::string> labels;
  for (std::size_t l = 0; l < names_.size(); ++l) {
    if (static_cast<double>(probabilities[l]) >= threshold_) labels.push_back(names_[l]);
  }
  if (labels.empty() && writes_none_) labels.emplace_back("none");
  return labels;
}

void LabelChoice::tune(const std::vector<std::vector<std::string>>& gold,
                       const std::vector<std::vector<float>>& probabilities) {
  ThresholdSearch search;
  for (std::size_t i = 0; i < gold.size(); ++i) {
    HeadCounts counts;
    const std::vector<double> truth = targets(gold[i], counts);
    for (std::size_t l = 0; l < truth.size(); ++l) search.add(probabilities[i][l], truth[l] > 0);
    search.add_missed(counts.lost);
  }
  threshold_ = search.best();
}

}  // namespace polyclinic
