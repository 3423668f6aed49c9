#pragma once
// The tables of anaforatools' `python -m anafora.evaluate`.
#include <string>
#include <vector>

#include "tasks/anafora_closure.h"
#include "tasks/semeval2016t12.h"

namespace polyclinic {

struct AnaforaQuery {
  AnaforaSelect select;
  AnaforaVersion version = AnaforaVersion::current;
  bool closure = false;
};

struct AnaforaCounts {
  double reference = 0, predicted = 0;
  double precision_correct = 0, recall_correct = 0;  // equal without closure
  double precision() const { return predicted == 0 ? 1 : precision_correct / predicted; }
  double recall() const { return reference == 0 ? 1 : recall_correct / reference; }
  double f1() const {
    const double p = precision(), r = recall();
    return p + r == 0 ? 0 : 2 * p * r / (p + r);
  }
  void add(const AnaforaCounts& other);
};

using AnaforaScores = std::map<AnaforaPattern, AnaforaCounts>;

struct AnaforaDocument {
  std::string name;
  AnaforaScores scores;
};

// A document whose reference has an annotation that reaches itself is left out; such a prediction counts as empty.
std::vector<AnaforaDocument> anafora_scores(const std::vector<AnaforaPair>& documents, const AnaforaQuery& query);
AnaforaScores merged(const std::vector<AnaforaDocument>& documents);

// Printed tables: over all documents, and document by document.
std::string merged_table(const AnaforaScores& scores, bool closure);
std::string document_table(const std::vector<AnaforaDocument>& documents, bool closure, AnaforaVersion version);

}  // namespace polyclinic
