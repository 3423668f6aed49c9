#include "tasks/measeval_table.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "tasks/measeval_subjects.h"

namespace polyclinic {
namespace {

constexpr const char* kHeader = "docId\tannotSet\tannotType\tstartOffset\tendOffset\tannotId\ttext\tother\n";

// Fields as pandas 1.5.3 reads them: read_csv(StringIO(text), sep="\t", header=None, keep_default_na=False).
TEST(MeasEvalTable, QuotesAsPandasDoes) {
  const std::vector<TableRow> rows = read_table("a\"b\t\"c\td\"\"e\" f\r\n\n\"x\ny\"\tz", '\t');
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].fields[0].text, "a\"b");
  EXPECT_EQ(rows[0].fields[1].text, "c\td\"e f");
  EXPECT_EQ(rows[1].fields[0].text, "x\ny");
  EXPECT_EQ(rows[1].line, 3);
}

MeasEvalRow one(const std::string& line) {
  Diagnostics strict;
  const std::vector<MeasEvalRow> rows = read_measeval_rows(kHeader + line, "a.tsv", strict);
  check_measeval_rows(rows, strict);
  return rows.at(0);
}

TEST(MeasEvalTable, ReadsUnitsModifiersAndLinks) {
  const MeasEvalRow quantity =
      one("d-1\t1\tQuantity\t0\t4\tT1-1\t5 mg\t{\"mods\": [\"IsMean\", \"IsList\"], \"unit\": \"mg\"}\n");
  EXPECT_EQ(measeval_unit(quantity), "mg");
  EXPECT_EQ(measeval_modifiers(quantity).size(), 2u);
  EXPECT_FALSE(measeval_link(quantity));
  const MeasEvalRow entity = one("d-1\t1\tMeasuredEntity\t0\t4\tT2-1\tdose\t{\"HasQuantity\": \"T1-1\"}\n");
  EXPECT_EQ(measeval_link(entity)->name, "HasQuantity");
  EXPECT_EQ(measeval_link(entity)->target, "T1-1");
}

TEST(MeasEvalTable, AnEmptyListOfModifiersIsOneMissingModifier) {
  const MeasEvalRow row = one("d-1\t1\tQuantity\t0\t1\tT1-1\t5\t{\"mods\": []}\n");
  ASSERT_EQ(measeval_modifiers(row).size(), 1u);
  EXPECT_FALSE(measeval_modifiers(row)[0].has_value());
}

TEST(MeasEvalTable, CountsCodePoints) { EXPECT_NO_THROW(one("d-1\t1\tQuantity\t0\t3\tT1-1\t5 \xE2\x84\xA6\t\n")); }

TEST(MeasEvalTable, RefusesWhatTheOfficialValidationRefuses) {
  for (const char* line :
       {"d-1\t1\tQuantity\t0\t5\tT1-1\t5 mg\t\n", "d-1\tx\tQuantity\t0\t4\tT1-1\t5 mg\t\n",
        "d-1\t1\tQuantities\t0\t4\tT1-1\t5 mg\t\n", "d-1\t1\tQuantity\t0\t4\tone\t5 mg\t\n",
        "d-1\t1\tQuantity\t0\t4\tT1-1\t5 mg\t{mods}\n", "d-1\t1\tMeasuredEntity\t0\t4\tT1-1\t5 mg\t\n",
        "d-1\t1\tQuantity\t0\t4\tT1-1\t5 mg\t{\"mods\": [\"IsOdd\"]}\n",
        "d-1\t1\tQualifier\t0\t4\tT1-1\t5 mg\t{\"HasQuantity\": \"T1-1\"}\n"}) {
    EXPECT_THROW(one(line), InputError) << line;
  }
}

TEST(MeasEvalTable, KnowsTheSubjectsOfItsArticles) {
  EXPECT_EQ(measeval_subject("S1161030113001950"), "Agriculture");
  EXPECT_EQ(measeval_subject("S0006322312001096"), "Medicine");
  EXPECT_EQ(measeval_subject("S00063223120010"), "");
}

}  // namespace
}  // namespace polyclinic
