#include "tasks/label_score.h"

#include <gtest/gtest.h>

#include "core/error.h"

namespace polyclinic {
namespace {

Split labelled(const std::vector<std::vector<std::string>>& labels) {
  Split out;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    Example e;
    e.id = std::to_string(i);
    e.labels = labels[i];
    out.examples.push_back(e);
  }
  return out;
}

Split scored(const std::vector<double>& scores) {
  Split out;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    Example e;
    e.id = std::to_string(i);
    e.score = scores[i];
    out.examples.push_back(e);
  }
  return out;
}

TEST(LabelScore, AccuracyAndMacroF1AreThoseOfScikitLearn) {
  // accuracy_score 0.6; f1_score(average="macro") of [y,y,n,m,n] against [y,n,n,n,n] = (2/3 + 2/3 + 0) / 3
  const ScoreReport r =
      score_accuracy(labelled({{"y"}, {"y"}, {"n"}, {"m"}, {"n"}}), labelled({{"y"}, {"n"}, {"n"}, {"n"}, {"n"}}));
  EXPECT_DOUBLE_EQ(r.primary, 0.6);
  EXPECT_NEAR(r.json["macro_f1"].get<double>(), (2.0 / 3 + 2.0 / 3) / 3, 1e-12);
}

TEST(LabelScore, F1LeavesOutNone) {
  const ScoreReport r =
      score_label_f1(labelled({{"a", "b"}, {"none"}, {"a"}}), labelled({{"a"}, {"none"}, {"b", "none"}}), {});
  EXPECT_DOUBLE_EQ(r.primary, 2.0 * 1 / (2 * 1 + 1 + 2));
}

TEST(LabelScore, F1OfOneClass) {
  const ScoreReport r = score_label_f1(labelled({{"1"}, {"0"}, {"1"}}), labelled({{"1"}, {"1"}, {"0"}}), {"1"});
  EXPECT_DOUBLE_EQ(r.primary, 0.5);
}

TEST(LabelScore, CorrelationsAreThoseOfScipy) {  // scipy 1.17: pearsonr and spearmanr
  const ScoreReport r = score_pearson(scored({0, 1, 2.5, 4}), scored({0.5, 0.5, 3, 2}));
  EXPECT_NEAR(r.primary, 0.738735001791752, 1e-12);
  EXPECT_NEAR(r.json["spearman"].get<double>(), 0.7378647873726218, 1e-12);
  EXPECT_EQ(score_pearson(scored({1, 2}), scored({3, 3})).primary, 0.0);
}

TEST(LabelScore, AMissingPredictionIsSaid) {
  EXPECT_THROW(score_accuracy(labelled({{"y"}, {"n"}}), labelled({{"y"}})), InputError);
}

}  // namespace
}  // namespace polyclinic
