// Equality with anaforatools' tables: official_outputs_test.cpp. Here: reading, writing, closure by hand.
#include "tasks/semeval2016t12.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "core/files.h"
#include "support/shared_data.h"
#include "support/temporary_folder.h"
#include "tasks/anafora_closure.h"
#include "tasks/registry.h"

namespace polyclinic {
namespace {

AnaforaKey link(const std::string& source, const std::string& target, const std::string& name = "CONTAINS") {
  return {source + " " + name + " " + target, {source, target}, name};
}

// Gold a>b>c; predicted a>c follows from it, b>c is in it, c>d is not; of gold, a>b does not follow from the
// prediction.
TEST(AnaforaClosure, CountsByHand) {
  const ClosureCounts counts =
      closure_counts({link("a", "b"), link("b", "c")}, {link("a", "c"), link("b", "c"), link("c", "d")}, true);
  EXPECT_EQ(counts.reference, 2);
  EXPECT_EQ(counts.predicted, 3);
  EXPECT_EQ(counts.precision_correct, 2);
  EXPECT_EQ(counts.recall_correct, 1);
}

TEST(AnaforaClosure, InvertedRelationsAreOneAndFollow) {
  const ClosureCounts counts = closure_counts({link("a", "b"), link("b", "a", "IS_INCLUDED")}, {link("a", "b")}, true);
  EXPECT_EQ(counts.reference, 1);
  EXPECT_EQ(counts.recall_correct, 1);
  EXPECT_EQ(closure_counts({link("a", "b")}, {link("a", "b", "NONSENSE")}, true).predicted, 0);
  EXPECT_THROW(closure_counts({AnaforaKey{"x", {"a"}, "CONTAINS"}}, {}, true), InputError);
  EXPECT_EQ(closure_counts({AnaforaKey{"x", {"a"}, "CONTAINS"}}, {}, false).reference, 0);
}

constexpr const char* kXml = R"(<?xml version="1.0" encoding="UTF-8"?>

<data>
<annotations>

	<entity>
		<id>1@e@D@gold</id>
		<span>0,3;8,12</span>
		<type>EVENT</type>
		<parentsType>TemporalEntities</parentsType>
		<properties>
			<DocTimeRel>BEFORE/OVERLAP</DocTimeRel>
			<Polarity>POS</Polarity>
		</properties>
	</entity>

	<entity>
		<id>7@e@D@gold</id>
		<span>13,16</span>
		<type>TIMEX3</type>
		<parentsType>TemporalEntities</parentsType>
		<properties>
			<Class>DATE</Class>
		</properties>
	</entity>

	<relation>
		<id>1@r@D@gold</id>
		<type>TLINK</type>
		<parentsType>TemporalRelations</parentsType>
		<properties>
			<Source>7@e@D@gold</Source>
			<Target>1@e@D@gold</Target>
			<Type>CONTAINS</Type>
		</properties>
	</relation>

</annotations>
</data>
)";

TEST(Semeval2016t12, ReadsAndWritesTheSameFile) {
  const TemporaryFolder folder;
  write_file_atomic(folder.path() / "train/D/D", "hip and knee May");
  write_file_atomic(folder.path() / "train/D/D.Temporal-Relation.gold.completed.xml", kXml);
  write_file_atomic(folder.path() / "train/D/D.UMLS-Entity.gold.completed.xml", "<not read");
  const TaskDefinition& task = find_task("semeval2016t12");
  TaskData data;
  data.folder = folder.path();
  Diagnostics diagnostics;
  const Split split = task.read(data, "train", diagnostics);
  ASSERT_EQ(split.examples.size(), 1u);
  const Example& note = split.examples[0];
  ASSERT_EQ(note.mentions.size(), 2u);
  EXPECT_EQ(note.mentions[0].fragments, (std::vector<Span>{{0, 3}, {8, 12}}));
  EXPECT_EQ(note.mentions[0].attributes.at("DocTimeRel"), "BEFORE/OVERLAP");
  ASSERT_EQ(note.relations.size(), 1u);
  EXPECT_EQ(note.relations[0].type, "CONTAINS");
  EXPECT_EQ(note.relations[0].source, 1u);
  task.write(data, split, folder.path() / "out");
  EXPECT_EQ(read_file(folder.path() / "out/D/D.Temporal-Relation.system.completed.xml"), kXml);
}

TEST(Semeval2016t12, AdjudicationIsNotRead) {
  const std::string xml = "<data><adjudication><entity><id>9</id></entity></adjudication><annotations/></data>";
  EXPECT_TRUE(parse_anafora(xml, "x.xml").annotations.empty());
}

// The public silver corpus counts bytes; its spans are words only when they are taken so.
TEST(Semeval2016t12, ReadsTheSilverCorpus) {
  POLYCLINIC_NEEDS_SHARED(folder, "data/tempeval_silver");
  TaskData data;
  data.folder = folder;
  data.format = "byte_offsets";
  Diagnostics diagnostics(Diagnostics::Mode::collect);
  const Split split = find_task("semeval2016t12").read(data, "train", diagnostics);
  EXPECT_EQ(split.examples.size(), 7u);
  EXPECT_EQ(diagnostics.errors(), 0u) << to_string(diagnostics.items().front());
}

}  // namespace
}  // namespace polyclinic
