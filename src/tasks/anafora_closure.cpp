#include "tasks/anafora_closure.h"

#include <algorithm>
#include <numeric>
#include <string_view>
#include <tuple>
#include <unordered_map>

#include "core/concat.h"

namespace polyclinic {
namespace {

// A point relation between two intervals 0 and 1: (interval, side), '<' or '=', (interval, side); side 0 is the start.
struct PointRule {
  int first, first_side;
  char relation;
  int second, second_side;
};

const std::map<std::string_view, std::vector<PointRule>>& rules() {
  static const std::vector<PointRule> contains = {{0, 0, '<', 1, 0}, {1, 1, '<', 0, 1}};
  static const std::vector<PointRule> same = {{0, 0, '=', 1, 0}, {0, 1, '=', 1, 1}};
  static const std::map<std::string_view, std::vector<PointRule>> table = {
      {"BEFORE", {{0, 1, '<', 1, 0}}},
      {"AFTER", {{1, 1, '<', 0, 0}}},
      {"IBEFORE", {{0, 1, '=', 1, 0}}},
      {"IAFTER", {{0, 0, '=', 1, 1}}},
      {"CONTAINS", contains},
      {"INCLUDES", contains},
      {"IS_INCLUDED", {{1, 0, '<', 0, 0}, {0, 1, '<', 1, 1}}},
      {"BEGINS-ON", {{0, 0, '=', 1, 0}}},
      {"ENDS-ON", {{0, 1, '=', 1, 1}}},
      {"BEGINS", {{0, 0, '=', 1, 0}, {0, 1, '<', 1, 1}}},
      {"BEGUN_BY", {{0, 0, '=', 1, 0}, {1, 1, '<', 0, 1}}},
      {"ENDS", {{1, 0, '<', 0, 0}, {0, 1, '=', 1, 1}}},
      {"ENDED_BY", {{0, 0, '<', 1, 0}, {0, 1, '=', 1, 1}}},
      {"SIMULTANEOUS", same},
      {"IDENTITY", same},
      {"DURING", same},
      {"DURING_INV", same},
      {"OVERLAP", {{0, 0, '<', 1, 1}, {1, 0, '<', 0, 1}}},
  };
  return table;
}

struct PointRelation {
  std::string first;  // interval
  int first_side;
  char relation;
  std::string second;
  int second_side;
  auto operator<=>(const PointRelation&) const = default;
};

std::set<PointRelation> point_relations(const AnaforaKey& key) {
  std::set<PointRelation> out;
  for (const std::string& interval : key.spans) out.insert({interval, 0, '<', interval, 1});
  for (const PointRule& rule : rules().at(*key.value)) {
    const std::string &a = key.spans[static_cast<std::size_t>(rule.first)],
                      &b = key.spans[static_cast<std::size_t>(rule.second)];
    out.insert({a, rule.first_side, rule.relation, b, rule.second_side});
    if (rule.relation == '=') out.insert({b, rule.second_side, '=', a, rule.first_side});
  }
  return out;
}

std::vector<const AnaforaKey*> valid(const std::set<AnaforaKey>& keys, bool strict) {
  std::vector<const AnaforaKey*> out;
  std::set<std::set<PointRelation>> seen;
  for (const AnaforaKey& key : keys) {
    if (key.spans.size() != 2 || !key.value) {
      if (!strict) continue;
      throw InputError(
          concat("closure takes relations of two spans and one property, and one has ", key.spans.size(), " spans"), {},
          "mend the relation's Source and Target, or include TLINK:Type:CONTAINS alone");
    }
    if (!rules().contains(*key.value)) continue;
    if (seen.insert(point_relations(key)).second) out.push_back(&key);
  }
  return out;
}

// All that follows from some relations. Points with "=" between them form one class; "<" leads from class to class.
class Closure {
 public:
  explicit Closure(const std::vector<const AnaforaKey*>& keys) {
    std::vector<PointRelation> less;
    for (const AnaforaKey* key : keys) {
      for (const PointRelation& relation : point_relations(*key)) {
        const std::size_t a = point(relation.first, relation.first_side),
                          b = point(relation.second, relation.second_side);
        if (relation.relation == '<') {
          less.push_back(relation);
        } else {
          equal_[a] = equal_[b] = true;
          parent_[root(a)] = root(b);
        }
      }
    }
    next_.resize(parent_.size());
    for (const PointRelation& relation : less) {
      next_[root(point(relation.first, relation.first_side))].push_back(
          root(point(relation.second, relation.second_side)));
    }
  }

  bool holds(const AnaforaKey& key) {
    for (const std::string& interval : key.spans) {
      if (!place_.contains(interval)) return false;
    }
    const std::vector<PointRule>& needed = rules().at(*key.value);
    return std::all_of(needed.begin(), needed.end(), [&](const PointRule& rule) {
      const std::size_t a = point(key.spans[static_cast<std::size_t>(rule.first)], rule.first_side);
      const std::size_t b = point(key.spans[static_cast<std::size_t>(rule.second)], rule.second_side);
      if (rule.relation == '=') return equal_[a] && equal_[b] && root(a) == root(b);
      return reached_from(root(a)).contains(root(b));
    });
  }

 private:
  std::size_t point(const std::string& interval, int side) {
    const auto [found, fresh] = place_.emplace(interval, parent_.size());
    if (fresh) {
      for (int i = 0; i < 2; ++i) {
        parent_.push_back(parent_.size());
        equal_.push_back(false);
      }
    }
    return found->second + static_cast<std::size_t>(side);
  }

  std::size_t root(std::size_t at) {
    while (parent_[at] != at) at = parent_[at] = parent_[parent_[at]];
    return at;
  }

  // Classes reached by one "<" or more.
  const std::set<std::size_t>& reached_from(std::size_t start) {
    const auto known = reached_.find(start);
    if (known != reached_.end()) return known->second;
    std::set<std::size_t>& out = reached_[start];
    std::vector<std::size_t> open = next_[start];
    while (!open.empty()) {
      const std::size_t at = open.back();
      open.pop_back();
      if (out.insert(at).second) open.insert(open.end(), next_[at].begin(), next_[at].end());
    }
    return out;
  }

  std::unordered_map<std::string, std::size_t> place_;  // first point of an interval
  std::vector<std::size_t> parent_;
  std::vector<bool> equal_;
  std::vector<std::vector<std::size_t>> next_;
  std::unordered_map<std::size_t, std::set<std::size_t>> reached_;
};

double followed(const std::vector<const AnaforaKey*>& relations, const std::vector<const AnaforaKey*>& from) {
  Closure closure(from);
  return static_cast<double>(
      std::count_if(relations.begin(), relations.end(), [&](const AnaforaKey* key) { return closure.holds(*key); }));
}

}  // namespace

ClosureCounts closure_counts(const std::set<AnaforaKey>& reference, const std::set<AnaforaKey>& predicted,
                             bool strict) {
  const auto gold = valid(reference, strict), answer = valid(predicted, strict);
  return {static_cast<double>(gold.size()), static_cast<double>(answer.size()), followed(answer, gold),
          followed(gold, answer)};
}

}  // namespace polyclinic
