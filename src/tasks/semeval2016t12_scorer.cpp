#include <algorithm>
#include <array>

#include "core/concat.h"
#include "core/error.h"
#include "tasks/anafora_folders.h"
#include "tasks/anafora_scores.h"
#include "tasks/official_text.h"
#include "tasks/semeval2016t12.h"

namespace polyclinic {
namespace {

// File filters of the organisers' scoring program (bethard/clinical-tempeval): containers of clinical notes alone.
constexpr const char* kEntityFiles = ".*[.]Temporal.*[.]xml";
constexpr const char* kContainerFiles = "(?i).*clin.*[.]Temporal.*[.]xml";

AnaforaPattern pattern_of(std::string_view text) {
  AnaforaPattern out;
  for (const std::string_view part : split(text, ':')) out.emplace_back(part);
  return out;
}

std::optional<std::set<AnaforaPattern>> patterns_of(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::set<AnaforaPattern> out;
  std::string blanks(text);
  std::replace(blanks.begin(), blanks.end(), ',', ' ');
  for (const std::string_view word : split_blanks(blanks)) out.insert(pattern_of(word));
  return out;
}

// `hide_values`: the program also excludes TYPE:*:*, so as not to print a row for each value.
AnaforaQuery entity_query(AnaforaVersion version, bool hide_values) {
  AnaforaQuery query;
  query.version = version;
  query.select.include = patterns_of("TIMEX3 EVENT");
  query.select.exclude = patterns_of("EVENT:ContextualAspect EVENT:Permanence");
  if (hide_values) query.select.exclude->merge(*patterns_of("TIMEX3:*:* EVENT:*:*"));
  return query;
}

AnaforaQuery container_query(AnaforaVersion version) {
  AnaforaQuery query;
  query.version = version;
  query.select.include = patterns_of("TLINK:Type:CONTAINS");
  query.closure = true;
  return query;
}

std::vector<AnaforaPair> with_name(const std::vector<AnaforaPair>& documents, const char* pattern) {
  std::vector<AnaforaPair> out;
  for (const AnaforaPair& pair : documents) {
    if (pattern_found(pair.file_name, pattern)) out.push_back(pair);
  }
  return out;
}

struct Metric {
  const char* subtask;
  const char* name;
  std::vector<AnaforaPattern> views;  // the score is the mean of their F1
};

const std::vector<Metric>& metrics() {
  static const std::vector<Metric> list = {
      {"TS", "timex_f1", {{"TIMEX3", "<span>"}}},
      {"TA", "timex_class_f1", {{"TIMEX3", "Class"}}},
      {"ES", "event_f1", {{"EVENT", "<span>"}}},
      {"EA",
       "event_attributes_f1",
       {{"EVENT", "ContextualModality"}, {"EVENT", "Degree"}, {"EVENT", "Polarity"}, {"EVENT", "Type"}}},
      {"DR", "docrel_f1", {{"EVENT", "DocTimeRel"}}},
      {"CR", "contains_f1", {{"TLINK", "Type", "CONTAINS"}}},
  };
  return list;
}

const Metric& metric_of(const std::string& subtask) {
  for (const Metric& metric : metrics()) {
    if (subtask == metric.subtask) return metric;
  }
  throw InputError(concat("semeval2016t12 has no subtask '", subtask, "'"), {.key = "task.subtask"},
                   "write TS, TA, ES, EA, DR or CR");
}

AnaforaCounts counts_of(const AnaforaScores& scores, const AnaforaPattern& view) {
  const auto found = scores.find(view);
  return found == scores.end() ? AnaforaCounts() : found->second;
}

double value_of(const AnaforaScores& scores, const Metric& metric) {
  double sum = 0;
  for (const AnaforaPattern& view : metric.views) sum += counts_of(scores, view).f1();
  return sum / static_cast<double>(metric.views.size());
}

void add_json(const AnaforaScores& scores, nlohmann::ordered_json& out) {
  for (const auto& [name, counts] : scores) {
    std::string key;
    for (const std::string& part : name) key += concat(key.empty() ? "" : ":", part);
    out[key] = {{"reference", counts.reference},
                {"predicted", counts.predicted},
                {"precision_correct", counts.precision_correct},
                {"recall_correct", counts.recall_correct},
                {"precision", counts.precision()},
                {"recall", counts.recall()},
                {"f1", counts.f1()}};
  }
}

std::vector<DocumentCount> document_counts(const std::vector<AnaforaDocument>& documents, const Metric& metric) {
  std::vector<DocumentCount> out;
  for (const AnaforaDocument& document : documents) {
    DocumentCount count{document.name};
    for (const AnaforaPattern& view : metric.views) {
      const AnaforaCounts counts = counts_of(document.scores, view);
      count.true_positive += counts.precision_correct;
      count.predicted += counts.predicted;
      count.gold += counts.reference;
      count.sum += counts.recall_correct;
      count.items += counts.reference;
    }
    out.push_back(count);
  }
  return out;
}

void add_primary(ScoreReport& report, const std::vector<AnaforaDocument>& documents, const std::string& subtask) {
  const AnaforaScores scores = merged(documents);
  const Metric& metric = metric_of(subtask);
  report.primary_name = metric.name;
  report.primary = value_of(scores, metric);
  report.documents = document_counts(documents, metric);
}

// scores.txt of the organisers' program.
std::string competition_text(const AnaforaScores& entities, const AnaforaScores& containers) {
  std::map<std::string, const AnaforaCounts*> rows;
  for (const AnaforaScores* scores : {&entities, &containers}) {
    for (const auto& [name, counts] : *scores) {
      std::string key;
      for (const std::string& part : name) {
        key += concat(key.empty() ? "" : "_", part == "*" ? "ALL" : part == "<span>" ? "SPAN" : part);
      }
      rows.emplace(key, &counts);
    }
  }
  std::string out;
  for (const auto& [name, counts] : rows) {
    out += concat(name, "_precision: ", python_repr(counts->precision()), "\n", name,
                  "_recall: ", python_repr(counts->recall()), "\n", name, "_f1: ", python_repr(counts->f1()), "\n");
  }
  return out;
}

AnaforaVersion version_of(const ScoreOptions& options) {
  return options.at("version") == "2016" ? AnaforaVersion::of_2016 : AnaforaVersion::current;
}

// The user's own call of anafora.evaluate.
ScoreReport score_query(const std::vector<AnaforaPair>& documents, const ScoreOptions& options) {
  AnaforaQuery query;
  query.version = version_of(options);
  query.select.include = patterns_of(options.at("include"));
  query.select.exclude = patterns_of(options.at("exclude"));
  query.closure = options.at("temporal-closure") == "true";
  const std::vector<AnaforaDocument> scored = anafora_scores(documents, query);
  ScoreReport report;
  report.text = options.at("per-document") == "true" ? document_table(scored, query.closure, query.version)
                                                     : merged_table(merged(scored), query.closure);
  report.json = nlohmann::ordered_json::object();
  add_json(merged(scored), report.json);
  add_primary(report, scored, options.at("subtask"));
  return report;
}

ScoreReport score_paths(const std::filesystem::path& gold, const std::filesystem::path& predicted,
                        const ScoreOptions& options) {
  const std::string& table = options.at("table");
  if (table == "evaluate") {
    const std::string pattern = options.at("xml-name-regex");
    return score_query(read_anafora_folders(gold, predicted, pattern), options);
  }
  const std::vector<AnaforaPair> documents = read_anafora_folders(gold, predicted, kEntityFiles);
  ScoreReport report = score_semeval2016t12(documents, options.at("subtask"), version_of(options));
  if (table == "competition") {
    const AnaforaVersion version = version_of(options);
    report.text =
        competition_text(merged(anafora_scores(documents, entity_query(version, true))),
                         merged(anafora_scores(with_name(documents, kContainerFiles), container_query(version))));
  }
  return report;
}

}  // namespace

ScoreReport score_semeval2016t12(const std::vector<AnaforaPair>& documents, const std::string& subtask,
                                 AnaforaVersion version) {
  const auto entities = anafora_scores(documents, entity_query(version, false));
  const auto containers = anafora_scores(with_name(documents, kContainerFiles), container_query(version));
  ScoreReport report;
  report.text = merged_table(merged(entities), false) + merged_table(merged(containers), true);
  report.json = nlohmann::ordered_json::object();
  add_json(merged(entities), report.json);
  add_json(merged(containers), report.json);
  add_primary(report, subtask == "CR" ? containers : entities, subtask);
  return report;
}

Scorer semeval2016t12_scorer() {
  return {"semeval2016t12",
          "Clinical TempEval: times, events, attributes, DocTimeRel, containers with closure",
          "anaforatools, python -m anafora.evaluate",
          {{"subtask", "DR", {"TS", "TA", "ES", "EA", "DR", "CR"}, "which score is the primary one", ""},
           {"version",
            "current",
            {"current", "2016"},
            "anaforatools 1.1 (d52c23d), or of the time of the task (a4b48fc)",
            ""},
           {"table",
            "tempeval",
            {"tempeval", "competition", "evaluate"},
            "tempeval: the task's two tables; competition: scores.txt of its program; evaluate: by the options below",
            ""},
           {"include", "", {}, "evaluate: TYPE[:PROPERTY[:VALUE]] ..., blanks or commas between", "-i"},
           {"exclude", "", {}, "evaluate: likewise", "-e"},
           {"xml-name-regex", "[.]xml$", {}, "evaluate: which files", "-x"},
           {"temporal-closure", "false", {"true", "false"}, "evaluate: with closure", ""},
           {"per-document", "false", {"true", "false"}, "evaluate: a table document by document", ""}},
          score_paths};
}

}  // namespace polyclinic
