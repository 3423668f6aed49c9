#include "tasks/anafora_scores.h"

#include <algorithm>
#include <utility>

#include "core/concat.h"
#include "tasks/official_text.h"
#include "text/utf8.h"

namespace polyclinic {
namespace {

std::string joined(const AnaforaPattern& name) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) out += concat(i == 0 ? "" : ":", name[i]);
  return out;
}

// "{:40}" of Python: padded with blanks at the end to a number of code points.
std::string padded(std::string text, std::size_t width) {
  const std::size_t size = first_invalid_byte(text) ? text.size() : count_code_points(text);
  if (size < width) text.append(width - size, ' ');
  return text;
}

std::string number(double value) { return printf_text("%.0f", value); }

std::string columns(const AnaforaCounts& counts, bool closure) {
  const std::string correct =
      closure ? concat("(", number(counts.precision_correct), ", ", number(counts.recall_correct), ")")
              : number(counts.precision_correct);
  return concat("\t", padded(number(counts.reference), 5), "\t", padded(number(counts.predicted), 5), "\t",
                padded(correct, 5),
                printf_text("\t%5.3f\t%5.3f\t%5.3f\n", counts.precision(), counts.recall(), counts.f1()));
}

constexpr std::string_view kHeader = "\t ref \tpred \tcorr \t  P  \t  R  \t F1  \n";

AnaforaCounts counts_of(const AnaforaViewPair& view, const AnaforaQuery& query) {
  if (query.closure) {
    const ClosureCounts counts =
        closure_counts(view.reference, view.predicted, query.version == AnaforaVersion::current);
    return {counts.reference, counts.predicted, counts.precision_correct, counts.recall_correct};
  }
  const auto both =
      static_cast<double>(std::count_if(view.reference.begin(), view.reference.end(),
                                        [&](const AnaforaKey& key) { return view.predicted.contains(key); }));
  return {static_cast<double>(view.reference.size()), static_cast<double>(view.predicted.size()), both, both};
}

}  // namespace

void AnaforaCounts::add(const AnaforaCounts& other) {
  reference += other.reference;
  predicted += other.predicted;
  precision_correct += other.precision_correct;
  recall_correct += other.recall_correct;
}

std::vector<AnaforaDocument> anafora_scores(const std::vector<AnaforaPair>& documents, const AnaforaQuery& query) {
  std::vector<AnaforaDocument> out;
  for (const AnaforaPair& pair : documents) {
    if (pair.reference.self_referential() != nullptr) continue;
    const bool usable = pair.predicted.self_referential() == nullptr;
    AnaforaDocument document{pair.name, {}};
    for (const auto& [name, view] : anafora_views(pair.reference, usable ? &pair.predicted : nullptr, query.select,
                                                  query.version, query.closure)) {
      document.scores[name] = counts_of(view, query);
    }
    out.push_back(std::move(document));
  }
  return out;
}

AnaforaScores merged(const std::vector<AnaforaDocument>& documents) {
  AnaforaScores out;
  for (const AnaforaDocument& document : documents) {
    for (const auto& [name, counts] : document.scores) out[name].add(counts);
  }
  return out;
}

std::string merged_table(const AnaforaScores& scores, bool closure) {
  std::vector<std::pair<std::string, const AnaforaCounts*>> rows;
  for (const auto& [name, counts] : scores) rows.emplace_back(joined(name), &counts);
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string out = padded("", 40) + std::string(kHeader);
  for (const auto& [name, counts] : rows) out += padded(name, 40) + columns(*counts, closure);
  return out;
}

std::string document_table(const std::vector<AnaforaDocument>& documents, bool closure, AnaforaVersion version) {
  std::string out = concat(padded("", 40), "\t", padded("", 40), kHeader);
  const AnaforaPattern all = {"*"}, all_spans = {"*", "<span>"};
  for (const AnaforaDocument& document : documents) {
    const auto row = [&](const AnaforaPattern& name) {
      return concat(padded(document.name, 40), "\t", padded(joined(name), 40),
                    columns(document.scores.at(name), closure));
    };
    // The rows of all types together stand before the first whole type and behind the first type's spans in 2016, where
    // they are filled as they come.
    const bool as_filled = version == AnaforaVersion::of_2016;
    bool whole_waits = as_filled && document.scores.contains(all), spans_wait = as_filled;
    for (const auto& [name, counts] : document.scores) {
      if (as_filled && (name == all || name == all_spans)) continue;
      if (name.size() == 1 && std::exchange(whole_waits, false)) out += row(all);
      out += row(name);
      if (name.size() == 2 && name[1] == "<span>" && std::exchange(spans_wait, false)) out += row(all_spans);
    }
  }
  return out;
}

}  // namespace polyclinic
