#include "config/search_space.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "core/concat.h"
#include "core/error.h"
#include "core/random.h"

namespace polyclinic {
namespace {

template <typename T>
void check_values(const char* key, const std::vector<T>& values) {
  if (std::set<T>(values.begin(), values.end()).size() == values.size()) return;
  throw InputError("the list names a value twice", {.key = concat("hp_search.", key)}, "remove the repeated one");
}

// Does some slot of the strategy take its rank from model.lora.rank?
bool rank_has_effect(const StrategyOptions& strategy) {
  if (strategy.architecture.inherit_from) return false;
  if (strategy.architecture.type == "hierarchical") {
    const ArchitectureOptions& a = strategy.architecture;
    return !a.shared_rank || !a.level1_rank || !a.level2_rank;
  }
  const AdapterOptions& a = strategy.adapter;
  return (a.shared && !a.shared_rank) || (a.private_adapter && !a.private_rank);
}

template <typename T>
void extend(std::vector<SearchPoint>& points, const std::vector<T>& values, std::optional<T> SearchPoint::*member) {
  if (values.empty()) return;
  std::vector<SearchPoint> out;
  for (const SearchPoint& point : points) {
    for (const T& value : values) {
      out.push_back(point);
      out.back().*member = value;
    }
  }
  points = std::move(out);
}

// The same mix under one name.
void canonical_mix(SearchPoint& point, bool searched_proportional) {
  if (point.sampling && *point.sampling != "temperature") point.temperature.reset();
  if (searched_proportional && point.sampling == "temperature" && point.temperature == 1.0) {
    point.sampling = "proportional";
    point.temperature.reset();
  }
}

std::int64_t product(const SearchOptions& o) {
  std::int64_t out = 1;
  for (const std::size_t size :
       {o.learning_rate.size(), o.lora_rank.size(), o.batch_size.size(), o.epochs.size(), o.warmup_ratio.size(),
        o.sampling_strategy.size(), o.temperature.size(), o.loss_weighting.size()}) {
    if (size > 0) out *= static_cast<std::int64_t>(size);
  }
  return out;
}

std::vector<SearchPoint> shuffled(const std::vector<SearchPoint>& points, std::int64_t seed) {
  std::vector<std::size_t> order(points.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  RandomStream(static_cast<std::uint64_t>(seed), mix({0x68707365})).shuffle(order);
  std::vector<SearchPoint> out;
  out.reserve(points.size());
  for (const std::size_t i : order) out.push_back(points[i]);
  return out;
}

std::vector<SearchPoint> reduced(const StudyConfig& study, const SearchSpace& space) {
  const auto count = static_cast<std::size_t>(study.hp_search->reduced_search_configs);
  std::vector<SearchPoint> points;
  for (const double rate : study.hp_search->learning_rate) points.push_back({rate});
  for (const SearchPoint& point : shuffled(space.grid, study.seed.data)) {
    if (points.size() >= count) break;
    if (std::find(points.begin(), points.end(), point) == points.end()) points.push_back(point);
  }
  if (points.size() > count) points.resize(count);
  return points;
}

}  // namespace

void SearchPoint::apply(StudyConfig& study) const {
  if (learning_rate) study.train.learning_rate = *learning_rate;
  if (lora_rank) {
    study.model.lora.alpha *= static_cast<double>(*lora_rank) / static_cast<double>(study.model.lora.rank);
    study.model.lora.rank = *lora_rank;
  }
  if (batch_size) study.train.batch_size = *batch_size;
  if (epochs) study.train.epochs = *epochs;
  if (warmup_ratio) study.train.warmup_ratio = *warmup_ratio;
  if (sampling) study.strategy.multitask.sampling = *sampling;
  if (temperature) study.strategy.multitask.temperature = *temperature;
  if (loss_weighting) study.strategy.multitask.loss_weighting = *loss_weighting;
}

std::vector<std::string> SearchPoint::overrides() const {
  std::vector<std::string> out;
  if (learning_rate) out.push_back(concat("train.learning_rate=", *learning_rate));
  if (lora_rank) out.push_back(concat("model.lora.rank=", *lora_rank));
  if (batch_size) out.push_back(concat("train.batch_size=", *batch_size));
  if (epochs) out.push_back(concat("train.epochs=", *epochs));
  if (warmup_ratio) out.push_back(concat("train.warmup_ratio=", *warmup_ratio));
  if (sampling) out.push_back(concat("strategy.multitask.sampling=", *sampling));
  if (temperature) out.push_back(concat("strategy.multitask.temperature=", *temperature));
  if (loss_weighting) out.push_back(concat("strategy.multitask.loss_weighting=", *loss_weighting));
  return out;
}

SearchSpace search_space(const StudyConfig& study) {
  const SearchOptions& options = *study.hp_search;
  check_values("learning_rate", options.learning_rate);
  check_values("lora_rank", options.lora_rank);
  check_values("batch_size", options.batch_size);
  check_values("epochs", options.epochs);
  check_values("warmup_ratio", options.warmup_ratio);
  check_values("sampling_strategy", options.sampling_strategy);
  check_values("temperature", options.temperature);
  check_values("loss_weighting", options.loss_weighting);
  SearchSpace space;
  space.written = product(options);
  std::vector<SearchPoint> points{{}};
  extend(points, options.learning_rate, &SearchPoint::learning_rate);
  if (rank_has_effect(study.strategy)) {
    extend(points, options.lora_rank, &SearchPoint::lora_rank);
  } else if (!options.lora_rank.empty()) {
    space.notes.push_back(concat("lora_rank is not searched: ", study.strategy.name, " sets the ranks of its slots"));
  }
  extend(points, options.batch_size, &SearchPoint::batch_size);
  extend(points, options.epochs, &SearchPoint::epochs);
  extend(points, options.warmup_ratio, &SearchPoint::warmup_ratio);
  if (study.strategy.type == "multi_task" && study.tasks.size() > 1) {
    extend(points, options.sampling_strategy, &SearchPoint::sampling);
    extend(points, options.temperature, &SearchPoint::temperature);
    extend(points, options.loss_weighting, &SearchPoint::loss_weighting);
  } else if (!options.sampling_strategy.empty() || !options.temperature.empty() || !options.loss_weighting.empty()) {
    space.notes.emplace_back("sampling, temperature and loss weighting are not searched: one task trains at a time");
  }
  const bool proportional =
      std::count(options.sampling_strategy.begin(), options.sampling_strategy.end(), "proportional") > 0;
  for (SearchPoint& point : points) {
    canonical_mix(point, proportional);
    if (std::find(space.grid.begin(), space.grid.end(), point) == space.grid.end()) space.grid.push_back(point);
  }
  if (space.grid.size() == 1 && space.grid.front() == SearchPoint{}) {
    throw InputError("nothing is searched", {.key = "hp_search"}, "give a list of values, or remove the block");
  }
  return space;
}

std::vector<SearchPoint> search_points(const StudyConfig& study, const SearchSpace& space, std::string* note) {
  const SearchOptions& options = *study.hp_search;
  if (static_cast<std::int64_t>(options.full_models.size()) > options.full_search_models) {
    throw InputError(
        concat(options.full_models.size(), " models are to get the whole search, and full_search_models is ",
               options.full_search_models),
        {.key = "hp_search.full_models"}, "name fewer, or raise full_search_models");
  }
  if (options.method == "grid" && options.max_runs) {
    throw InputError("max_runs has no effect on a grid", {.key = "hp_search.max_runs"},
                     "set method: random or asha, or remove it");
  }
  const bool full = std::find(options.full_models.begin(), options.full_models.end(), study.model.short_name) !=
                    options.full_models.end();
  std::vector<SearchPoint> points = space.grid;
  if (!full) {
    points = reduced(study, space);
  } else if (options.method != "grid") {
    points = shuffled(points, study.seed.data);
  }
  if (options.max_runs && static_cast<std::int64_t>(points.size()) > *options.max_runs) {
    points.resize(static_cast<std::size_t>(*options.max_runs));
  }
  if (note != nullptr) {
    *note = concat(points.size(), " of ", space.grid.size(), " configurations (", space.written, " as written)",
                   full ? "" : concat("; ", study.model.short_name, " is not among hp_search.full_models"));
  }
  return points;
}

}  // namespace polyclinic
