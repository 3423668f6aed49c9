#include "data/pair_candidates.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "support/shared_data.h"
#include "tasks/registry.h"

namespace polyclinic {
namespace {

//                           0         1         2         3         4
//                           0123456789012345678901234567890123456789012345
constexpr const char* kText = "Aspirin 5 mg helps pain. Later some heparin too.";
const Mention kAspirin{"T1", "Drug", {{0, 7}}, {}, {}}, kDose{"T2", "Dose", {{8, 12}}, {}, {}};
const Mention kPain{"T3", "Sign", {{19, 23}}, {}, {}}, kHeparin{"T4", "Drug", {{36, 43}}, {}, {}};

Example note(std::vector<Mention> mentions, std::vector<Relation> relations) {
  Example example;
  example.id = "n";
  example.text = kText;
  example.mentions = std::move(mentions);
  example.relations = std::move(relations);
  return example;
}

TEST(PairRules, AreTheTypesDirectionsAndDistancesOfTraining) {
  // "Sign of Drug" is read from the drug to the sign in one relation and the other way round in the other.
  const PairRules rules = learn_pair_rules(
      {note({kAspirin, kDose, kPain, kHeparin}, {{"", "has", 0, 1}, {"", "treats", 0, 2}, {"", "caused_by", 2, 3}})});
  EXPECT_EQ(rules.labels, (std::vector<PairLabel>{{"caused_by", true}, {"has", true}, {"treats", true}}));
  ASSERT_EQ(rules.rules.size(), 3u);
  // Few relations: each pair of types reaches as far as the farthest of all, pain and heparin (13), and half as far
  // again.
  EXPECT_EQ(rules.rules[0], (PairRule{"Drug", "Dose", {1}, 19, 1}));
  EXPECT_EQ(rules.rules[1], (PairRule{"Drug", "Sign", {2}, 19, 1}));
  EXPECT_EQ(rules.rules[2], (PairRule{"Sign", "Drug", {0}, 19, 1}));
  EXPECT_THROW(learn_pair_rules({note({kAspirin}, {})}), InputError);
}

TEST(PairRules, BackwardWhenTheSourceStandsSecond) {
  const PairRules rules = learn_pair_rules({note({kPain, kAspirin}, {{"", "caused_by", 0, 1}})});
  EXPECT_EQ(rules.labels, (std::vector<PairLabel>{{"caused_by", false}}));
  EXPECT_EQ(rules.rules[0].first, "Drug");
}

TEST(PairRules, ATypePairWithManyRelationsHasItsOwnLimits) {
  std::vector<Example> training(400, note({kAspirin, kDose}, {{"", "has", 0, 1}}));
  training.push_back(note({kPain, kHeparin}, {{"", "caused_by", 0, 1}}));
  const PairRules rules = learn_pair_rules(training, 1.0);
  EXPECT_EQ(rules.rules[0], (PairRule{"Drug", "Dose", {1}, 1, 0}));
  EXPECT_EQ(rules.rules[1], (PairRule{"Sign", "Drug", {0}, 19, 1}));
}

TEST(PairRules, LeaveTheFarthestFewOut) {
  std::vector<Example> training(99, note({kAspirin, kDose}, {{"", "has", 0, 1}}));
  Mention far = kDose;
  far.fragments = {{40, 43}};
  training.push_back(note({kAspirin, far}, {{"", "has", 0, 1}}));
  EXPECT_EQ(learn_pair_rules(training, 0.99).rules[0].characters, 1u);
  EXPECT_EQ(learn_pair_rules(training, 1.0).rules[0].characters, 49u);
}

TEST(PairCandidates, HoldOnlyWhatTrainingRelatesAndCountTheRest) {
  const PairRules rules = learn_pair_rules({note({kAspirin, kDose}, {{"", "has", 0, 1}})});
  // The dose again (a duplicate is the same pair), a relation of types never related, one of a mention with itself.
  const PairCandidates found = pair_candidates(
      note({kDose, kAspirin, kPain, kDose, kHeparin},
           {{"", "has", 1, 0}, {"", "has", 1, 3}, {"", "treats", 1, 2}, {"", "has", 4, 4}, {"", "has", 4, 0}}),
      rules);
  EXPECT_EQ(found.pairs, (std::vector<PairCandidate>{{1, 0, 0, 1, {0}}}));
  EXPECT_EQ(found.relations, 4u);
  EXPECT_EQ(found.outside, 3u);
}

// Relations of held-out documents under the limits of training; MeasEval's reach over sentences and vary most.
TEST(PairCandidates, HoldThePublicRelations) {
  POLYCLINIC_NEEDS_SHARED(data, "data");
  const std::tuple<const char*, const char*, double> corpora[] = {
      {"ddi", "biomed/ddi", 0.99}, {"chemprot", "biomed/chemprot", 0.99}, {"measeval", "measeval", 0.99}};
  for (const auto& [name, folder, share] : corpora) {
    const TaskDefinition& task = find_task(name);
    Diagnostics diagnostics(Diagnostics::Mode::collect);
    const PairRules rules = learn_pair_rules(task.read({data / folder, "", "", {}}, "train", diagnostics).examples);
    double relations = 0, outside = 0;
    for (const Example& example : task.read({data / folder, "", "", {}}, "test", diagnostics).examples) {
      const PairCandidates found = pair_candidates(example, rules);
      relations += static_cast<double>(found.relations);
      outside += static_cast<double>(found.outside);
    }
    EXPECT_GT(relations, 900) << name;
    EXPECT_GE(1 - outside / relations, share) << name << ": " << outside << " of " << relations << " outside";
  }
}

}  // namespace
}  // namespace polyclinic
