#include "cli/search.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "config/search_space.h"
#include "config/successive_halving.h"
#include "core/concat.h"
#include "core/number_format.h"
#include "report/text_table.h"

namespace polyclinic {
namespace {

std::vector<SearchPoint> announced_points(const StudyConfig& study) {
  const auto refuse = [](bool there, const char* key) {
    if (there) throw InputError("a search runs one experiment at a time", {.key = key}, "remove the block");
  };
  refuse(study.ablations.has_value(), "ablations");
  refuse(study.token_control.has_value(), "token_control");
  const SearchSpace space = search_space(study);
  std::string note;
  std::vector<SearchPoint> points = search_points(study, space, &note);
  std::fprintf(stderr, "polyclinic: hp_search: %s\n", note.c_str());
  for (const std::string& line : space.notes) std::fprintf(stderr, "polyclinic: hp_search: %s\n", line.c_str());
  return points;
}

QueueJob job_of(const StudyConfig& study, const SearchPoint& point, std::vector<std::string> overrides,
                std::size_t number, std::optional<std::int64_t> steps = {}) {
  StudyConfig configured = study;
  point.apply(configured);
  for (std::string& word : point.overrides()) overrides.push_back(std::move(word));
  if (steps) {
    configured.train.max_steps = std::min(*steps, study.train.max_steps.value_or(*steps));
    overrides.push_back(concat("train.max_steps=", *configured.train.max_steps));
  }
  return {number, std::move(overrides), planned_runs(configured)};
}

struct Place {
  const QueueJob* job = nullptr;
  std::optional<double> dev, score;
  std::int64_t tokens = 0, steps = 0;
  std::vector<std::string> overrides;  // that are not the same in all jobs
};

std::vector<Place> places(const std::vector<QueueJob>& jobs, const std::vector<QueueResult>& results) {
  std::vector<Place> out;
  for (const QueueJob& job : jobs) {
    Place place{&job, dev_of(job, results)};
    double score = 0;
    std::size_t runs = 0;
    for (const QueueResult& result : results) {
      if (result.job != job.number || !result.summary.run.score) continue;
      score += *result.summary.run.score;
      place.tokens += result.summary.run.total_tokens().fed;
      place.steps = std::max(place.steps, static_cast<std::int64_t>(result.summary.run.detail("steps").value_or(0)));
      ++runs;
    }
    if (runs == job.runs.size()) place.score = score / static_cast<double>(runs);
    place.overrides = differing_overrides(jobs, job);
    out.push_back(std::move(place));
  }
  std::stable_sort(out.begin(), out.end(), [](const Place& a, const Place& b) {
    const double lowest = -std::numeric_limits<double>::infinity();
    return a.dev.value_or(lowest) > b.dev.value_or(lowest);
  });
  return out;
}

}  // namespace

std::vector<QueueJob> search_jobs(const StudyConfig& study, const std::vector<std::string>& overrides,
                                  std::size_t first) {
  std::vector<QueueJob> jobs;
  for (const SearchPoint& point : announced_points(study)) {
    jobs.push_back(job_of(study, point, overrides, first + jobs.size()));
  }
  return jobs;
}

std::vector<QueueResult> run_halving(const StudyConfig& study, const std::vector<std::string>& overrides,
                                     const QueueOptions& options, std::vector<QueueJob>& jobs) {
  const std::vector<SearchPoint> points = announced_points(study);
  const HalvingOptions& halving = study.hp_search->asha;
  const auto rungs = static_cast<std::size_t>(halving.rungs);
  SuccessiveHalving search(points.size(), rungs, halving.reduction_factor);
  QueueOptions each = options;
  each.throw_alone = false;
  std::vector<QueueResult> results;
  while (const auto trial = search.next()) {
    std::optional<std::int64_t> steps;
    if (trial->rung + 1 < rungs) {
      steps = halving.min_steps;
      for (std::size_t r = 0; r < trial->rung; ++r) *steps *= halving.reduction_factor;
    }
    jobs.push_back(job_of(study, points[trial->configuration], overrides, jobs.size(), steps));
    std::vector<QueueResult> own = run_queue({jobs.back()}, each);
    search.report(*trial, dev_of(jobs.back(), own).value_or(std::nan("")));
    const bool stopped =
        std::any_of(own.begin(), own.end(), [](const QueueResult& r) { return r.status == "stopped"; });
    results.insert(results.end(), std::make_move_iterator(own.begin()), std::make_move_iterator(own.end()));
    if (stopped) break;
  }
  return results;
}

std::optional<double> dev_of(const QueueJob& job, const std::vector<QueueResult>& results) {
  double sum = 0;
  std::size_t runs = 0;
  for (const QueueResult& result : results) {
    if (result.job != job.number) continue;
    const std::optional<double> dev = result.summary.run.detail("dev");
    if (!dev) return std::nullopt;
    sum += *dev;
    ++runs;
  }
  if (runs == 0 || runs != job.runs.size()) return std::nullopt;
  return sum / static_cast<double>(runs);
}

std::string search_table(const std::vector<QueueJob>& jobs, const std::vector<QueueResult>& results) {
  std::vector<TextRow> rows{{"PLACE", "DEV", "TEST", "STEPS", "TOKENS", "JOB", "CONFIGURATION"}};
  for (const Place& place : places(jobs, results)) {
    std::string configuration;
    for (const std::string& word : place.overrides) configuration += concat(configuration.empty() ? "" : " ", word);
    rows.push_back({place.dev ? std::to_string(rows.size()) : "-", place.dev ? score_text(*place.dev) : "-",
                    place.score ? score_text(*place.score) : "-", std::to_string(place.steps),
                    with_separators(place.tokens), std::to_string(place.job->number), configuration});
  }
  return concat(
      text_table(rows, {0, 1, 2, 3, 4, 5}),
      "Places are by the score on dev; the test score of a configuration chosen here is the one to report.\n");
}

nlohmann::ordered_json search_json(const std::vector<QueueJob>& jobs, const std::vector<QueueResult>& results) {
  const auto number = [](const std::optional<double>& value) {
    return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json();
  };
  nlohmann::ordered_json out = nlohmann::ordered_json::array();
  for (const Place& place : places(jobs, results)) {
    out.push_back({{"job", place.job->number},
                   {"dev", number(place.dev)},
                   {"score", number(place.score)},
                   {"steps", place.steps},
                   {"tokens", place.tokens},
                   {"configuration", place.overrides}});
  }
  return out;
}

}  // namespace polyclinic
