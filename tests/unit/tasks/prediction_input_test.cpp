// What prediction may see of an example does not depend on its gold annotation.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/shared_data.h"
#include "support/temporary_folder.h"
#include "tasks/registry.h"
#include "tasks/synth.h"

namespace polyclinic {
namespace {

std::string text_of(const Split& split) {
  nlohmann::json out;
  for (const Example& e : split.examples) {
    nlohmann::json mentions = nlohmann::json::array(), relations = nlohmann::json::array();
    for (const Mention& m : e.mentions) {
      nlohmann::json spans;
      for (const Span& span : m.fragments) spans.push_back({span.begin, span.end});
      mentions.push_back({m.id, m.type, spans, m.attributes, m.concept_id});
    }
    for (const Relation& r : e.relations) relations.push_back({r.id, r.type, r.source, r.target});
    out.push_back({e.id, e.text, e.second_text, e.group, mentions, relations, e.labels, e.score.value_or(-1)});
  }
  return out.dump();
}

// Other mentions, attributes, concepts and relations on the same texts.
Split with_noise(Split split) {
  for (Example& example : split.examples) {
    example.mentions = {{"T1", "Noise", {{0, 1}}, {{"unit", "kg"}, {"set", "7"}}, "C1234567"},
                        {"T2", "Noise", {{1, 2}}, {{"negation", "yes"}}, "C7654321"}};
    example.relations = {{"R1", "noise", 0, 1}};
  }
  return split;
}

// The gold mentions keep id, type and place; all that is said of them is noise.
Split with_noisy_values(Split split) {
  for (Example& example : split.examples) {
    for (Mention& mention : example.mentions) {
      mention.attributes = {
          {"unit", "kg"}, {"mods", "IsMean"}, {"set", "9"}, {"DocTimeRel", "AFTER"}, {"negation", "yes"}};
      mention.concept_id = "C1234567";
    }
    example.relations.clear();
    if (example.mentions.size() > 1) example.relations = {{"R1", "noise", 1, 0}};
  }
  return split;
}

void expect_blind(const std::string& name, const TaskData& data) {
  const TaskDefinition& task = find_task(name);
  Diagnostics diagnostics(Diagnostics::Mode::collect);
  const Split gold = task.read(data, "test", diagnostics);
  std::size_t mentions = 0;
  for (const Example& example : gold.examples) mentions += example.mentions.size();
  ASSERT_GT(mentions, 0u) << name;
  EXPECT_EQ(text_of(prediction_input(task, gold)), text_of(prediction_input(task, with_noise(gold)))) << name;
  EXPECT_EQ(text_of(with_gold_entities(task, gold)), text_of(with_gold_entities(task, with_noisy_values(gold))))
      << name;
  for (const Example& given : with_gold_entities(task, gold).examples) {
    EXPECT_TRUE(given.relations.empty());
    for (const Mention& mention : given.mentions) {
      EXPECT_TRUE(mention.attributes.empty() && mention.concept_id.empty()) << name << " " << given.id;
    }
  }
}

TEST(PredictionInput, HoldsNoGoldOfTheMadeUpTasks) {
  const TemporaryFolder folder;
  SynthOptions options;
  options.notes = 12;
  options.out = folder.path();
  write_synth(options);
  for (const char* name : {"semeval2014t7", "semeval2015t14", "semeval2016t12", "semeval2021t6"}) {
    expect_blind(name, {folder.path() / name, "", "", {}});
  }
}

TEST(PredictionInput, HoldsNoGoldOfThePublicTasks) {
  POLYCLINIC_NEEDS_SHARED(data, "data");
  expect_blind("measeval", {data / "measeval", "", "", {}});
  expect_blind("semeval2021t6", {data / "measeval", "measeval", "", {}});
  expect_blind("ddi", {data / "biomed/ddi", "", "", {}});
  expect_blind("chemprot", {data / "biomed/chemprot", "", "", {}});
  expect_blind("tempeval_silver", {data / "tempeval_silver", "", "", {}});
}

TEST(GoldEntities, AreGivenOnceForEachTypeAndPlace) {
  Example example;
  example.id = "n";
  example.text = "ab";
  example.mentions = {{"T1", "X", {{0, 1}}, {{"set", "1"}}, "C1"},
                      {"T2", "X", {{0, 1}}, {{"set", "2"}}, "C2"},
                      {"T3", "Y", {{0, 1}}, {}, {}}};
  example.relations = {{"", "r", 0, 2}};
  const Split given = with_gold_entities(find_task("measeval"), {"test", {example}});
  ASSERT_EQ(given.examples[0].mentions.size(), 2u);
  EXPECT_EQ(given.examples[0].mentions[0].id, "T1");
  EXPECT_EQ(given.examples[0].mentions[1].type, "Y");
}

}  // namespace
}  // namespace polyclinic
