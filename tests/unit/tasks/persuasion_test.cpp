#include "tasks/persuasion.h"

#include <gtest/gtest.h>

#include "support/shared_data.h"
#include "tasks/registry.h"

namespace polyclinic {
namespace {

struct Counted {
  std::size_t examples, labels, spans, without;
  bool operator==(const Counted&) const = default;
};

Counted count(const std::filesystem::path& folder, const std::string& subtask, const std::string& split,
              Diagnostics& found) {
  TaskData data{folder};
  data.subtask = subtask;
  const Split read = find_task("semeval2021t6_persuasion").read(data, split, found);
  Counted out{read.examples.size(), 0, 0, 0};
  for (const Example& e : read.examples) {
    out.labels += e.labels.size();
    out.spans += e.mentions.size();
    out.without += e.labels.empty() && e.mentions.empty() ? 1 : 0;
  }
  return out;
}

TEST(Persuasion, HasThePublishedCounts) {  // reference/tasks.md, section 5.1
  POLYCLINIC_NEEDS_SHARED(folder, "data/semeval2021t6_persuasion");
  Diagnostics found;
  EXPECT_EQ(count(folder, "1", "train", found), (Counted{688, 1184, 0, 143}));
  EXPECT_EQ(count(folder, "1", "dev", found), (Counted{63, 123, 0, 15}));
  EXPECT_EQ(count(folder, "1", "test", found), (Counted{200, 335, 0, 41}));
  EXPECT_EQ(count(folder, "2", "train", found).spans, 1498u);
  EXPECT_EQ(count(folder, "2", "dev", found).spans, 182u);
  EXPECT_EQ(found.warnings(), 0u);
  EXPECT_EQ(count(folder, "2", "test", found).spans, 403u);
  EXPECT_EQ(found.warnings(), 5u);  // fragments that differ from their span
}

TEST(Persuasion, ListsHaveTheTasksLengths) {
  EXPECT_EQ(persuasion_techniques("1").size(), 20u);
  EXPECT_EQ(persuasion_techniques("3").size(), 22u);
}

TEST(Persuasion, OverlappingGoldsGivePrecisionAboveOne) {  // computed by hand: one span over two equal golds
  const std::vector<PersuasionItem> gold = {{"1", "", {}, {{"Doubt", 0, 10, ""}, {"Doubt", 0, 10, ""}}}};
  const std::vector<PersuasionItem> pred = {{"1", "", {}, {{"Doubt", 0, 10, ""}}}};
  const ScoreReport r = score_persuasion_spans(gold, pred, persuasion_techniques("2"), "p", false);
  EXPECT_EQ(r.json["precision"], 2.0);
  EXPECT_EQ(r.json["recall"], 1.0);
}

TEST(Persuasion, RefusesMissingExamplesAndUnknownTechniques) {
  const std::vector<PersuasionItem> one = {{"1", "", {"Doubt"}, {}}}, other = {{"2", "", {"Doubt"}, {}}},
                                    odd = {{"1", "", {"doubt"}, {}}};
  EXPECT_THROW(score_persuasion_labels(one, other, persuasion_techniques("1"), "p"), InputError);
  EXPECT_THROW(score_persuasion_labels(one, odd, persuasion_techniques("1"), "p"), InputError);
  Diagnostics strict;
  EXPECT_THROW(read_persuasion("[{\"id\": 1}]", "a", false, strict), InputError);
  EXPECT_THROW(read_persuasion("[", "a", false, strict), InputError);
}

}  // namespace
}  // namespace polyclinic
