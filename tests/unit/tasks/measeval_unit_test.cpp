#include "tasks/measeval_unit.h"

#include <gtest/gtest.h>

#include "tasks/measeval_example.h"

#include "support/shared_data.h"
#include "tasks/code_points.h"
#include "tasks/registry.h"

namespace polyclinic {
namespace {

TEST(MeasEvalUnit, StandsAfterTheLastNumber) {
  EXPECT_EQ(unit_shown("from 2 to 5 mg/mL"), "mg/mL");
  EXPECT_EQ(unit_shown("98.4%"), "%");
  EXPECT_EQ(unit_shown("10,000 years"), "years");
  EXPECT_EQ(unit_shown("10-year"), "year");
  EXPECT_EQ(unit_shown("1423 K."), "K");
  EXPECT_EQ(unit_shown("4.2(4) Å"), "Å");
  EXPECT_EQ(unit_shown("300"), "");
}

TEST(MeasEvalUnit, DigitsOfExponentsAndNamesAreNoNumbers) {
  EXPECT_EQ(unit_shown("0.2 to 1.2 mW m−2"), "mW m−2");
  EXPECT_EQ(unit_shown("~ 1354 cm− 1"), "cm− 1");
  EXPECT_EQ(unit_shown("0.2 g CO2 m−2 h−1"), "g CO2 m−2 h−1");
  EXPECT_EQ(unit_shown("2 × 10−9 cm3 s−1"), "cm3 s−1");
  EXPECT_EQ(unit_shown("0.7%−1"), "%−1");
}

TEST(MeasEvalUnit, NumberWordsStandForNumbers) {
  EXPECT_EQ(unit_shown("five days"), "days");
  EXPECT_EQ(unit_shown("a few tens of minutes"), "minutes");
  EXPECT_EQ(unit_shown("daily"), "");
}

// 393 of 499 test quantities have a unit (tasks.md, 6.1); the annotation of a dozen is not in their text.
TEST(MeasEvalUnit, IsTheAnnotatedOne) {
  POLYCLINIC_NEEDS_SHARED(data, "data/measeval");
  Diagnostics diagnostics(Diagnostics::Mode::collect);
  std::size_t quantities = 0, units = 0, right = 0;
  for (const Example& gold : find_task("measeval").read({data, "", "", {}}, "test", diagnostics).examples) {
    for (const Mention& mention : gold.mentions) {
      if (mention.type != "Quantity") continue;
      const std::string& annotated = mention.attributes.at("unit");
      ++quantities;
      units += !annotated.empty();
      right += unit_shown(CodePoints(gold.text).slice(mention.fragments.front())) == annotated;
    }
  }
  EXPECT_EQ(quantities, 499u);
  EXPECT_EQ(units, 393u);
  EXPECT_GE(right, 480u);
}

TEST(AddShownUnits, LeavesWhatIsSaid) {
  Example example;
  example.text = "é 5 mg and 7 kg";
  example.mentions = {{"", "Quantity", {{2, 6}}, {}, {}}, {"", "Quantity", {{11, 15}}, {{"unit", "g"}}, {}}};
  add_shown_units(example);
  EXPECT_EQ(example.mentions[0].attributes.at("unit"), "mg");
  EXPECT_EQ(example.mentions[1].attributes.at("unit"), "g");
}

}  // namespace
}  // namespace polyclinic
