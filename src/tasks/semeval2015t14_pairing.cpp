#include "tasks/semeval2015t14_pairing.h"

#include <algorithm>
#include <tuple>
#include <unordered_map>

#include "tasks/perl_text.h"

namespace polyclinic {
namespace {

struct Fragment {
  long double begin = 0, end = 0;
};

struct Item {
  const SlotDisorder* disorder = nullptr;
  std::vector<Fragment> fragments;
  bool marked = false;
  std::optional<std::size_t> same;     // gold: place of the prediction with the same spans
  std::optional<std::size_t> partner;  // gold: place of its prediction
};

std::vector<Fragment> fragments_of(const std::string& spans) {
  std::vector<Fragment> out;
  for (const std::string_view fragment : perl_split(spans, ",")) {
    const std::vector<std::string_view> ends = perl_split(fragment, "-");
    out.push_back({ends.empty() ? 0 : perl_number(ends[0]), ends.size() < 2 ? 0 : perl_number(ends[1])});
  }
  return out;
}

// In visiting order.
std::vector<Item> items_of(const DocumentDisorders& disorders) {
  std::vector<Item> out;
  out.reserve(disorders.size());
  for (const auto& [spans, disorder] : disorders) out.push_back({&disorder, fragments_of(spans), false, {}, {}});
  const auto order = [](const Item& item) {
    return item.fragments.empty() ? std::pair(0.0L, 0.0L)
                                  : std::pair(item.fragments.front().begin, item.fragments.back().end);
  };
  std::stable_sort(out.begin(), out.end(), [&](const Item& a, const Item& b) { return order(a) < order(b); });
  return out;
}

// Characters in common, both ends counted, of the best pair of fragments; 0: none.
long double overlap(const std::vector<Fragment>& gold, const std::vector<Fragment>& predicted) {
  long double most = 0;
  for (const Fragment& g : gold) {
    for (const Fragment& p : predicted) {
      const bool touch = (g.begin >= p.begin && g.begin <= p.end) || (p.begin >= g.begin && p.begin <= g.end);
      if (!touch) continue;
      const long double begin = g.begin >= p.begin ? g.begin : p.begin, end = g.end <= p.end ? g.end : p.end;
      most = std::max(most, end - begin + 1);
    }
  }
  return most;
}

void pair_equal(std::vector<Item>& gold, std::vector<Item>& predicted, bool needs_concept) {
  std::unordered_map<std::string_view, std::size_t> place;
  place.reserve(predicted.size());
  for (std::size_t p = 0; p < predicted.size(); ++p) place[predicted[p].disorder->spans] = p;
  for (Item& item : gold) {
    const auto found = place.find(item.disorder->spans);
    if (found == place.end()) continue;
    item.same = found->second;
    Item& other = predicted[found->second];
    if (needs_concept && other.disorder->concept_id != item.disorder->concept_id) continue;
    item.marked = other.marked = true;
    item.partner = found->second;
  }
}

// Gives `item` all unmarked predictions that overlap it; the largest overlap is its partner. Returns how many others.
double take_overlapping(Item& item, std::vector<Item>& predicted, bool needs_concept) {
  long double most = 0;
  double taken = 0;
  for (std::size_t p = 0; p < predicted.size(); ++p) {
    Item& other = predicted[p];
    if (other.marked) continue;
    if (needs_concept && other.disorder->concept_id != item.disorder->concept_id) continue;
    const long double common = overlap(item.fragments, other.fragments);
    if (common == 0) continue;
    other.marked = true;
    taken += 1;
    if (common > most) {
      most = common;
      item.partner = p;
    }
  }
  if (taken == 0) return 0;
  item.marked = true;
  return taken - 1;
}

}  // namespace

namespace {

DisorderPairs equal_disorders(const DocumentDisorders& gold, const DocumentDisorders& predicted) {
  DisorderPairs out;
  auto answer = predicted.begin();
  for (const auto& [spans, disorder] : gold) {
    while (answer != predicted.end() && answer->first < spans) ++answer;
    if (answer != predicted.end() && answer->first == spans && answer->second.concept_id == disorder.concept_id) {
      out.pairs.emplace_back(&disorder, &answer->second);
    }
  }
  out.false_positive = static_cast<double>(predicted.size()) - out.true_positive();
  out.false_negative = static_cast<double>(gold.size()) - out.true_positive();
  return out;
}

}  // namespace

DisorderPairs pair_disorders(const DocumentDisorders& gold_disorders, const DocumentDisorders& predicted_disorders,
                             Pairing pairing) {
  if (pairing == Pairing::strict) return equal_disorders(gold_disorders, predicted_disorders);
  std::vector<Item> gold = items_of(gold_disorders), predicted = items_of(predicted_disorders);
  DisorderPairs out;
  pair_equal(gold, predicted, pairing != Pairing::relaxed_spans);
  for (Item& item : gold) {
    // Task 1's script skips a gold when the prediction with the same spans is marked, by whichever gold.
    if (pairing == Pairing::relaxed && item.same && predicted[*item.same].marked) continue;
    out.false_positive += take_overlapping(item, predicted, pairing == Pairing::relaxed);
  }
  for (const Item& item : gold) {
    if (item.marked) {
      out.pairs.emplace_back(item.disorder, predicted[*item.partner].disorder);
    } else {
      out.false_negative += 1;
    }
  }
  for (const Item& item : predicted) {
    if (!item.marked) out.false_positive += 1;
  }
  return out;
}

}  // namespace polyclinic
