#include "tasks/span_score.h"

#include <map>
#include <set>
#include <tuple>

#include "core/concat.h"
#include "core/error.h"
#include "tasks/official_text.h"

namespace polyclinic {
namespace {

using MentionKey = std::pair<std::string, std::vector<Span>>;
using RelationKey = std::tuple<std::string, MentionKey, MentionKey>;

struct Counts {
  double correct = 0, predicted = 0, gold = 0;
  double precision() const { return predicted > 0 ? correct / predicted : 0; }
  double recall() const { return gold > 0 ? correct / gold : 0; }
  double f1() const { return predicted + gold > 0 ? 2 * correct / (predicted + gold) : 0; }
  void add(const Counts& other) {
    correct += other.correct;
    predicted += other.predicted;
    gold += other.gold;
  }
};

std::set<MentionKey> mentions_of(const Example& example) {
  std::set<MentionKey> out;
  for (const Mention& m : example.mentions) out.insert({m.type, m.fragments});
  return out;
}

std::set<RelationKey> relations_of(const Example& example) {
  std::set<RelationKey> out;
  for (const Relation& r : example.relations) {
    const Mention &a = example.mentions.at(r.source), &b = example.mentions.at(r.target);
    out.insert({r.type, {a.type, a.fragments}, {b.type, b.fragments}});
  }
  return out;
}

template <typename Key, typename TypeOf>
Counts compare(const std::set<Key>& gold, const std::set<Key>& predicted, std::map<std::string, Counts>& types,
               TypeOf type_of) {
  Counts out{0, static_cast<double>(predicted.size()), static_cast<double>(gold.size())};
  for (const Key& key : gold) types[type_of(key)].gold += 1;
  for (const Key& key : predicted) {
    const double right = gold.contains(key) ? 1 : 0;
    types[type_of(key)].add({right, 1, 0});
    out.correct += right;
  }
  return out;
}

nlohmann::ordered_json to_json(const Counts& c) {
  return {{"precision", c.precision()}, {"recall", c.recall()},     {"f1", c.f1()},
          {"correct", c.correct},       {"predicted", c.predicted}, {"gold", c.gold}};
}

std::string row(const std::string& name, const Counts& c) {
  return printf_text("%28s  P %6.4f  R %6.4f  F1 %6.4f  correct %g  predicted %g  gold %g\n", name.c_str(),
                     c.precision(), c.recall(), c.f1(), c.correct, c.predicted, c.gold);
}

}  // namespace

ScoreReport score_spans(const Split& gold, const Split& predicted, const std::string& primary,
                        const std::string& primary_name) {
  std::map<std::string, const Example*> by_id;
  for (const Example& example : predicted.examples) by_id[example.id] = &example;
  Counts entities, relations;
  std::map<std::string, Counts> entity_types, relation_types;
  ScoreReport out;
  const Example nothing;
  for (const Example& truth : gold.examples) {
    const auto found = by_id.find(truth.id);
    const Example& guess = found == by_id.end() ? nothing : *found->second;
    const Counts e =
        compare(mentions_of(truth), mentions_of(guess), entity_types, [](const MentionKey& key) { return key.first; });
    const Counts r = compare(relations_of(truth), relations_of(guess), relation_types,
                             [](const RelationKey& key) { return std::get<0>(key); });
    entities.add(e);
    relations.add(r);
    Counts own = primary == "relation_f1" ? r : e;
    if (primary == "micro_f1") own.add(r);
    out.documents.push_back({truth.id, own.correct, own.predicted, own.gold});
  }
  Counts both = entities;
  both.add(relations);
  out.primary_name = primary_name;
  out.primary = (primary == "relation_f1" ? relations : primary == "entity_f1" ? entities : both).f1();
  out.json = {{"entity", to_json(entities)}, {"relation", to_json(relations)}, {"micro", to_json(both)}};
  out.text = row("entities", entities);
  for (const auto& [type, counts] : entity_types)
    out.text += row(type, counts), out.json["entity_types"][type] = to_json(counts);
  out.text += row("relations", relations);
  for (const auto& [type, counts] : relation_types) {
    out.text += row(type, counts);
    out.json["relation_types"][type] = to_json(counts);
  }
  out.text += row("entities and relations", both);
  return out;
}

}  // namespace polyclinic
