#include "tasks/semeval2017t3.h"

#include <set>

#include <gtest/gtest.h>

#include "support/shared_data.h"
#include "tasks/registry.h"

namespace polyclinic {
namespace {

struct Counted {
  std::size_t candidates, relevant, queries;
  bool operator==(const Counted&) const = default;
};

Counted count(const std::filesystem::path& folder, const std::string& subtask, const std::string& split) {
  TaskData data{folder};
  data.subtask = subtask;
  Diagnostics strict;
  const Split read = find_task("cqa").read(data, split, strict);
  Counted out{read.examples.size(), 0, 0};
  std::set<std::string> queries;
  for (const Example& e : read.examples) {
    queries.insert(e.group);
    out.relevant += e.labels.at(0) == "true" ? 1 : 0;
  }
  out.queries = queries.size();
  return out;
}

TEST(SemEval2017T3, HasThePublishedCounts) {  // reference/tasks.md, sections 4.2 and 4.3
  POLYCLINIC_NEEDS_SHARED(folder, "data/cqa");
  EXPECT_EQ(count(folder, "A", "dev"), (Counted{2440, 818, 244}));
  EXPECT_EQ(count(folder, "B", "dev"), (Counted{500, 59 + 155, 50}));
  EXPECT_EQ(count(folder, "C", "dev"), (Counted{5000, 345, 50}));
  EXPECT_EQ(count(folder, "D", "dev"), (Counted{7384, 70 + 1446, 250}));
  EXPECT_EQ(count(folder, "A", "train"), (Counted{3790, 1364, 379}));
  EXPECT_EQ(count(folder, "B", "train"), (Counted{670, 54 + 242, 67}));
  EXPECT_EQ(count(folder, "C", "train"), (Counted{6700, 849, 67}));
}

TEST(SemEval2017T3, GoldOrderAgainstItselfIsAsGoodAsItCanBe) {
  POLYCLINIC_NEEDS_SHARED(folder, "data/cqa");
  TaskData data{folder};
  data.subtask = "B";
  Diagnostics strict;
  const TaskDefinition& task = find_task("cqa");
  const Split gold = task.read(data, "dev", strict);
  Split best = gold;
  for (Example& e : best.examples) e.score = e.labels.at(0) == "true" ? 1.0 : 0.0;
  const ScoreReport report = task.score(data, gold, best);
  EXPECT_EQ(report.primary_name, task.primary_metric);
  EXPECT_EQ(report.json["system"]["avg_rec"], 1.0);
  EXPECT_EQ(report.json["f1"], 1.0);
}

constexpr const char* kThread = R"(<xml version="1.0">
<OrgQuestion ORGQ_ID="Q1"><OrgQSubject>Bank &amp; visa</OrgQSubject><OrgQBody></OrgQBody>
<Thread THREAD_SEQUENCE="Q1_R7"><RelQuestion RELQ_ID="Q1_R7" RELQ_RELEVANCE2ORGQ="Relevant"><RelQSubject>S</RelQSubject>
<RelQBody>a & b</RelQBody></RelQuestion>
<RelComment RELC_ID="Q1_R7_C2" RELC_RELEVANCE2ORGQ="?" RELC_RELEVANCE2RELQ="Good"><RelCText>yes</RelCText></RelComment>
</Thread></OrgQuestion></xml>)";

TEST(SemEval2017T3, ReadsEntitiesRanksAndMissingLabels) {
  Diagnostics found(Diagnostics::Mode::collect);
  const std::vector<Example> b = read_semeval2017t3(kThread, "a.xml", "B", found);
  ASSERT_EQ(b.size(), 1u);
  EXPECT_EQ(b[0].text, "Bank & visa");
  EXPECT_EQ(b[0].second_text, "S\na & b");
  EXPECT_EQ(format_relevancy(b), "Q1\tQ1_R7\t7\t0.142857142857143\ttrue\n");
  EXPECT_EQ(to_string(found.items().at(0)),
            "a.xml:4: a '&' that begins no XML entity is read as it stands; write &amp;");
  const std::vector<Example> c = read_semeval2017t3(kThread, "a.xml", "C", found);
  EXPECT_TRUE(c.at(0).labels.empty());
  EXPECT_EQ(c[0].properties.at("rank"), "702");
  const std::vector<Example> a = read_semeval2017t3(kThread, "a.xml", "A", found);
  EXPECT_EQ(a.at(0).properties.at("rank"), "2");
  EXPECT_EQ(found.errors(), 0u);
}

TEST(SemEval2017T3, SubtaskDIsSortedByNumber) {
  constexpr const char* kText = R"(<xml version="1.0"><Question QID = "5"><Qtext>q</Qtext>
<QApair QAID="10" QArel="I"><QAquestion>x</QAquestion><QAanswer>y</QAanswer></QApair>
<QApair QAID="9" QArel="D"><QAquestion>x</QAquestion><QAanswer>y</QAanswer></QApair></Question></xml>)";
  Diagnostics strict;
  EXPECT_EQ(format_relevancy(read_semeval2017t3(kText, "d.xml", "D", strict)),
            "5\t9\t2\t0.5\ttrue\n5\t10\t1\t1\tfalse\n");
}

TEST(SemEval2017T3, RefusesDefects) {
  Diagnostics strict;
  EXPECT_THROW(read_semeval2017t3("<xml><Thread></xml>", "a.xml", "A", strict), InputError);
  EXPECT_THROW(read_semeval2017t3("<html></html>", "a.xml", "A", strict), InputError);
  EXPECT_THROW(read_semeval2017t3("<xml/>", "a.xml", "E", strict), InputError);
  EXPECT_THROW(read_semeval2017t3("<xml>\xff</xml>", "a.xml", "A", strict), InputError);
}

}  // namespace
}  // namespace polyclinic
