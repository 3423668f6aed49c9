#pragma once
// Exact micro-averaged scores of mentions and relations, for BRAT data without an official scorer: a mention counts
// when type and all fragments agree, a relation when its type and both whole mentions do. Duplicates count once.
#include <string>

#include "tasks/example.h"
#include "tasks/scorer.h"

namespace polyclinic {

// `primary`: "entity_f1", "relation_f1" or "micro_f1" (both pooled). `primary_name` is what the report calls it.
ScoreReport score_spans(const Split& gold, const Split& predicted, const std::string& primary,
                        const std::string& primary_name);

}  // namespace polyclinic
